"""What a batch changes: differences only, sorted, and nothing for what was met before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime

import scoring_events as given
from hypothesis import given as examples
from hypothesis import strategies as st

from motcua_events import Event
from motcua_scoring.delta import EVER, Mark, Move, Place, State, delta, micros, move
from motcua_scoring.facts import Entity, entity_of, fold
from motcua_scoring.measures import contributions

NOW = datetime(2020, 6, 1, tzinfo=UTC)
DOSSIER = Entity("dossier", "D-1")


@dataclass(frozen=True)
class Arrived:
    event: Event
    partition: int = 3
    sent_at: datetime = NOW


def moved(before: State, *events: Event, partition: int = 3) -> Move:
    found = move(DOSSIER, before, [Arrived(each, partition) for each in events], NOW)
    assert found is not None
    return found


def test_a_first_event_makes_the_first_revision() -> None:
    event = given.received()
    found = moved(State(), event)
    assert (found.after.revision, found.after.shard) == (1, 3)
    assert found.after.arrivals == {event.id: (micros(NOW), micros(NOW))}
    assert found.cause is event


def test_events_met_before_are_no_move() -> None:
    event = given.received()
    state = moved(State(), event).after
    assert move(DOSSIER, state, [Arrived(event), Arrived(event)], NOW) is None


def test_the_first_arrival_of_an_event_is_kept() -> None:
    event, other = given.received(), given.resolved("2020-03-10 09:00")
    state = moved(State(), event).after
    later = datetime(2021, 1, 1, tzinfo=UTC)
    found = move(DOSSIER, state, [Arrived(event), Arrived(other)], later)
    assert found is not None
    assert found.after.arrivals[event.id] == (micros(NOW), micros(NOW))
    assert found.after.arrivals[other.id] == (micros(NOW), micros(later))


def test_an_event_that_changes_no_fact_is_noted_and_counts_nothing() -> None:
    new = given.received()
    old = given.event(new.data, "2020-01-01")
    found = moved(moved(State(), new).after, old)
    assert found.after.facts == found.before.facts
    change = delta([found])
    assert (change.measures, change.places, change.marks) == ({}, {}, {})


def test_only_differences_are_written() -> None:
    state = moved(State(), given.received()).after
    change = delta([moved(state, given.resolved("2020-03-10 09:00"))])
    assert {measure.measure for measure, _ in change.measures} == {
        "resolved", "time", "contacts", "bodies", "attitude", "waiting",
    }  # fmt: skip
    assert list(change.measures) == sorted(change.measures)
    assert {shard for _, shard in change.measures} == {3}


def test_another_partition_takes_all_counts_along() -> None:
    state = moved(State(), given.received()).after
    change = delta([moved(state, given.started("1", "H53.3", None), partition=5)])
    by_shard = Counter({3: 0, 5: 0})
    for (_, shard), n in change.measures.items():
        by_shard[shard] += n
    assert by_shard[3] == -by_shard[5]
    assert change.marks == {}


def test_a_place_that_counts_no_more_is_dropped() -> None:
    state = moved(State(), given.received(), given.resolved("2020-03-10 09:00")).after
    change = delta([moved(state, given.corrected("2020-03-20", resolving="H53.3"))])
    gone = Place("H53.1", date(2020, 3, 1), *DOSSIER)
    here = Place("H53.3", date(2020, 3, 1), *DOSSIER)
    assert change.places[gone] is None
    sector, tags = change.places[here] or ("", ())
    assert sector == "đất-đai"
    assert "resolving:settled:time:shorter" in tags


def test_marks_name_the_last_event_of_those_that_moved_a_month() -> None:
    first = moved(State(), given.received())
    other = given.received("D-2")
    second = move(Entity("dossier", "D-2"), State(), [Arrived(other)], NOW)
    assert second is not None
    change = delta([first, second])
    assert change.marks[Mark("H53.1", date(2020, 3, 1), onward=False)] is other


def test_an_agency_marks_all_its_periods_only_when_it_changes() -> None:
    entity = Entity("agency", "H53.1")
    found = move(entity, State(), [Arrived(given.registered("H53.1"))], NOW)
    assert found is not None
    assert set(delta([found]).marks) == {Mark("H53.1", EVER, onward=True)}
    again = given.registered("H53.1", when="2020-02-01")
    same = move(entity, found.after, [Arrived(again)], NOW)
    assert same is not None
    assert delta([same]).marks == {}


def test_a_listing_marks_the_months_from_then_on() -> None:
    event = given.listing("1.000001", "2020-02-15")
    entity = entity_of(event)
    assert entity is not None
    found = move(entity, State(), [Arrived(event)], NOW)
    assert found is not None
    assert set(delta([found]).marks) == {Mark("H53.1", date(2020, 2, 1), onward=True)}


@examples(given.arrivals(), st.lists(st.integers(1, 7), min_size=1))
def test_differences_add_up_to_what_the_facts_contribute(
    found: tuple[list[Event], list[Event]], sizes: list[int]
) -> None:
    events, arrived = found
    states: dict[Entity, State] = {}
    sums: Counter[object] = Counter()
    places: dict[Place, object] = {}
    while arrived:
        size = sizes[len(arrived) % len(sizes)]
        batch, arrived = arrived[:size], arrived[size:]
        moves = _moves(states, batch)
        change = delta(moves)
        for (measure, _), n in change.measures.items():
            sums[measure] += n
        places.update(change.places)
        states.update({one.entity: one.after for one in moves})

    folded = {one: fold({}, [e for e in events if entity_of(e) == one]) for one in states}
    expected: Counter[object] = Counter()
    for one, facts in folded.items():
        assert states[one].facts == facts
        expected.update(contributions(one, facts))
    assert {key: n for key, n in sums.items() if n} == {key: n for key, n in expected.items() if n}
    counted = {Place(m.agency, m.month, *one) for one, facts in folded.items()
               for m in contributions(one, facts)}  # fmt: skip
    assert {place for place, found in places.items() if found is not None} == counted


def _moves(states: dict[Entity, State], batch: list[Event]) -> list[Move]:
    grouped: dict[Entity, list[Arrived]] = {}
    for event in batch:
        if entity := entity_of(event):
            grouped.setdefault(entity, []).append(Arrived(event))
    found = (move(one, states.get(one, State()), its, NOW) for one, its in grouped.items())
    return [one for one in found if one is not None]
