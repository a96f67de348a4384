"""Commands about the catalogue: agencies, procedures, listings, calendars."""

from __future__ import annotations

from datetime import date, time
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, StrictInt, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from .fields import (
    CodeField,
    Command,
    DayField,
    Flag,
    GivenLimit,
    LevelField,
    NameField,
    TimeField,
)

ALL_CALENDARS = "*"
"""In a path or a command: the day concerns every calendar."""


class RegisterAgency(Command):
    """Register an agency, or replace what is registered under its code."""

    do: Literal["register_agency"] = "register_agency"
    agency: CodeField
    name: NameField
    level: LevelField
    parent: CodeField | None = None
    valid_from: DayField | None = None
    valid_to: DayField | None = None
    predecessors: tuple[CodeField, ...] = ()
    successors: tuple[CodeField, ...] = ()
    other_codes: tuple[CodeField, ...] = ()
    calendar: CodeField | None = None

    @field_validator("parent")
    @classmethod
    def _other(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and value == info.data.get("agency"):
            raise PydanticCustomError("own_parent", "must be another agency")
        return value

    @field_validator("valid_to")
    @classmethod
    def _not_before(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("valid_from")
        if value is not None and first is not None and value < first:
            raise PydanticCustomError("validity", "must not be before valid_from")
        return value


class RegisterProcedure(Command):
    """Register a procedure with its legal limit, or replace what is registered under its code."""

    do: Literal["register_procedure"] = "register_procedure"
    procedure: CodeField
    name: NameField
    sector: CodeField
    sector_name: NameField | None = None
    limit: GivenLimit | None = None


class ListProcedure(Command):
    """Say how an agency lists a procedure from ``effective_from`` on (indices 5, 6 and 9)."""

    do: Literal["list_procedure"] = "list_procedure"
    agency: CodeField
    procedure: CodeField
    sector: CodeField | None = None
    effective_from: DayField
    listed: Flag = True
    exempt: Flag = False
    one_stop: Flag = False
    whole_chain: Flag = False
    accurate: Flag = False
    posted: Flag = False
    electronic: Flag = False
    online_eligible: Flag = False
    online_level: Annotated[StrictInt, Field(ge=0, le=4)] = 0


class OfficeHours(Command):
    """One stretch of office hours, local time."""

    opens: TimeField
    closes: TimeField

    @field_validator("closes")
    @classmethod
    def _forward(cls, value: time, info: ValidationInfo) -> time:
        if "opens" in info.data and value <= info.data["opens"]:
            raise PydanticCustomError("hours", "must be after opens")
        return value


Weekday = Annotated[StrictInt, Field(ge=0, le=6)]
SOME = Field(max_length=24, json_schema_extra={"minItems": 1})


class DefineCalendar(Command):
    """Define a calendar's working weekdays (Monday is 0) and office hours, or replace them."""

    do: Literal["define_calendar"] = "define_calendar"
    calendar: CodeField
    weekdays: Annotated[tuple[Weekday, ...], SOME]
    sessions: Annotated[tuple[OfficeHours, ...], SOME]

    @field_validator("calendar")
    @classmethod
    def _named(cls, value: str) -> str:
        if value == ALL_CALENDARS:
            raise PydanticCustomError("calendar_name", '"*" means every calendar: choose a name')
        return value

    @field_validator("weekdays")
    @classmethod
    def _each_once(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        _at_least_one(value)
        if len(set(value)) != len(value):
            raise PydanticCustomError("weekdays", "must name each weekday once")
        return tuple(sorted(value))

    @field_validator("sessions")
    @classmethod
    def _apart(cls, value: tuple[OfficeHours, ...]) -> tuple[OfficeHours, ...]:
        _at_least_one(value)
        ordered = tuple(sorted(value, key=lambda hours: hours.opens))
        if any(later.opens < earlier.closes for earlier, later in pairwise(ordered)):
            raise PydanticCustomError("sessions", "must not overlap")
        return ordered


def _at_least_one(value: tuple[object, ...]) -> None:
    if not value:
        raise PydanticCustomError("empty", "needs at least one")


class OverrideDay(Command):
    """Make a day off or a working day; ``calendar`` ``*`` means every calendar.

    Due dates of dossiers received before ``announced_on`` stay as they were.
    """

    do: Literal["override_day"] = "override_day"
    calendar: CodeField = ALL_CALENDARS
    day: DayField
    kind: Literal["off", "working"]
    announced_on: DayField
    name: NameField


CatalogueCommand = RegisterAgency | RegisterProcedure | ListProcedure | DefineCalendar | OverrideDay
