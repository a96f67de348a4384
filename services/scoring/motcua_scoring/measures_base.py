"""The counters: outcomes per agency, role, sector and month. Plain integers that only add up.

A changed entity takes back its old contribution and gives its new one, so sums never need a replay.
Counters hold no points: a rulebook turns their outcomes into points when it evaluates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal, NamedTuple

Role = Literal["resolving", "receiving", "participating", "listing", "addressed", "rated"]
"""The agency's part: it resolves or receives the dossier, has a step in it, lists the procedure, is
addressed by the feedback, or is rated."""

Basis = Literal["settled", "open", "running"]
"""``settled``: counts in its month. ``open``: counts in its month for the live score only.
``running``: a change in that month of a state that lasts; the state at the end of a month is the
sum of all months up to it."""

Name = Literal["time", "steps", "contacts", "bodies", "attitude", "listing", "feedback", "online",
               "received", "resolved", "returned", "closed", "waiting", "rating"]  # fmt: skip
"""``time`` is index 1, ``steps`` 2, ``contacts`` 3, ``bodies`` 4, ``attitude`` 7, ``feedback`` 8;
``listing`` serves 5, 6 and 9; ``online`` counts late and overdue online dossiers and ``received``
all dossiers by channel, for 9. The rest are volumes, and ratings by scale and answer."""

INDEX_OF: Mapping[str, int] = {
    "time": 1, "steps": 2, "contacts": 3, "bodies": 4, "attitude": 7, "feedback": 8, "online": 9,
}  # fmt: skip
"""The index that a measure of single dossiers or pieces of feedback belongs to."""


class Measure(NamedTuple):
    """One counter. ``sector`` is empty where it is not known; ``month`` is its first day."""

    agency: str
    role: Role
    sector: str
    month: date
    basis: Basis
    measure: Name
    outcome: str


Contributions = dict[Measure, int]
"""What one entity adds to each counter; never zero."""


def total(parts: Iterable[Mapping[Measure, int]]) -> Contributions:
    """The sum of contributions; no zeros."""
    sums: Contributions = {}
    for part in parts:
        add_to(sums, part)
    return {measure: n for measure, n in sums.items() if n}


def add_to(sums: Contributions, part: Mapping[Measure, int]) -> None:
    """Adds contributions to sums in place; a sum may become zero."""
    for measure, n in part.items():
        sums[measure] = sums.get(measure, 0) + n
