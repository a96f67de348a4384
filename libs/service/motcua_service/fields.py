"""Request fields that several services take, tolerant in spelling. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from motcua_events.contracts import Channel, Limit, LimitUnit

FIRST_YEAR, LAST_YEAR = 1990, 2090
"""Years in which an instant or a day of a request may lie."""

_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s*(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
AnyDay = TypeVar("AnyDay", date, datetime)

CHANNELS = {"1": "direct", "2": "online", "3": "postal"}
"""The channel codes of the national portal."""


def misplaced(field: str, message: str) -> PydanticCustomError:
    """What a model's validator raises when the fault lies in one of its fields: names the field.

    ``message`` says what the field must be; it may not hold braces.
    """
    return PydanticCustomError("misplaced", message, {"field": field})


def plausible(value: AnyDay) -> AnyDay:
    """Refuses an instant or a day outside the years 1990 to 2090."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError(
            "year_range",
            "must lie in the years {first} to {last}",
            {"first": FIRST_YEAR, "last": LAST_YEAR},
        )
    return value


def _instant_text(value: object) -> object:
    if isinstance(value, datetime):
        return value
    match = _INSTANT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError(
            "instant_text", "must be an instant with its offset, such as 2026-03-02T08:00:00+07:00"
        )
    if match["offset"] is None:
        raise PydanticCustomError(
            "offset_missing", "needs an offset from UTC: write it as 2026-03-02T08:00:00+07:00"
        )
    return match.string


def _unit(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _channel(value: object) -> object:
    word = str(value).strip().lower() if isinstance(value, str | int) else value
    return CHANNELS.get(word, word) if isinstance(word, str) else word


InstantField = Annotated[AwareDatetime, BeforeValidator(_instant_text), AfterValidator(plausible)]
"""An instant with its offset, such as 2020-03-02T08:00:00+07:00, in the years 1990 to 2090."""

UnitField = Annotated[LimitUnit, BeforeValidator(_unit)]
"""WORKING_DAY, DAY or HOUR, in any case."""

ChannelField = Annotated[
    Channel,
    BeforeValidator(_channel, json_schema_input_type=str | int),
    Field(description="direct, online or postal in any case, or the portal's 1, 2, 3"),
]
"""A dossier's channel, normalised to lower words."""


class LimitField(BaseModel):
    """A limit in a request: 1 to 3,650 of a unit written in any case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Annotated[int, Field(ge=1, le=3650)]
    unit: UnitField = "WORKING_DAY"

    def limit(self) -> Limit:
        """The contract's limit."""
        return Limit(amount=self.amount, unit=self.unit)
