"""Contacts and ends: first records, corrections, copies, any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from motcua_events.contracts import ContactCorrected, ContactMade
from motcua_events.event import Change
from motcua_intake.domain.contacts import needed
from motcua_intake.domain.dossier import data_of, latest
from motcua_service.decider import Refusal

if TYPE_CHECKING:
    from conftest import Register

CONTACT = {
    "dossier": "D1",
    "contact": "C1",
    "body": "R",
    "place": "one_stop_unit",
    "made_at": "2026-03-03T08:00:00+07:00",
}


def contact(register: Register, **fields: Any) -> list[Change]:
    return register.tell("record_contact", **CONTACT | fields)


def correct(register: Register, **fields: Any) -> list[Change]:
    return register.tell("correct_contact", **CONTACT | {"reason": "xác minh lại"} | fields)


def held(register: Register) -> ContactMade:
    event = latest(register.dossier().contacts["C1"])
    assert event is not None
    return data_of(event, ContactMade)


def test_a_contact_is_recorded_once(register: Register) -> None:
    (change,) = contact(register, fault="APPLICANT", required_by_law=True)
    assert isinstance(change.data, ContactMade)
    assert change.time == change.data.made_at
    assert (change.data.fault, change.data.required_by_law) == ("applicant", True)
    assert contact(register, fault="applicant", required_by_law=True) == []


def test_another_content_corrects_it(register: Register) -> None:
    contact(register)
    (change,) = contact(register, online=True)
    assert isinstance(change.data, ContactCorrected)
    assert held(register).online


def test_a_correction_holds_against_late_copies(register: Register) -> None:
    contact(register)
    correct(register, fault="applicant")
    assert contact(register) == []
    assert held(register).fault == "applicant"
    assert correct(register, fault="applicant") == []


def test_a_correction_may_arrive_before_its_contact(register: Register) -> None:
    correct(register, fault="applicant")
    assert len(contact(register)) == 1
    assert held(register).fault == "applicant"
    assert contact(register) == []


def test_a_contact_can_be_taken_away_and_brought_back(register: Register) -> None:
    contact(register)
    correct(register, needed=False)
    assert not needed(held(register))
    correct(register)
    assert needed(held(register))


def test_a_contact_in_the_future_is_refused(register: Register) -> None:
    with pytest.raises(Refusal) as caught:
        contact(register, made_at="2026-12-01T08:00:00+07:00")
    assert caught.value.field == "made_at"


ENDS = {
    "refuse_dossier": ("refused_at", "refused"),
    "withdraw_dossier": ("withdrawn_at", "withdrawn"),
    "stop_dossier": ("stopped_at", "stopped"),
    "reopen_dossier": ("reopened_at", "received"),
}


def end(register: Register, do: str, day: int, reason: str = "theo luật") -> list[Change]:
    at = f"2026-03-{day:02}T08:00:00+07:00"
    return register.tell(do, dossier="D1", reason=reason, **{ENDS[do][0]: at})


@pytest.mark.parametrize("do", ENDS)
def test_each_end_is_recorded_once_with_its_time(register: Register, do: str) -> None:
    register.receive()
    (change,) = end(register, do, 4)
    assert change.time.isoformat() == "2026-03-04T08:00:00+07:00"
    assert register.dossier().state == ENDS[do][1]
    assert end(register, do, 4) == []


@pytest.mark.parametrize("do", ENDS)
def test_an_end_before_the_reception_or_in_the_future_is_refused(
    register: Register, do: str
) -> None:
    register.receive()
    with pytest.raises(Refusal) as caught:
        end(register, do, 1)
    assert caught.value.field == ENDS[do][0]
    register.now = register.now.replace(year=2020)
    with pytest.raises(Refusal) as caught:
        end(register, do, 4)
    assert caught.value.status == 422


def test_what_happened_last_holds_in_any_order(register: Register) -> None:
    end(register, "reopen_dossier", 5)
    end(register, "refuse_dossier", 4)
    assert register.dossier().state == "unknown"
    register.receive()
    assert register.dossier().state == "received"
    end(register, "stop_dossier", 6)
    assert register.dossier().state == "stopped"


def test_an_end_told_again_with_other_content_is_replaced(register: Register) -> None:
    end(register, "refuse_dossier", 5)
    (change,) = end(register, "refuse_dossier", 4, "lý do khác")
    ending = register.dossier().ending
    assert ending is not None
    assert ending.data == change.data
    assert end(register, "refuse_dossier", 5) == []


def test_what_happens_after_a_replaced_end_still_holds(register: Register) -> None:
    end(register, "refuse_dossier", 5)
    end(register, "refuse_dossier", 4)
    end(register, "reopen_dossier", 9)
    assert register.dossier().state == "unknown"


def test_an_older_end_of_the_same_kind_changes_nothing(register: Register) -> None:
    end(register, "reopen_dossier", 6)
    end(register, "refuse_dossier", 8)
    end(register, "refuse_dossier", 4)
    ending = register.dossier().ending
    assert ending is not None
    assert ending.time.day == 8
