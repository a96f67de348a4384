"""How a command may state a due date: one way, in order, with its unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from motcua_worktime import day_of


def instead_of_limit(value: datetime | None, info: ValidationInfo) -> datetime | None:
    """Refuse a due date beside a limit."""
    if value is not None and info.data.get("limit") is not None:
        raise PydanticCustomError("due", "give due_at (with its unit) or limit, not both")
    return value


def not_before(start: str) -> Callable[[datetime | None, ValidationInfo], datetime | None]:
    """Refuse a due date on a day before that of the field ``start``."""

    def check(value: datetime | None, info: ValidationInfo) -> datetime | None:
        first = info.data.get(start)
        if value is not None and first is not None and day_of(value) < day_of(first):
            raise PydanticCustomError("due", "must not be before {start}", {"start": start})
        return value

    return check


def with_due_at(value: str | None, info: ValidationInfo) -> str | None:
    """Refuse a unit without the due date it belongs to."""
    if value is not None and "due_at" in info.data and info.data["due_at"] is None:
        raise PydanticCustomError(
            "unit", "belongs to due_at: give both (a limit carries its own unit)"
        )
    return value


def kept(value: Any) -> Any:
    """Refuse null for a field that every reception has."""
    if value is None:
        raise PydanticCustomError("null", "cannot be null: leave it out to keep it as it is")
    return value
