"""Corrections: what is named changes, and what depends on it is counted again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from motcua_events.contracts import DossierCorrected, DossierReceived
from motcua_events.event import Change
from motcua_service.decider import Refusal

if TYPE_CHECKING:
    from conftest import Register


def correct(register: Register, **fields: Any) -> list[Change]:
    return register.tell("correct_dossier", dossier="D1", reason="sai", **fields)


def record(register: Register) -> DossierReceived:
    found = register.dossier().record
    assert found is not None
    return found


@pytest.fixture
def received(register: Register) -> Register:
    register.procedure(amount=3)
    register.receive()
    return register


def test_an_unknown_dossier_cannot_be_corrected(register: Register) -> None:
    with pytest.raises(Refusal) as caught:
        correct(register, channel="online")
    assert caught.value.status == 404
    assert caught.value.field == "dossier"


def test_only_what_is_named_changes(received: Register) -> None:
    (change,) = correct(received, channel="online")
    assert isinstance(change.data, DossierCorrected)
    assert change.data.channel == "online"
    assert change.data.reason == "sai"
    assert (change.data.resolving, change.data.sector) == ("A", "HT")
    assert received.due_day() == "2026-03-05"


def test_a_correction_to_what_holds_records_nothing(received: Register) -> None:
    assert correct(received, channel="direct", resolving="A", limit={"amount": 3}) == []


def test_there_and_back_is_two_corrections(received: Register) -> None:
    assert len(correct(received, channel="online")) == 1
    assert len(correct(received, channel="direct")) == 1
    assert record(received).channel == "direct"


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({"received_at": "2026-03-03T08:00:00+07:00"}, "2026-03-06"),
        ({"limit": {"amount": 1}}, "2026-03-03"),
        ({"due_at": "2026-03-20T17:00:00+07:00"}, "2026-03-20"),
        ({"procedure": "1.000002"}, "2026-03-12"),
        ({"procedure": "1.000009"}, None),
        ({"resolving": "SAT"}, "2026-03-05"),
    ],
)
def test_the_due_date_follows(received: Register, fields: dict[str, Any], due: str | None) -> None:
    received.procedure("1.000002", amount=8, sector="DD")
    correct(received, **fields)
    assert received.due_day() == due


def test_another_agencys_calendar_counts_from_then_on(received: Register) -> None:
    hours = [{"opens": "08:00", "closes": "12:00"}]
    received.tell("define_calendar", calendar="C", weekdays=[0], sessions=hours)
    received.tell("register_agency", agency="B", name="B", level="commune", calendar="C")
    correct(received, resolving="B")
    assert received.due_day() == "2026-03-23"


def test_a_procedures_sector_goes_with_it_and_a_given_one_stays(received: Register) -> None:
    received.procedure("1.000002", sector="DD")
    correct(received, procedure="1.000002")
    assert record(received).sector == "DD"
    correct(received, sector="XD")
    correct(received, procedure="1.000001")
    assert record(received).sector == "XD"
    correct(received, sector=None)
    assert record(received).sector == "HT"


def test_a_given_limit_stays_when_the_procedure_is_corrected(register: Register) -> None:
    register.procedure("1.000002", amount=8)
    register.receive(limit={"amount": 1})
    correct(register, procedure="1.000002")
    assert register.due_day() == "2026-03-03"
    correct(register, limit=None)
    assert register.due_day() == "2026-03-12"


def test_an_appointment_stays_until_it_is_named(register: Register) -> None:
    register.procedure(amount=3)
    register.receive(due_at="2026-03-20T17:00:00+07:00")
    correct(register, resolving="B", received_at="2026-03-03T08:00:00+07:00")
    assert register.due_day() == "2026-03-20"
    correct(register, due_at=None)
    assert register.due_day() == "2026-03-06"


def test_a_reception_after_its_appointment_is_refused(register: Register) -> None:
    register.receive(due_at="2026-03-03T17:00:00+07:00")
    with pytest.raises(Refusal) as caught:
        correct(register, received_at="2026-03-04T08:00:00+07:00")
    assert caught.value.field == "received_at"
    with pytest.raises(Refusal) as caught:
        correct(register, due_at="2026-02-27T17:00:00+07:00")
    assert caught.value.field == "due_at"


def test_a_correction_after_a_restart_counts_from_the_restart(received: Register) -> None:
    received.tell("restart_dossier", dossier="D1", restarted_at="2026-03-09T08:00:00+07:00")
    correct(received, channel="online")
    assert received.due_day() == "2026-03-12"
    correct(received, limit={"amount": 1})
    assert received.due_day() == "2026-03-10"
    correct(received, received_at="2026-03-10T08:00:00+07:00")
    assert received.due_day() == "2026-03-11"


def test_a_corrected_reception_cannot_lie_in_the_future(received: Register) -> None:
    with pytest.raises(Refusal) as caught:
        correct(received, received_at="2027-03-04T08:00:00+07:00")
    assert caught.value.field == "received_at"
