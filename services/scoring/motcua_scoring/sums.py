"""Committed sums, read for many agencies and periods with one query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from motcua_events import Connection, Pool

from ._sql import sql
from .measures import Measure
from .periods import Period

Sums = dict[Measure, int]


class Target(NamedTuple):
    """One evaluation: an agency and a period."""

    agency: str
    period: Period


async def read(
    db: Connection | Pool, targets: Sequence[Target], *, sector: str | None = None
) -> dict[Target, Sums]:
    """What is counted for each target; empty for one without counts. ``sector`` limits to one.

    The measures found are sums over the period: they stand in its last month, and without a sector
    unless one was asked for.
    """
    found: dict[Target, Sums] = {target: {} for target in targets}
    if not targets:
        return found
    rows = await db.fetch(
        sql("sums"),
        list(range(len(targets))),
        [target.agency for target in targets],
        [target.period.first_month for target in targets],
        [target.period.last_month for target in targets],
        sector,
    )
    for row in rows:
        target = targets[row["place"]]
        measure = Measure(
            target.agency, row["role"], sector or "", target.period.last_month, row["basis"],
            row["measure"], row["outcome"],
        )  # fmt: skip
        found[target][measure] = row["n"]
    return found


async def levels(db: Connection | Pool, agencies: Sequence[str]) -> dict[str, str]:
    """The levels of those agencies that are registered."""
    rows = await db.fetch(sql("levels"), list(agencies))
    return {row["agency"]: row["level"] for row in rows}
