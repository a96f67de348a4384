"""What workflow notes of intake's events: the same in any order, with any repetition."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motcua_events.contracts import ContactMade, DossierNoted
from motcua_workflow.domain import Dossier, evolve
from motcua_workflow.domain_intake import note
from motcua_workflow.inputs import noting


def test_a_reception_is_noted_whole(desk: Any) -> None:
    event = desk.event(desk.received())
    (noted,) = desk.note(event)
    assert isinstance(noted, DossierNoted)
    assert (noted.resolving, noted.received_at) == ("A", desk.at("03-02 09:00"))
    assert noted.deadline == desk.deadline(10)
    assert not noted.closed
    assert {stamp.event for stamp in noted.stamps.values()} == {event.id}
    assert desk.log[-1].time == event.time


def test_one_note_for_a_batch_and_none_for_repetition(desk: Any) -> None:
    events = [desk.event(desk.received()), desk.event(desk.refused("03-03 09:00"), 1)]
    assert len(desk.note(*events)) == 1
    assert desk.note(*events) == []
    assert desk.note(events[0]) == []


def test_each_part_holds_by_its_own_stamp(desk: Any) -> None:
    """A refusal's time may be older than a correction's recorded before it."""
    desk.note(desk.received())
    desk.now += timedelta(days=1)
    desk.note(desk.received(12, reason="limit"))
    desk.now -= timedelta(hours=1)
    desk.note(desk.refused("05-31 09:00"))
    (noted,) = desk.state.all(DossierNoted).values()
    assert noted.closed
    assert noted.deadline == desk.deadline(12)


def test_an_ending_before_the_reception_is_kept(desk: Any) -> None:
    (noted,) = desk.note(desk.refused("03-03 09:00"))
    assert isinstance(noted, DossierNoted)
    assert noted.closed
    assert noted.received_at is None


def test_a_restart_without_a_deadline_takes_the_deadline_away(desk: Any) -> None:
    desk.note(desk.received())
    desk.now += timedelta(minutes=1)
    desk.note(desk.restarted("03-04 09:00", None))
    assert desk.timers() == {}


def test_contacts_are_none_of_workflows_business(desk: Any) -> None:
    contact = ContactMade(
        dossier=desk.state.dossier, contact="C", body="B", place="other", made_at=desk.now
    )
    assert noting([desk.event(contact)]) == []
    assert desk.note(desk.event(contact)) == []


def test_a_batch_is_one_command_a_dossier(desk: Any) -> None:
    other = desk.received().model_copy(update={"dossier": "other"})
    told = [desk.event(desk.received()), desk.event(other), desk.event(desk.refused("03-03 09:00"))]
    commands = noting(told)
    assert [command.dossier for command in commands] == [desk.state.dossier, "other"]
    assert commands[0].events == (told[0], told[2])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_any_batches_any_repetition(desk: Any, data: st.DataObject) -> None:
    told = [
        desk.received(),
        desk.refused("03-03 09:00"),
        desk.reopened("03-04 09:00"),
        desk.received(12, reason="limit"),
        desk.restarted("03-05 09:00", desk.deadline(10, "03-05 09:00")),
        desk.received(9, reason="again"),
    ]
    stamps = data.draw(st.permutations(range(len(told))))
    events = [desk.event(each, stamp) for each, stamp in zip(told, stamps, strict=True)]
    again = data.draw(st.lists(st.sampled_from(events), max_size=4))
    order = data.draw(st.permutations(events + again))
    cut = data.draw(st.integers(0, len(order)))
    assert noted_of(order[:cut], order[cut:]) == noted_of(events)


def noted_of(*batches: Any) -> DossierNoted | None:
    state = Dossier("000.00.15.H53-200302-0007")
    for batch in batches:
        state = reduce(evolve, note(state, batch), state)
    return state.one(DossierNoted)
