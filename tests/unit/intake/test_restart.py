"""A restart sets the clock to zero, whenever it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from motcua_events.contracts import DossierRestarted
from motcua_events.event import Change
from motcua_service.decider import Refusal

if TYPE_CHECKING:
    from conftest import Register

NINTH = "2026-03-09T08:00:00+07:00"
SIXTEENTH = "2026-03-16T08:00:00+07:00"


def restart(register: Register, at: str = NINTH, **fields: Any) -> list[Change]:
    return register.tell("restart_dossier", dossier="D1", restarted_at=at, **fields)


@pytest.fixture
def received(register: Register) -> Register:
    register.procedure(amount=3)
    register.receive()
    return register


def test_the_limit_counts_again_from_the_restart(received: Register) -> None:
    (change,) = restart(received)
    assert isinstance(change.data, DossierRestarted)
    assert change.time == change.data.restarted_at
    assert received.due_day() == "2026-03-12"
    assert restart(received) == []


def test_a_new_appointment_can_be_given_and_changed(received: Register) -> None:
    restart(received, due_at="2026-03-20T17:00:00+07:00")
    assert received.due_day() == "2026-03-20"
    (again,) = restart(received, due_at="2026-03-19T17:00:00+07:00", unit="DAY")
    assert received.due_day() == "2026-03-19"
    assert again.time > received.dossier().restarts[0].time
    assert restart(received, due_at="2026-03-19T17:00:00+07:00") == []
    assert len(restart(received, due_at="2026-03-19T17:00:00+07:00", unit="WORKING_DAY")) == 1


def test_the_last_restart_holds_in_any_order(received: Register) -> None:
    restart(received, SIXTEENTH)
    restart(received, NINTH)
    assert received.due_day() == "2026-03-19"


def test_a_restart_after_a_correction_holds(received: Register) -> None:
    received.tell("correct_dossier", dossier="D1", reason="sai", channel="online")
    (change,) = restart(received)
    base = received.dossier().base
    assert base is not None
    assert base.data == change.data
    assert received.due_day() == "2026-03-12"


def test_a_restart_before_the_reception_is_refused(received: Register) -> None:
    with pytest.raises(Refusal) as caught:
        restart(received, "2026-03-01T08:00:00+07:00")
    assert caught.value.field == "restarted_at"


def test_a_restart_that_arrives_first_is_counted_at_the_reception(register: Register) -> None:
    register.procedure(amount=3)
    restart(register)
    assert register.due_day() is None
    changes = register.receive()
    assert [type(each.data).__name__ for each in changes] == ["DossierReceived", "DossierRestarted"]
    assert register.due_day() == "2026-03-12"
    assert register.receive() == []


def test_an_appointment_that_arrives_first_stays(register: Register) -> None:
    restart(register, due_at="2026-03-20T17:00:00+07:00")
    assert len(register.receive()) == 1
    assert register.due_day() == "2026-03-20"


def test_a_restart_before_a_late_reception_has_no_effect(register: Register) -> None:
    register.procedure(amount=3)
    restart(register, "2026-02-23T08:00:00+07:00")
    restart(register, "2026-02-23T08:00:00+07:00", due_at="2026-03-30T17:00:00+07:00")
    register.receive()
    assert register.dossier().restarted_at is None
    assert register.due_day() == "2026-03-05"


def test_a_restart_waits_for_the_procedure_too(register: Register) -> None:
    register.receive()
    restart(register)
    register.procedure(amount=3)
    register.settle("D1")
    assert register.due_day() == "2026-03-12"


def test_without_any_limit_the_new_appointment_must_be_given(register: Register) -> None:
    register.procedure(amount=None)
    register.receive(due_at="2026-03-04T17:00:00+07:00")
    with pytest.raises(Refusal) as caught:
        restart(register)
    assert caught.value.field == "due_at"
    restart(register, due_at="2026-03-12T17:00:00+07:00")
    assert register.due_day() == "2026-03-12"
