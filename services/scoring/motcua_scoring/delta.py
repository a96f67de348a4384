"""What a batch of events changes: per entity, and summed up as rows to write. Pure.

An entity that changes takes back what it was counted as and is counted anew; only the difference
is written. Everything here is sorted by key, so that two transactions take row locks in one order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

from motcua_events.event import Event

from .bundles import Bundle, Bundles, Cell
from .facts import Entity, Facts, fold
from .measures import counted_as

EVER = date(1, 1, 1)
"""The month from which a change that holds for all time counts."""


class Arrived(Protocol):
    """An event as it came from its stream."""

    @property
    def event(self) -> Event: ...
    @property
    def partition(self) -> int: ...
    @property
    def sent_at(self) -> datetime: ...


Arrivals = Mapping[str, tuple[int, int]]
"""Event id → when it was sent and when it was applied, in microseconds since 1970 (UTC)."""


class State(NamedTuple):
    """An entity as it is stored; revision 0 if it is not stored yet."""

    revision: int = 0
    shard: int = 0
    facts: Facts = MappingProxyType({})
    counted: Bundles = MappingProxyType({})
    arrivals: Arrivals = MappingProxyType({})


class Move(NamedTuple):
    """What a batch did to one entity. ``cause`` is the last of its events that was new."""

    entity: Entity
    before: State
    after: State
    cause: Event


class Place(NamedTuple):
    """An agency's month in which an entity stands behind an index."""

    cell: Cell
    entity: Entity


class Tally(NamedTuple):
    """How many entities of a shard are counted as one bundle."""

    cell: Cell
    bundle: bytes
    shard: int


class Mark(NamedTuple):
    """An evaluation to look at again: the month's, or (``onward``) all from the month on."""

    agency: str
    month: date
    onward: bool


@dataclass(frozen=True, slots=True)
class Delta:
    """The rows that a batch changes.

    ``tallies`` are signed differences, of the ``bundles`` by id; ``places`` maps a place to the
    bundle's id, or to None where the entity stands no more; ``marks`` names the event behind.
    """

    tallies: dict[Tally, int]
    bundles: dict[bytes, Bundle]
    places: dict[Place, bytes | None]
    marks: dict[Mark, Event]


def micros(instant: datetime) -> int:
    """Microseconds since 1970 (UTC), exact for centuries: a float's error is below half of one."""
    return round(instant.timestamp() * 1e6)


def move(
    entity: Entity, before: State, arrived: Sequence[Arrived], applied_at: datetime
) -> Move | None:
    """The entity after more of its events; None if it has met every one of them before."""
    new = [each for each in arrived if each.event.id not in before.arrivals]
    if not new:
        return None
    facts = fold(before.facts, (each.event for each in new))
    at = micros(applied_at)
    arrivals = {each.event.id: (micros(each.sent_at), at) for each in new}
    after = State(
        revision=before.revision + 1,
        shard=new[-1].partition,
        facts=facts,
        counted=before.counted if facts == before.facts else counted_as(entity, facts),
        arrivals={**before.arrivals, **arrivals},
    )
    return Move(entity, before, after, new[-1].event)


def delta(moves: Iterable[Move]) -> Delta:
    """What the moves come to, sorted by key; later moves give the cause of a common mark."""
    tallies: Counter[Tally] = Counter()
    written: dict[bytes, Bundle] = {}
    places: dict[Place, bytes | None] = {}
    marks: dict[Mark, Event] = {}
    for each in moves:
        changed = _changed(each)
        moved = each.before.shard != each.after.shard
        _count(tallies, each.before, -1, None if moved else changed)
        _count(tallies, each.after, 1, None if moved else changed)
        for cell, (old, new) in changed.items():
            if new is not None:
                written[new.id] = new
            if (old and old.listed) or (new and new.listed):
                places[Place(cell, each.entity)] = new.id if new and new.listed else None
        marks.update(dict.fromkeys(_marks(each, changed), each.cause))
    counted = {key: n for key, n in sorted(tallies.items()) if n}
    return Delta(counted, written, dict(sorted(places.items())), dict(sorted(marks.items())))


Changed = Mapping[Cell, tuple[Bundle | None, Bundle | None]]
"""The bundles before and after, where they differ."""


def _changed(one: Move) -> Changed:
    before, after = one.before.counted, one.after.counted
    if before is after:
        return {}
    gone = {cell: (old, None) for cell, old in before.items() if cell not in after}
    return gone | {
        cell: (old, new)
        for cell, new in after.items()
        if (old := before.get(cell)) is None or old.id != new.id
    }


def _count(tallies: Counter[Tally], state: State, n: int, cells: Iterable[Cell] | None) -> None:
    """Counts a state's bundles ``n`` times, those of the given cells or all."""
    for cell in state.counted if cells is None else cells:
        bundle = state.counted.get(cell)
        if bundle is not None:
            tallies[Tally(cell, bundle.id, state.shard)] += n


def _marks(one: Move, changed: Changed) -> set[Mark]:
    if one.entity.kind == "agency":
        return {Mark(one.entity.id, EVER, onward=True)} if _restated(one) else set()
    onward = one.entity.kind == "listing"
    return {Mark(cell.agency, cell.month, onward) for cell in changed}


def _restated(one: Move) -> bool:
    def data(facts: Facts) -> dict[str, object]:
        return {name: event.data for name, event in facts.items()}

    return data(one.before.facts) != data(one.after.facts)
