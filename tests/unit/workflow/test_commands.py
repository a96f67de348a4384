"""What each command records, what it refuses, and that it may be sent twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from motcua_events.contracts import (
    DossierExtended,
    DossierPaused,
    DossierResolved,
    DossierResumed,
    Limit,
    ResultReturned,
    StepCompleted,
    StepStarted,
)
from motcua_service.decider import Refusal
from motcua_workflow.commands import Line
from motcua_worktime import DEFAULT, VIETNAM, Calendar, Calendars, due, given

CODE = "000.00.15.H53-200302-0007"
LINE: TypeAdapter[Any] = TypeAdapter(Line)
START = {"step": "S", "agency": "B", "started_at": "03-02 10:00"}
PAUSE = {"pause": "P", "paused_at": "03-03 10:00", "reason": "supplement"}
EARLY = {"pause": "P", "resumed_at": "03-01 10:00"}
ALL: list[tuple[str, dict[str, Any], type]] = [
    ("start_step", START, StepStarted),
    ("complete_step", {"step": "S", "completed_at": "03-04 10:00"}, StepCompleted),
    ("pause_dossier", PAUSE, DossierPaused),
    ("resume_dossier", EARLY | {"resumed_at": "03-04 10:00"}, DossierResumed),
    (
        "extend_dossier",
        {"extended_at": "03-05 10:00", "new_due_at": "04-05 17:00"},
        DossierExtended,
    ),
    ("resolve_dossier", {"resolved_at": "03-06 10:00"}, DossierResolved),
    ("return_result", {"returned_at": "03-07 10:00"}, ResultReturned),
]


@pytest.mark.parametrize(("do", "fields", "kind"), ALL)
def test_a_command_records_its_event_at_its_time_and_only_once(
    desk: Any, do: str, fields: dict[str, Any], kind: type
) -> None:
    (data,) = desk.do(do, **fields)
    assert type(data) is kind
    (change,) = desk.log
    (when,) = (value for name, value in fields.items() if name in AT)
    assert change.time == desk.at(when)
    assert desk.do(do, **fields) == []


AT = {"started_at", "completed_at", "paused_at", "resumed_at", "extended_at", "resolved_at",
      "returned_at"}  # fmt: skip


@pytest.mark.parametrize(
    ("do", "fields"), [(do, fields) for do, fields, _ in ALL if do != "extend_dossier"]
)
def test_other_content_replaces_with_a_later_time(
    desk: Any, do: str, fields: dict[str, Any]
) -> None:
    desk.do(do, **fields)
    name = next(name for name in fields if name in AT)
    earlier = desk.at(fields[name]) - timedelta(minutes=5)
    (data,) = desk.do(do, **(fields | {name: earlier}))
    assert getattr(data, name) == earlier
    assert desk.log[-1].time == desk.now
    desk.now = desk.log[-1].time - timedelta(days=1)  # a clock set back
    (data,) = desk.do(do, **fields)
    assert desk.log[-1].time == desk.log[-2].time + timedelta(microseconds=1)


def test_the_same_instant_in_another_offset_is_the_same_command(desk: Any) -> None:
    desk.do("resolve_dossier", resolved_at="03-06 10:00")
    assert desk.do("resolve_dossier", resolved_at=datetime(2020, 3, 6, 3, tzinfo=UTC)) == []


def test_a_steps_limit_is_counted_by_its_agencys_calendar(desk: Any) -> None:
    six = Calendar(weekdays=frozenset(range(6)))
    desk.calendars = Calendars({"six": six}, {"B": "six"})
    (step,) = desk.do("start_step", **START, limit={"amount": 5, "unit": "working_day"})
    assert step.limit == Limit(amount=5)
    assert step.deadline == due(desk.at("03-02 10:00"), Limit(amount=5), six, date(2020, 3, 2))
    assert step.deadline.due_at == desk.at("03-07 17:00")


def test_a_step_sent_again_keeps_the_deadline_it_was_given(desk: Any) -> None:
    (step,) = desk.do("start_step", **START, limit={"amount": 5})
    desk.calendars = Calendars(default=Calendar(weekdays=frozenset(range(7))))
    assert desk.do("start_step", **START, limit={"amount": 5}) == []
    (again,) = desk.do("start_step", **START, limit={"amount": 6})
    assert again.deadline != step.deadline


def test_a_steps_due_date_may_be_given_or_missing(desk: Any) -> None:
    (by_hour,) = desk.do("start_step", **START, due_at="03-03 10:00", unit="hour")
    assert by_hour.deadline == given(desk.at("03-03 10:00"), "HOUR", DEFAULT)
    (by_day,) = desk.do("start_step", **START, due_at="03-03 10:00")
    assert by_day.deadline.unit == "WORKING_DAY"
    (without,) = desk.do("start_step", **START)
    assert without.deadline is None


@pytest.mark.parametrize(("do", "fields", "kind"), ALL)
def test_acts_of_the_future_are_refused(
    desk: Any, do: str, fields: dict[str, Any], kind: type
) -> None:
    desk.now = desk.at("03-01 09:59")
    with pytest.raises(Refusal) as refused:
        desk.do(do, **fields)
    assert refused.value.status == 422
    assert refused.value.field in AT
    desk.now = desk.at("03-06 10:00")
    assert desk.do(do, **fields)  # a day ahead is forgiven


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        (("start_step", START), ("complete_step", {"step": "S", "completed_at": "03-02 09:59"}),
         "completed_at"),
        (("complete_step", {"step": "S", "completed_at": "03-02 09:59"}), ("start_step", START),
         "started_at"),
        (("pause_dossier", PAUSE), ("resume_dossier", EARLY), "resumed_at"),
        (("resume_dossier", EARLY), ("pause_dossier", PAUSE), "paused_at"),
        (("resolve_dossier", ALL[5][1]), ("return_result", {"returned_at": "03-06 09:00"}),
         "returned_at"),
        (("return_result", {"returned_at": "03-06 09:00"}), ("resolve_dossier", ALL[5][1]),
         "resolved_at"),
    ],
)  # fmt: skip
def test_an_end_before_its_begin_is_refused_in_either_order(
    desk: Any, first: Any, second: Any, field: str
) -> None:
    desk.do(first[0], **first[1])
    with pytest.raises(Refusal, match="recorded as") as refused:
        desk.do(second[0], **second[1])
    assert (refused.value.field, refused.value.status) == (field, 422)


def test_steps_and_pauses_are_told_apart_by_their_codes(desk: Any) -> None:
    desk.do("start_step", **START)
    assert desk.do("complete_step", step="T", completed_at="03-01 10:00")


def test_an_extension_moves_no_deadline(desk: Any) -> None:
    desk.note(desk.received())
    desk.do("extend_dossier", extended_at="03-13 10:00", new_due_at="03-20 17:00")
    assert desk.due_day() == date(2020, 3, 16)


def test_an_extension_comes_at_least_a_day_before_due(desk: Any) -> None:
    desk.note(desk.received())  # due on the 16th
    with pytest.raises(Refusal, match="too late") as refused:
        desk.do("extend_dossier", extended_at="03-16 00:00", new_due_at="03-20 17:00")
    assert (refused.value.field, refused.value.status) == ("extended_at", 409)
    assert desk.do("extend_dossier", extended_at="03-15 23:59", new_due_at="03-20 17:00")


def test_a_pause_gives_an_extension_more_time(desk: Any) -> None:
    desk.note(desk.received())
    desk.do("pause_dossier", pause="P", paused_at="03-03 10:00", reason="supplement")
    desk.do("resume_dossier", pause="P", resumed_at="03-04 10:00")
    assert desk.do("extend_dossier", extended_at="03-16 10:00", new_due_at="03-20 17:00")


def test_there_is_one_extension(desk: Any) -> None:
    desk.note(desk.received())
    once = {"extended_at": "03-10 10:00", "new_due_at": "03-20 17:00"}
    desk.do("extend_dossier", **once)
    assert desk.do("extend_dossier", **once) == []
    assert desk.do("extend_dossier", **once, reason="a word more")
    with pytest.raises(Refusal, match="One new appointment") as refused:
        desk.do("extend_dossier", **(once | {"new_due_at": "03-21 17:00"}))
    assert refused.value.status == 409


def test_an_extension_to_an_earlier_day_is_none(desk: Any) -> None:
    desk.note(desk.received())
    with pytest.raises(Refusal) as refused:
        desk.do("extend_dossier", extended_at="03-10 10:00", new_due_at="03-16 17:00")
    assert (refused.value.field, refused.value.status) == ("new_due_at", 422)


def test_an_extension_for_an_unknown_dossier_is_taken(desk: Any) -> None:
    assert desk.do("extend_dossier", extended_at="03-10 10:00", new_due_at="03-16 17:00")


NOON = "2020-03-02T12:00:00+07:00"
VALID = {"do": "start_step", "dossier": CODE, "step": "S", "agency": "B", "started_at": NOON}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"do": "begin_step"}, "does not match"),
        ({"dossier": ""}, "at least 1"),
        ({"dossier": "a b"}, "pattern"),
        ({"dossier": "a/b"}, "pattern"),
        ({"step": "a\x00"}, "pattern"),
        ({"step": None}, "valid string"),
        ({"started_at": "2020-03-02T12:00:00"}, "needs an offset"),
        ({"started_at": 1583125200}, "instant with its offset"),
        ({"started_at": True}, "instant with its offset"),
        ({"started_at": "1583125200"}, "instant with its offset"),
        ({"started_at": "1985-03-02T12:00:00+07:00"}, "1990 to 2090"),
        ({"started_at": "9999-12-31T23:59:59-07:00"}, "1990 to 2090"),
        ({"limit": {"amount": 0}}, "greater than or equal to 1"),
        ({"limit": {"amount": 5, "unit": "WEEK"}}, "WORKING_DAY"),
        ({"limit": {"amount": 5}, "due_at": NOON}, "not both"),
        ({"unit": "HOUR"}, "belongs to due_at"),
        ({"due_at": "2020-03-02T11:00:00+07:00"}, "before started_at"),
        ({"stage": "S"}, "Extra inputs"),
    ],
)
def test_what_makes_no_sense_is_not_valid(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        LINE.validate_python(VALID | change)


def test_words_are_taken_in_any_case_and_reasons_without_null_characters() -> None:
    pause = {"do": "pause_dossier", "dossier": CODE, "pause": "P", "paused_at": NOON}
    assert LINE.validate_python(pause | {"reason": "Supplement"}).reason == "supplement"
    extension = {"do": "extend_dossier", "dossier": CODE, "extended_at": NOON,
                 "new_due_at": "2020-03-09T17:00:00+07:00"}  # fmt: skip
    with pytest.raises(ValidationError, match="reason"):
        LINE.validate_python(extension | {"reason": "a\x00b"})
    with pytest.raises(ValidationError, match="after extended_at"):
        LINE.validate_python(extension | {"new_due_at": NOON})


def test_vietnams_offset_is_kept_in_what_is_recorded(desk: Any) -> None:
    (data,) = desk.do("resolve_dossier", resolved_at="03-06 10:00")
    assert data.resolved_at.utcoffset() == VIETNAM.utcoffset(None)
