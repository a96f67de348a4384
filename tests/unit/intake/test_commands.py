"""Commands are strict, and their errors name the field and the fix."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from motcua_intake.commands import COMMANDS, CorrectDossier, ReceiveDossier

RECEIVE = {
    "do": "receive_dossier",
    "dossier": "D1",
    "procedure": "1.000001",
    "receiving": "R",
    "resolving": "A",
    "received_at": "2026-03-02T08:00:00+07:00",
}
AGENCY = {"do": "register_agency", "agency": "A", "name": "Sở Tư pháp", "level": "province"}
CORRECT = {"do": "correct_dossier", "dossier": "D1", "reason": "sai"}
RESTART = {"do": "restart_dossier", "dossier": "D1", "restarted_at": "2026-03-02T08:00:00+07:00"}
CALENDAR = {
    "do": "define_calendar",
    "calendar": "C",
    "weekdays": [0, 1],
    "sessions": [{"opens": "07:30", "closes": "11:30"}],
}
DAY = {
    "do": "override_day",
    "day": "2026-01-02",
    "kind": "off",
    "announced_on": "2025-12-20",
    "name": "nghỉ bù",
}
LISTING = {
    "do": "list_procedure",
    "agency": "A",
    "procedure": "1.000001",
    "effective_from": "2026-01-01",
}


@pytest.mark.parametrize(
    ("line", "field", "message"),
    [
        (RECEIVE | {"received_at": "2026-03-02T08:00:00"}, "received_at", "needs an offset"),
        (RECEIVE | {"received_at": "2026-03-02"}, "received_at", "must be an instant"),
        (RECEIVE | {"received_at": 1767225600}, "received_at", "must be an instant"),
        (RECEIVE | {"received_at": "1926-03-02T08:00:00Z"}, "received_at", "years 1990 to 2090"),
        (RECEIVE | {"received_at": "2026-02-30T08:00:00Z"}, "received_at", "valid datetime"),
        (RECEIVE | {"due_at": "2026-03-01T08:00:00+07:00"}, "due_at", "not be before received_at"),
        (
            RECEIVE | {"due_at": "2026-03-05T08:00:00+07:00", "limit": {"amount": 2}},
            "due_at",
            "not both",
        ),
        (RECEIVE | {"unit": "DAY"}, "unit", "belongs to due_at"),
        (RECEIVE | {"limit": {"amount": 0}}, "limit.amount", "greater than or equal to 1"),
        (RECEIVE | {"limit": {"amount": "3"}}, "limit.amount", "valid integer"),
        (RECEIVE | {"limit": {"amount": 3, "unit": "WEEK"}}, "limit.unit", "'WORKING_DAY'"),
        (RECEIVE | {"channel": "4"}, "channel", "'direct', 'online' or 'postal'"),
        (RECEIVE | {"channel": True}, "channel", "'direct', 'online' or 'postal'"),
        (RECEIVE | {"dossier": "H 53"}, "dossier", "no blanks, slashes"),
        (RECEIVE | {"dossier": "H53/1"}, "dossier", "no blanks, slashes"),
        (RECEIVE | {"dossier": "H53\x00"}, "dossier", "control characters"),
        (RECEIVE | {"dossier": ""}, "dossier", "at least 1 character"),
        (RECEIVE | {"dosier": "x"}, "dosier", "Extra inputs are not permitted"),
        (AGENCY | {"level": "city"}, "level", "'province', 'district' or 'commune'"),
        (AGENCY | {"name": "  "}, "name", "at least 1 character"),
        (AGENCY | {"parent": "A"}, "parent", "another agency"),
        (
            AGENCY | {"valid_from": "2026-01-02", "valid_to": "2026-01-01"},
            "valid_to",
            "not be befo",
        ),
        (AGENCY | {"valid_from": "2026-1-2"}, "valid_from", "year-month-day"),
        (AGENCY | {"valid_from": 20260102}, "valid_from", "year-month-day"),
        (CORRECT, "", "name at least one of procedure, sector"),
        (CORRECT | {"resolving": None}, "resolving", "cannot be null"),
        (
            CORRECT | {"limit": {"amount": 1}, "due_at": "2026-03-05T08:00:00Z"},
            "due_at",
            "not both",
        ),
        (CORRECT | {"unit": "DAY"}, "unit", "belongs to due_at"),
        (RESTART | {"due_at": "2026-03-01T08:00:00Z"}, "due_at", "not be before restarted_at"),
        (RESTART | {"unit": "DAY"}, "unit", "belongs to due_at"),
        (CALENDAR | {"calendar": "*"}, "calendar", "choose a name"),
        (CALENDAR | {"weekdays": []}, "weekdays", "needs at least one"),
        (CALENDAR | {"weekdays": [1, 1]}, "weekdays", "each weekday once"),
        (CALENDAR | {"weekdays": [7]}, "weekdays.0", "less than or equal to 6"),
        (CALENDAR | {"sessions": []}, "sessions", "needs at least one"),
        (
            CALENDAR | {"sessions": [{"opens": "07:30", "closes": "07:30"}]},
            "sessions.0.closes",
            "after opens",
        ),
        (
            CALENDAR | {"sessions": [{"opens": "7h30", "closes": "07:30"}]},
            "sessions.0.opens",
            "such as 07:30",
        ),
        (
            CALENDAR
            | {
                "sessions": [
                    {"opens": "08:00", "closes": "12:00"},
                    {"opens": "07:00", "closes": "09:00"},
                ]
            },
            "sessions",
            "must not overlap",
        ),
        (DAY | {"kind": "holiday"}, "kind", "'off' or 'working'"),
        (LISTING | {"online_level": 5}, "online_level", "less than or equal to 4"),
        (LISTING | {"posted": "yes"}, "posted", "valid boolean"),
    ],
)
def test_what_is_wrong_is_named(line: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        COMMANDS.validate_json(json.dumps(line))
    errors = caught.value.errors()
    named = [(".".join(map(str, each["loc"][1:])), each["msg"]) for each in errors]
    assert [field] == [name for name, _ in named]
    assert message in named[0][1]


@pytest.mark.parametrize("line", [{}, {"do": "receive"}, [], "receive_dossier", 7, None])
def test_a_line_that_names_no_command_is_refused(line: Any) -> None:
    with pytest.raises(ValidationError):
        COMMANDS.validate_json(json.dumps(line))


@pytest.mark.parametrize(
    ("given_as", "channel"),
    [("ONLINE", "online"), ("2", "online"), (3, "postal"), ("", "direct"), (" Direct ", "direct")],
)
def test_channels_are_taken_in_every_spelling(given_as: Any, channel: str) -> None:
    assert COMMANDS.validate_python(RECEIVE | {"channel": given_as}).channel == channel


@pytest.mark.parametrize("unit", ["hour", "HOUR", " Hour "])
def test_units_are_taken_in_any_case(unit: str) -> None:
    command = COMMANDS.validate_python(RECEIVE | {"limit": {"amount": 4, "unit": unit}})
    assert isinstance(command, ReceiveDossier)
    assert command.limit is not None
    assert command.limit.plain().unit == "HOUR"


@pytest.mark.parametrize(
    "instant",
    [
        "2026-03-02T01:00:00Z",
        "2026-03-02 08:00+07:00",
        "2026-03-02T08:00:00.000+0700",
        " 2026-03-02T08:00:00+07:00 ",
    ],
)
def test_instants_are_taken_in_every_iso_form_with_an_offset(instant: str) -> None:
    command = COMMANDS.validate_python(RECEIVE | {"received_at": instant})
    assert command == COMMANDS.validate_python(RECEIVE)


def test_names_are_trimmed_and_codes_are_not_touched() -> None:
    assert COMMANDS.validate_python(AGENCY | {"name": " Sở  Tư pháp "}).name == "Sở  Tư pháp"
    assert COMMANDS.validate_python(AGENCY | {"agency": "h53.15"}).agency == "h53.15"


def test_a_correction_knows_what_it_names() -> None:
    command = COMMANDS.validate_python(CORRECT | {"limit": None, "channel": "2"})
    assert isinstance(command, CorrectDossier)
    assert command.named == {"limit", "channel"}


def test_an_appointment_on_the_day_of_reception_is_accepted_whatever_the_hour() -> None:
    assert COMMANDS.validate_python(RECEIVE | {"due_at": "2026-03-02T00:00:00+07:00"})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
_LINES = [RECEIVE, AGENCY, CORRECT, RESTART, CALENDAR, DAY, LISTING]


@given(st.sampled_from(_LINES), st.data())
def test_garbage_in_any_field_is_a_validation_error_or_a_command(
    line: dict[str, Any], data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(sorted(line)))
    broken = line | {field: data.draw(_JSON)}
    with suppress(ValidationError):
        COMMANDS.validate_json(json.dumps(broken))
