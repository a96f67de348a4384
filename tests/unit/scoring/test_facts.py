"""The fold: neither order nor repetition matters, and stored facts come back as they were."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_events import (
    arrivals,
    at,
    by_day,
    contact,
    corrected,
    data_of_every_kind,
    event,
    event_sets,
    instants,
    listing,
    rated,
    received,
    resolved,
)

from motcua_events import contracts as c
from motcua_events.event import Event
from motcua_scoring import facts
from motcua_scoring.facts import Entity, entity_of, fold, from_json, registers, to_json
from motcua_scoring.measures import contributions
from motcua_scoring.reference import fold_events


@settings(deadline=None)
@given(arrivals())
def test_any_order_with_any_repetition_gives_the_same_facts(
    sets: tuple[list[Event], list[Event]],
) -> None:
    straight, mixed = sets
    once, again = fold_events(straight), fold_events(mixed)
    assert once == again
    assert {e: to_json(f) for e, f in once.items()} == {e: to_json(f) for e, f in again.items()}


@settings(deadline=None)
@given(event_sets(), st.integers(0, 40))
def test_folding_in_two_goes_is_folding_at_once(events: list[Event], cut: int) -> None:
    folded = {entity: fold({}, its) for entity, its in _grouped(events[:cut]).items()}
    for entity, its in _grouped(events[cut:]).items():
        folded[entity] = fold(folded.get(entity, {}), its)
    assert folded == fold_events(events)


@settings(deadline=None)
@given(event_sets())
def test_stored_facts_come_back_as_they_were(events: list[Event]) -> None:
    for its in fold_events(events).values():
        stored = to_json(its)
        assert from_json(stored) == its
        assert to_json(from_json(stored.decode())) == stored


@given(data_of_every_kind(), instants)
def test_an_event_has_registers_exactly_if_it_has_an_entity(
    data: c.EventData, when: object
) -> None:
    one = event(data, when)  # type: ignore[arg-type]
    assert bool(registers(one)) == (entity_of(one) is not None)


def test_the_later_stamp_holds_a_register_and_the_id_decides_at_equal_times() -> None:
    first, second = resolved("2020-03-10"), resolved("2020-03-11")
    assert fold({}, [second, first])["resolved"] is second
    tie = event(c.DossierResolved(dossier="D-1", resolved_at=at("2020-03-12")), first.time, "a")
    assert fold({}, [first, tie])["resolved"] is first


def test_folding_leaves_the_given_facts_alone() -> None:
    before = fold({}, [received()])
    fold(before, [resolved("2020-03-10")])
    assert set(before) == {"record", "base"}


def test_a_rating_belongs_to_its_dossier_or_else_to_itself() -> None:
    assert entity_of(rated("R-1")) == Entity("dossier", "D-1")
    assert entity_of(rated("R-1", dossier=None)) == Entity("rating", "R-1")


@pytest.mark.parametrize("dossier", ["D-1", None])
def test_a_withdrawn_rating_no_longer_counts_until_it_is_submitted_again(
    dossier: str | None,
) -> None:
    given = rated("R-1", "2020-03-20", dossier=dossier)
    data = c.RatingWithdrawn(rating="R-1", dossier=dossier, withdrawn_at=at("2020-03-21"))
    taken = event(data, "2020-03-21")
    again = rated("R-1", "2020-03-22", dossier=dossier)
    entity = entity_of(given)
    assert entity is not None
    assert entity_of(taken) == entity
    counted = [
        sum(m.measure == "rating" for m in contributions(entity, fold({}, events)))
        for events in ([given], [taken, given], [again, taken, given])
    ]
    assert counted == [1, 0, 1]


def test_calendars_and_own_publications_are_none_of_scorings_business() -> None:
    sessions = (c.Session.model_validate({"opens": "07:30", "closes": "11:30"}),)
    calendar = c.CalendarDefined(calendar="x", weekdays=(0,), sessions=sessions)
    assert entity_of(event(calendar, "2020-01-01")) is None
    assert fold({}, [event(calendar, "2020-01-01")]) == {}


def test_a_listing_keeps_every_state_by_its_day() -> None:
    one, two = listing("1.1", "2020-01-01"), listing("1.1", "2020-05-01", listed=False)
    assert entity_of(one) == Entity("listing", "H53.1 1.1")
    assert set(fold({}, [one, two])) == {"since/2020-01-01", "since/2020-05-01"}


def test_deadlines_moved_from_different_bases_are_kept_apart_whatever_their_zone() -> None:
    one, two = by_day("2020-03-16"), by_day("2020-03-17")
    moved = [
        event(
            c.DeadlineMoved(dossier="D-1", base=base, effective=by_day("2020-03-20")), "2020-03-09"
        )
        for base in (one, two)
    ]
    assert len(fold({}, moved)) == 2
    in_utc = c.Deadline.model_validate_json(_utc(one))
    same = event(c.DeadlineMoved(dossier="D-1", base=in_utc, effective=two), "2020-03-10")
    assert len(fold({}, [*moved, same])) == 2


def test_a_correction_replaces_the_record_and_the_same_contact() -> None:
    held = fold({}, [corrected("2020-03-05", resolving="H53.9"), received(), contact("1")])
    record = held["record"].data
    assert isinstance(record, c.DossierCorrected)
    assert record.resolving == "H53.9"
    assert set(held) == {"record", "base", "contact/1"}


def test_stored_facts_hold_each_event_once() -> None:
    stored = to_json(fold({}, [received()]))
    assert stored.count(b"dossier.received.v1") == 1


@pytest.mark.parametrize("kind", sorted(c.BY_TYPE))
def test_every_contract_is_folded_or_knowingly_ignored(kind: str) -> None:
    ignored = {"calendar.defined.v1", "calendar.day_overridden.v1", "evaluation.changed.v1",
               "dossier.noted.v1", "sector.noted.v1", "sector.awaited.v1"}  # fmt: skip
    assert (c.BY_TYPE[kind] in facts._REGISTERS) == (kind not in ignored)


def _grouped(events: list[Event]) -> dict[Entity, list[Event]]:
    grouped: dict[Entity, list[Event]] = {}
    for each in events:
        if entity := entity_of(each):
            grouped.setdefault(entity, []).append(each)
    return grouped


def _utc(deadline: c.Deadline) -> str:
    fields = ("due_at", "early_until", "late_after")
    moved = {name: getattr(deadline, name).astimezone(UTC) for name in fields}
    return deadline.model_copy(update=moved).model_dump_json()
