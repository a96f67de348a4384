"""What a batch of events changes: per entity, and summed up as rows to write. Pure.

An entity that changes takes back what it was counted as and is counted anew; only the difference
is written. Everything here is sorted by key, so that two transactions take row locks in one order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

from motcua_events.event import Event

from .facts import Entity, Facts, fold
from .measures import Measure, contributions, difference

EVER = date(1, 1, 1)
"""The month from which a change that holds for all time counts."""

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


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


@dataclass(frozen=True, slots=True)
class State:
    """An entity as it is stored; revision 0 if it is not stored yet."""

    revision: int = 0
    shard: int = 0
    facts: Facts = field(default_factory=dict)
    counted: Mapping[Measure, int] = field(default_factory=dict)
    arrivals: Arrivals = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """What a batch did to one entity. ``cause`` is the last of its events that was new."""

    entity: Entity
    before: State
    after: State
    cause: Event


class Place(NamedTuple):
    """An agency's month in which an entity is counted."""

    agency: str
    month: date
    kind: str
    id: str


class Mark(NamedTuple):
    """An evaluation to look at again: the month's, or (``onward``) all from the month on."""

    agency: str
    month: date
    onward: bool


@dataclass(frozen=True, slots=True)
class Delta:
    """The rows that a batch changes.

    ``measures`` are signed differences per (measure, shard); ``places`` maps a place to its sector
    and tags, or to None where the entity is no longer counted; ``marks`` names the event behind.
    """

    measures: dict[tuple[Measure, int], int]
    places: dict[Place, tuple[str, tuple[str, ...]] | None]
    marks: dict[Mark, Event]


def micros(instant: datetime) -> int:
    """Microseconds since 1970 (UTC)."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


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
        counted=before.counted if facts == before.facts else contributions(entity, facts),
        arrivals={**before.arrivals, **arrivals},
    )
    return Move(entity, before, after, new[-1].event)


def delta(moves: Iterable[Move]) -> Delta:
    """What the moves come to, sorted by key; later moves give the cause of a common mark."""
    measures: Counter[tuple[Measure, int]] = Counter()
    places: dict[Place, tuple[str, tuple[str, ...]] | None] = {}
    marks: dict[Mark, Event] = {}
    for each in moves:
        changed = _changed(each)
        if changed or each.before.shard != each.after.shard:
            _count(measures, each, changed)
        if changed:
            places.update(_replaced(each, changed))
        marks.update(dict.fromkeys(_marks(each, changed), each.cause))
    counted = {key: n for key, n in sorted(measures.items()) if n}
    return Delta(counted, dict(sorted(places.items())), dict(sorted(marks.items())))


def tag(measure: Measure) -> str:
    """How a place names what an entity is counted as."""
    return f"{measure.role}:{measure.basis}:{measure.measure}:{measure.outcome}"


def _changed(one: Move) -> dict[Measure, int]:
    before, after = one.before.counted, one.after.counted
    return {} if before is after else difference(before, after)


def _count(
    measures: Counter[tuple[Measure, int]], one: Move, changed: Mapping[Measure, int]
) -> None:
    old, new = one.before.shard, one.after.shard
    if old == new:
        for measure, n in changed.items():
            measures[measure, new] += n
        return
    for measure, n in one.before.counted.items():
        measures[measure, old] -= n
    for measure, n in one.after.counted.items():
        measures[measure, new] += n


def _replaced(
    one: Move, changed: Mapping[Measure, int]
) -> dict[Place, tuple[str, tuple[str, ...]] | None]:
    touched = {(measure.agency, measure.month) for measure in changed}
    before = _places(one.entity, one.before.counted, touched)
    after = _places(one.entity, one.after.counted, touched)
    new = {place: found for place, found in after.items() if before.get(place) != found}
    return {**dict.fromkeys(before.keys() - after.keys()), **new}


def _places(
    entity: Entity, counted: Mapping[Measure, int], touched: Container[tuple[str, date]]
) -> dict[Place, tuple[str, tuple[str, ...]]]:
    tags: dict[Place, set[str]] = defaultdict(set)
    sectors: dict[Place, str] = {}
    for measure in counted:
        if (measure.agency, measure.month) in touched:
            place = Place(measure.agency, measure.month, *entity)
            tags[place].add(tag(measure))
            sectors[place] = max(measure.sector, sectors.get(place, ""))
    return {place: (sectors[place], tuple(sorted(found))) for place, found in tags.items()}


def _marks(one: Move, changed: Mapping[Measure, int]) -> set[Mark]:
    if one.entity.kind == "agency":
        return {Mark(one.entity.id, EVER, onward=True)} if _restated(one) else set()
    onward = one.entity.kind == "listing"
    return {Mark(measure.agency, measure.month, onward) for measure in changed}


def _restated(one: Move) -> bool:
    def data(facts: Facts) -> dict[str, object]:
        return {name: event.data for name, event in facts.items()}

    return data(one.before.facts) != data(one.after.facts)
