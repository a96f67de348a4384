"""The aggregation that all replay peers do: a slice of what scoring counts.

Per resolving agency and month: dossiers received, resolved and returned, by channel. What a
dossier is resolved by is told on one topic and when on another, so it takes state per dossier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from motcua_events import Event
from motcua_events.contracts import DossierReceived, DossierResolved, ResultReturned

VIETNAM = timezone(timedelta(hours=7))

SLICE = """
select agency, to_char(month, 'YYYY-MM') as month, measure, outcome, sum(n)::bigint as n
from measures
where role = 'resolving' and basis = 'settled' and measure in ('received', 'resolved', 'returned')
group by 1, 2, 3, 4
"""
"""The same table, out of scoring's measures."""


class Cell(NamedTuple):
    """One counter."""

    agency: str
    month: str
    measure: str
    outcome: str


Table = dict[Cell, int]
Home = tuple[str, str]
"""A dossier's resolving agency and channel."""
Act = tuple[str, str]
"""A month and what happened in it: received, resolved or returned."""


class Dossier(NamedTuple):
    """What is known of one dossier: its home, else the acts that wait for it."""

    home: Home | None = None
    waiting: tuple[Act, ...] = ()


def step(known: Dossier, event: Event) -> tuple[Dossier, list[Cell]]:
    """The dossier after one more event, and the counters that it raises by one. Pure."""
    match event.data:
        case DossierReceived() as data:
            home = (data.resolving, data.channel)
            acts = ((month(data.received_at), "received"), *known.waiting)
            return Dossier(home), [cell(home, act) for act in acts]
        case DossierResolved() as data:
            return _act(known, (month(data.resolved_at), "resolved"))
        case ResultReturned() as data:
            return _act(known, (month(data.returned_at), "returned"))
    return known, []


def _act(known: Dossier, act: Act) -> tuple[Dossier, list[Cell]]:
    if known.home is None:
        return Dossier(None, (*known.waiting, act)), []
    return known, [cell(known.home, act)]


def cell(home: Home, act: Act) -> Cell:
    """The counter of an act."""
    return Cell(home[0], act[0], act[1], home[1])


def month(instant: datetime) -> str:
    """The month in Vietnam, such as 2020-03."""
    return f"{instant.astimezone(VIETNAM):%Y-%m}"


class Counts:
    """The aggregation in memory: the reference that every contender's table must equal."""

    def __init__(self) -> None:
        self.table: Counter[Cell] = Counter()
        self._dossiers: dict[str, Dossier] = {}

    def add(self, event: Event) -> list[Cell]:
        """Count one event; the counters it raised."""
        key = event.data.key
        known, cells = step(self._dossiers.get(key, Dossier()), event)
        if known.home or known.waiting:
            self._dossiers[key] = known
        self.table.update(cells)
        return cells

    @property
    def dossiers(self) -> int:
        """How many dossiers have been met."""
        return len(self._dossiers)


def rows(table: Table) -> list[list[str | int]]:
    """A table as JSON takes it, sorted."""
    return sorted([*cell, n] for cell, n in table.items())


def table_of(found: Iterable[Iterable[str | int]]) -> Table:
    """The reverse of ``rows``."""
    return {Cell(*map(str, values)): int(n) for *values, n in found}
