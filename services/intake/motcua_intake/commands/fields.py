"""The field types of commands: strict, with errors that name the fix."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
)
from pydantic_core import PydanticCustomError

from motcua_events.contracts import (
    Channel,
    Code,
    Fault,
    Level,
    Limit,
    LimitUnit,
    Name,
    Place,
    Reason,
)
from motcua_service.decider import Command
from motcua_service.fields import InstantField, plausible

__all__ = [
    "ChannelField",
    "CodeField",
    "Command",
    "DayField",
    "FaultField",
    "Flag",
    "GivenLimit",
    "InstantField",
    "LevelField",
    "NameField",
    "PlaceField",
    "ReasonField",
    "TimeField",
    "UnitField",
]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NOT_IN_CODES = re.compile(r"[\s/\x00-\x1f\x7f]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME_OF_DAY = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)
_CHANNELS = {"": "direct", "1": "direct", "2": "online", "3": "postal"}
"""The provincial system's numbers for a channel (``KenhThucHien``); empty means direct."""


def _code(value: Any) -> Any:
    if isinstance(value, str) and _NOT_IN_CODES.search(value):
        raise PydanticCustomError(
            "code", "must be a code: no blanks, slashes or control characters"
        )
    return value


def _printable(value: str) -> str:
    if _CONTROL.search(value):
        raise PydanticCustomError("control_character", "must not contain control characters")
    return value


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _day_text(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not (isinstance(value, str) and _DAY.fullmatch(value.strip())):
        raise PydanticCustomError("day_text", "must be a day such as 2026-03-02 (year-month-day)")
    return value.strip()


def _time_text(value: Any) -> Any:
    if isinstance(value, time):
        return value
    if not (isinstance(value, str) and _TIME_OF_DAY.fullmatch(value.strip())):
        raise PydanticCustomError("time_text", "must be a local time of day such as 07:30")
    return value.strip()


def _channel(value: Any) -> Any:
    if isinstance(value, str | int) and not isinstance(value, bool):
        word = str(value).strip().lower()
        return _CHANNELS.get(word, word)
    return value


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


CodeField = Annotated[Code, BeforeValidator(_code)]
NameField = Annotated[Name, BeforeValidator(_trimmed), AfterValidator(_printable)]
ReasonField = Annotated[Reason, BeforeValidator(_trimmed), AfterValidator(_printable)]
DayField = Annotated[date, BeforeValidator(_day_text), AfterValidator(plausible)]
TimeField = Annotated[time, BeforeValidator(_time_text)]
ChannelField = Annotated[Channel, BeforeValidator(_channel)]
LevelField = Annotated[Level, BeforeValidator(_lower)]
PlaceField = Annotated[Place, BeforeValidator(_lower)]
FaultField = Annotated[Fault, BeforeValidator(_lower)]
UnitField = Annotated[LimitUnit, BeforeValidator(_upper)]
Flag = StrictBool


class GivenLimit(Command):
    """A limit as a client writes it: ``{"amount": 5, "unit": "WORKING_DAY"}``, unit in any case."""

    amount: Annotated[StrictInt, Field(ge=1, le=3650)]
    unit: UnitField = "WORKING_DAY"

    def plain(self) -> Limit:
        """The limit as events carry it."""
        return Limit(amount=self.amount, unit=self.unit)
