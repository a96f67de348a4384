"""Request fields that several services take, tolerant in spelling. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from motcua_events.contracts import Channel, Limit, LimitUnit

CHANNELS = {"1": "direct", "2": "online", "3": "postal"}
"""The channel codes of the national portal."""


def _unit(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _channel(value: object) -> object:
    word = str(value).strip().lower() if isinstance(value, str | int) else value
    return CHANNELS.get(word, word) if isinstance(word, str) else word


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
