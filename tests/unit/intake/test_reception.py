"""Reception: due dates, sectors, what is said twice, what waits for its procedure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from motcua_events.contracts import DossierCorrected, DossierReceived, Limit
from motcua_intake.domain.reception import waiting_for
from motcua_service.decider import Refusal

if TYPE_CHECKING:
    from conftest import Register


def test_the_due_date_comes_from_the_procedures_limit(register: Register) -> None:
    register.procedure(amount=3)
    (change,) = register.receive()
    assert isinstance(change.data, DossierReceived)
    assert change.time == change.data.received_at
    assert change.data.limit == Limit(amount=3)
    assert change.data.sector == "HT"
    assert register.due_day() == "2026-03-05"


def test_a_limit_given_comes_before_the_procedures(register: Register) -> None:
    register.procedure(amount=3)
    register.receive(limit={"amount": 5}, sector="DD")
    assert register.due_day() == "2026-03-09"
    record = register.dossier().record
    assert record is not None
    assert record.sector == "DD"


def test_an_appointment_is_taken_as_it_is_in_the_procedures_unit(register: Register) -> None:
    register.procedure(limit={"amount": 8, "unit": "HOUR"})
    register.receive(due_at="2026-03-04T10:00:00+07:00")
    record, deadline = register.dossier().record, register.dossier().deadline
    assert record is not None
    assert deadline is not None
    assert record.limit is None
    assert deadline.unit == "HOUR"
    assert deadline.late_after == deadline.due_at


def test_an_appointments_unit_can_be_given(register: Register) -> None:
    register.receive(due_at="2026-03-04T10:00:00+07:00", unit="day")
    deadline = register.dossier().deadline
    assert deadline is not None
    assert deadline.unit == "DAY"


def test_an_appointment_in_hours_before_the_reception_is_refused(register: Register) -> None:
    with pytest.raises(Refusal) as caught:
        register.receive(due_at="2026-03-02T07:00:00+07:00", unit="HOUR")
    assert caught.value.field == "due_at"
    assert caught.value.status == 422


def test_a_reception_in_the_future_is_refused(register: Register) -> None:
    with pytest.raises(Refusal) as caught:
        register.receive(received_at="2026-11-22T08:00:00+07:00")
    assert caught.value.field == "received_at"


def test_the_resolving_agencys_calendar_counts(register: Register) -> None:
    hours = [{"opens": "08:00", "closes": "12:00"}]
    register.tell("define_calendar", calendar="C", weekdays=range(6), sessions=hours)
    register.tell("register_agency", agency="A", name="A", level="commune", calendar="C")
    register.procedure(amount=5)
    register.receive()
    deadline = register.dossier().deadline
    assert deadline is not None
    assert deadline.due_at.isoformat() == "2026-03-07T12:00:00+07:00"


def test_a_day_off_counts_if_it_was_announced_by_the_reception(register: Register) -> None:
    day = {"day": "2026-03-04", "kind": "off", "name": "bão"}
    register.procedure(amount=3)
    register.tell("override_day", announced_on="2026-03-02", **day)
    register.receive("D1")
    register.tell("override_day", announced_on="2026-03-03", **day)
    register.receive("D2")
    assert register.due_day("D1") == "2026-03-06"
    assert register.due_day("D2") == "2026-03-05"


def test_a_procedure_is_matched_on_the_short_part(register: Register) -> None:
    register.procedure("1.000001.000.00.00.H53", amount=3)
    register.receive("D1", procedure="1.000001")
    register.receive("D2", procedure="1.000001.H54")
    register.receive("D3", procedure="1.000002")
    assert [register.due_day(code) for code in ("D1", "D2", "D3")] == ["2026-03-05"] * 2 + [None]


def test_the_procedure_of_the_very_code_comes_first(register: Register) -> None:
    register.procedure("1.000001.000.00.00.H01", amount=1)
    register.procedure("1.000001", amount=2)
    register.procedure("1.000001.000.00.00.H53", amount=3)
    register.receive("D1", procedure="1.000001.000.00.00.H53")
    register.receive("D2", procedure="1.000001.000.00.00.H99")
    assert [register.due_day(code) for code in ("D1", "D2")] == ["2026-03-05", "2026-03-04"]


def test_the_same_reception_again_records_nothing(register: Register) -> None:
    register.procedure()
    register.receive()
    assert register.receive() == []
    assert register.receive(limit={"amount": 3}, sector="HT") == []


def test_other_content_for_the_same_dossier_is_a_correction(register: Register) -> None:
    register.procedure()
    (first,) = register.receive()
    (second,) = register.receive(resolving="B", channel="online")
    assert isinstance(second.data, DossierCorrected)
    assert second.data.reason == "received again with other content"
    assert second.time > first.time
    assert second.data.deadline is not None


def test_a_late_copy_undoes_no_correction(register: Register) -> None:
    register.procedure()
    register.receive()
    register.tell("correct_dossier", dossier="D1", resolving="B", reason="nhầm đơn vị")
    assert register.receive() == []
    record = register.dossier().record
    assert record is not None
    assert record.resolving == "B"


def test_an_unknown_procedure_is_waited_for_and_then_settled(register: Register) -> None:
    (first,) = register.receive()
    dossier = register.dossier()
    assert dossier.deadline is None
    assert waiting_for(dossier, procedure_known=False) == ["procedure"]
    assert register.settle("D1") == []
    register.procedure(amount=3)
    (settled,) = register.settle("D1")
    assert isinstance(settled.data, DossierCorrected)
    assert settled.data.reason == "procedure registered"
    assert settled.data.sector == "HT"
    assert settled.time > first.time
    assert register.due_day() == "2026-03-05"
    assert register.settle("D1") == []
    assert register.receive() == []


def test_a_procedure_without_a_limit_gives_its_sector_only(register: Register) -> None:
    register.receive()
    register.procedure(amount=None)
    register.settle("D1")
    dossier = register.dossier()
    assert dossier.record is not None
    assert dossier.record.sector == "HT"
    assert waiting_for(dossier, procedure_known=True) == ["limit"]
    register.procedure(amount=2)
    register.settle("D1")
    assert register.due_day() == "2026-03-04"


def test_an_appointment_needs_no_procedure_but_for_its_sector(register: Register) -> None:
    register.receive(due_at="2026-03-04T17:00:00+07:00")
    assert waiting_for(register.dossier(), procedure_known=False) == ["procedure"]
    register.procedure(amount=9)
    register.settle("D1")
    assert register.due_day() == "2026-03-04"
    assert waiting_for(register.dossier(), procedure_known=True) == []


HOURS = {"limit": {"amount": 8, "unit": "HOUR"}}
MORNING = "2026-03-04T10:00:00+07:00"


@pytest.mark.parametrize("restart", [None, {"restarted_at": "2026-03-03T09:00:00+07:00"}])
def test_an_appointment_is_compared_alike_whenever_its_procedure_comes(
    register: Register, make_register: Any, restart: dict[str, str] | None
) -> None:
    late = make_register()
    register.procedure(**HOURS)
    for each in (register, late):
        each.receive(due_at=MORNING, sector="DD")
        if restart:
            each.tell("restart_dossier", dossier="D1", due_at=MORNING, **restart)
    assert late.dossier().unit_assumed
    assert waiting_for(late.dossier(), procedure_known=False) == ["procedure"]
    late.procedure(**HOURS)
    late.settle("D1")
    assert late.dossier().deadline == register.dossier().deadline
    assert late.dossier().deadline.unit == "HOUR"
    assert late.settle("D1") == []
    assert waiting_for(late.dossier(), procedure_known=True) == []


def test_a_restart_before_its_reception_takes_the_procedures_unit(register: Register) -> None:
    register.procedure(**HOURS)
    register.tell("restart_dossier", dossier="D1", restarted_at="2026-03-03T09:00:00+07:00",
                  due_at=MORNING)  # fmt: skip
    register.receive()
    deadline = register.dossier().deadline
    assert deadline is not None
    assert deadline.unit == "HOUR"


def test_a_unit_that_was_given_stays_when_the_procedure_comes(register: Register) -> None:
    register.receive(due_at=MORNING, unit="WORKING_DAY")
    register.procedure(**HOURS)
    register.settle("D1")
    deadline = register.dossier().deadline
    assert deadline is not None
    assert deadline.unit == "WORKING_DAY"


def test_a_unit_once_learned_stays_when_the_procedure_changes(register: Register) -> None:
    register.procedure(amount=3)
    register.receive(due_at=MORNING)
    register.procedure(**HOURS)
    assert register.settle("D1") == []


def test_an_appointment_earlier_in_the_day_of_reception_stays_one_for_the_day(
    register: Register,
) -> None:
    register.receive(due_at="2026-03-02T07:00:00+07:00")
    register.procedure(**HOURS)
    register.settle("D1")
    deadline = register.dossier().deadline
    assert deadline is not None
    assert deadline.unit == "WORKING_DAY"
    assert not register.dossier().unit_assumed


def test_a_dossier_not_received_is_not_settled(register: Register) -> None:
    register.tell(
        "stop_dossier", dossier="D1", stopped_at="2026-03-03T08:00:00+07:00", reason="luật"
    )
    assert register.settle("D1") == []
    assert waiting_for(register.dossier(), procedure_known=False) == ["reception"]
