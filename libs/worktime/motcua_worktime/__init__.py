"""Working time in Vietnam: due dates, pauses, comparisons. Pure: no clock, no IO."""

from __future__ import annotations

from .calendars import ALL_KNOWN, DEFAULT, Calendar, Calendars
from .deadlines import Pause, compare, due, given, is_working_day, pushed
from .instants import FIRST_YEAR, LAST_YEAR, VIETNAM, OutOfRange, day_of, midnight

__all__ = [
    "ALL_KNOWN",
    "DEFAULT",
    "FIRST_YEAR",
    "LAST_YEAR",
    "VIETNAM",
    "Calendar",
    "Calendars",
    "OutOfRange",
    "Pause",
    "compare",
    "day_of",
    "due",
    "given",
    "is_working_day",
    "midnight",
    "pushed",
]
