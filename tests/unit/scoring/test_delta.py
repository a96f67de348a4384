"""What a batch changes: differences only, sorted, and nothing for what was met before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime

import scoring_events as given
from hypothesis import given as examples
from hypothesis import strategies as st

from motcua_events import Event
from motcua_scoring.bundles import Bundle, Cell, Entry, bundles
from motcua_scoring.delta import EVER, Mark, Move, Place, State, delta, micros, move
from motcua_scoring.facts import Entity, entity_of, fold
from motcua_scoring.measures import Measure, contributions

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
    assert (change.tallies, change.places, change.marks) == ({}, {}, {})


def test_only_differences_are_written() -> None:
    state = moved(State(), given.received()).after
    found = moved(state, given.resolved("2020-03-10 09:00"))
    change = delta([found])
    assert {tally.cell.part for tally, n in change.tallies.items() if n < 0} == {"month", "lasting"}
    assert {tally.bundle for tally, n in change.tallies.items() if n > 0} == change.bundles.keys()
    for bundle in change.bundles.values():
        assert {measure for _, _, measure, _, _ in bundle.entries} == {
            "received", "resolved", "time", "contacts", "bodies", "attitude",
        }  # fmt: skip
    assert list(change.tallies) == sorted(change.tallies)
    assert {tally.shard for tally in change.tallies} == {3}


def test_another_partition_takes_all_counts_along() -> None:
    state = moved(State(), given.received()).after
    change = delta([moved(state, given.started("1", "H53.3", None), partition=5)])
    by_shard = Counter({3: 0, 5: 0})
    for tally, n in change.tallies.items():
        by_shard[tally.shard] += n
    assert by_shard[3] == -by_shard[5]
    assert change.marks == {}


def test_a_place_that_counts_no_more_is_dropped() -> None:
    state = moved(State(), given.received(), given.resolved("2020-03-10 09:00")).after
    change = delta([moved(state, given.corrected("2020-03-20", resolving="H53.3"))])
    gone = Place(Cell("H53.1", "month", date(2020, 3, 1), "đất-đai"), DOSSIER)
    here = Place(Cell("H53.3", "month", date(2020, 3, 1), "đất-đai"), DOSSIER)
    assert change.places[gone] is None
    bundle = change.places[here]
    assert bundle is not None
    assert ("resolving", "settled", "time", "shorter", 1) in change.bundles[bundle].entries


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
    written: dict[bytes, Bundle] = {}
    places: dict[Place, object] = {}
    while arrived:
        size = sizes[len(arrived) % len(sizes)]
        batch, arrived = arrived[:size], arrived[size:]
        moves = _moves(states, batch)
        change = delta(moves)
        written |= change.bundles
        for (cell, bundle, _), n in change.tallies.items():
            for entry in written[bundle].entries:
                sums[_measure(cell, entry)] += n * entry[4]
        places.update(change.places)
        states.update({one.entity: one.after for one in moves})

    folded = {one: fold({}, [e for e in events if entity_of(e) == one]) for one in states}
    expected: Counter[object] = Counter()
    for one, facts in folded.items():
        assert states[one].facts == facts
        expected.update(contributions(one, facts))
    assert {key: n for key, n in sums.items() if n} == {key: n for key, n in expected.items() if n}
    behind = {
        Place(cell, one): bundle.id
        for one, facts in folded.items()
        for cell, bundle in bundles(contributions(one, facts)).items()
        if bundle.listed
    }
    assert {place: found for place, found in places.items() if found is not None} == behind


def _measure(cell: Cell, entry: Entry) -> Measure:
    role, basis, measure, outcome, _ = entry
    return Measure(cell.agency, role, cell.sector, cell.month, basis, measure, outcome)


def _moves(states: dict[Entity, State], batch: list[Event]) -> list[Move]:
    grouped: dict[Entity, list[Arrived]] = {}
    for event in batch:
        if entity := entity_of(event):
            grouped.setdefault(entity, []).append(Arrived(event))
    found = (move(one, states.get(one, State()), its, NOW) for one, its in grouped.items())
    return [one for one in found if one is not None]
