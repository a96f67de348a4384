"""Committed sums, read for many agencies and periods with one query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from motcua_events import Connection, Pool

from ._sql import sql
from .periods import Period
from .tallied import Contents, Tallied

KNOWN = 50_000
"""Bundles whose contents are kept in memory."""

_contents: dict[bytes, Contents] = {}
"""By id. A bundle's id follows from its contents, so what was read once stays true."""


class Target(NamedTuple):
    """One evaluation: an agency and a period."""

    agency: str
    period: Period


async def read(
    db: Connection | Pool, targets: Sequence[Target], *, sector: str | None = None
) -> dict[Target, Tallied]:
    """What is counted for each target; empty for one without counts. ``sector`` limits to one."""
    tallies: list[dict[bytes, int]] = [{} for _ in targets]
    rows = await db.fetch(
        sql("tallied"),
        list(range(len(targets))),
        [target.agency for target in targets],
        [target.period.first_month for target in targets],
        [target.period.last_month for target in targets],
        sector,
    )
    for place, bundle, n in rows:
        tallies[place][bundle] = n
    contents = await _known(db, {row["bundle"] for row in rows})
    return {
        target: Tallied(found, contents) for target, found in zip(targets, tallies, strict=True)
    }


async def tallied(db: Connection | Pool, tallies: Mapping[bytes, int]) -> Tallied:
    """The tallies with what their bundles hold."""
    return Tallied(tallies, await _known(db, tallies.keys()))


async def _known(db: Connection | Pool, wanted: Set[bytes]) -> Mapping[bytes, Contents]:
    """The contents of the wanted bundles."""
    found = {bundle: known for bundle in wanted if (known := _contents.get(bundle)) is not None}
    if missing := sorted(wanted - found.keys()):
        rows = await db.fetch(sql("bundle_entries"), missing)
        for bundle, entries in groupby(rows, key=itemgetter("bundle")):
            found[bundle] = Contents(tuple(tuple(row)[1:] for row in entries))
        if len(_contents) > KNOWN:
            _contents.clear()
        _contents.update(found)
    return found
