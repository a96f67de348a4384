"""Bundles: all that one entity adds to an agency's counters of one month, kept as one thing. Pure.

Few bundles differ: most dossiers are received, resolved in time and never asked about. So each is
written down once, and counting an entity is adding one to its bundle's tally.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from .measures_base import INDEX_OF, Basis, Contributions, Measure, Name, Role

Part = Literal["month", "lasting", "rated"]
"""``lasting`` entries are summed over all months up to one; ``rated`` ones, with their many
answers, are kept apart so that there stay few bundles; ``month`` is the rest."""

LOOKED_AT = frozenset({*INDEX_OF, "listing"})
"""Measures behind which single entities are looked for."""

Entry: TypeAlias = tuple[Role, Basis, Name, str, int]
"""A counter of the agency, without what the cell says, and what is added to it."""

Entries = tuple[Entry, ...]


class Bundle(NamedTuple):
    """Entries in their order, one per counter, never none; the id (16 bytes) follows from them."""

    id: bytes
    entries: Entries
    listed: bool
    """Whether an entity counted so may be looked for behind an index."""


class Cell(NamedTuple):
    """Where a bundle is counted; ``sector`` is empty where it is not known."""

    agency: str
    part: Part
    month: date
    sector: str


Bundles = Mapping[Cell, Bundle]
"""What one entity adds, by cell."""


def part_of(role: Role, basis: Basis) -> Part:
    """The part that a counter belongs to."""
    if basis == "running":
        return "lasting"
    return "rated" if role == "rated" else "month"


def bundled(entries: Iterable[tuple[Cell, Entries]]) -> dict[Cell, Bundle]:
    """The bundles of one entity's entries; cells in which nothing remains are left out."""
    found: dict[Cell, Entries] = {}
    for cell, some in entries:
        found[cell] = found[cell] + some if cell in found else some
    return {cell: made for cell, some in found.items() if (made := bundle(some)) is not None}


def bundles(contributions: Mapping[Measure, int]) -> dict[Cell, Bundle]:
    """The contributions of one entity, bundled."""
    return bundled(
        (Cell(m.agency, part_of(m.role, m.basis), m.month, m.sector),
         ((m.role, m.basis, m.measure, m.outcome, n),))
        for m, n in contributions.items()
    )  # fmt: skip


def unbundled(found: Bundles) -> Contributions:
    """The reverse of ``bundles``."""
    return {
        Measure(cell.agency, role, cell.sector, cell.month, basis, measure, outcome): n
        for cell, bundle in found.items()
        for role, basis, measure, outcome, n in bundle.entries
    }


@lru_cache(maxsize=20_000)
def bundle(entries: Entries) -> Bundle | None:
    """The bundle of some entries; None if they come to nothing."""
    sums: Counter[tuple[Role, Basis, Name, str]] = Counter()
    for role, basis, measure, outcome, n in entries:
        sums[role, basis, measure, outcome] += n
    ordered: Entries = tuple((*key, n) for key, n in sorted(sums.items()) if n)
    if not ordered:
        return None
    text = "\n".join("\t".join(map(str, entry)) for entry in ordered)
    id_ = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return Bundle(id_, ordered, any(measure in LOOKED_AT for _, _, measure, _, _ in ordered))
