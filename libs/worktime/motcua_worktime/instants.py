"""Instants, days and clock times in Vietnam, counted in whole microseconds."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam time: seven hours ahead of UTC, with no summer time since 1975."""

MICROSECOND = timedelta(microseconds=1)
HOUR = 3_600_000_000
"""One hour in microseconds."""

FIRST_YEAR, LAST_YEAR = 1976, 2120
"""Years for which working time is known (public days off until 2100); others are refused."""


class OutOfRange(ValueError):
    """An instant or a result lies outside the years for which working time is known."""


def local(at: datetime) -> datetime:
    """The instant on Vietnam's clock. Raises OutOfRange outside 1976 to 2120, or without offset."""
    if at.tzinfo is None:
        raise OutOfRange(f"{at} carries no offset from UTC")
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise OutOfRange(f"the year {at.year} is outside {FIRST_YEAR} to {LAST_YEAR}")
    return at.astimezone(VIETNAM)


def day_of(at: datetime) -> date:
    """The day in Vietnam on which the instant falls."""
    return local(at).date()


def midnight(day: date) -> datetime:
    """The first instant of the day in Vietnam."""
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM)


def since_midnight(at: datetime | time) -> int:
    """Microseconds from midnight to the clock time."""
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


def at_clock(day: date, micros: int) -> datetime:
    """The instant ``micros`` microseconds after the day's midnight in Vietnam."""
    return midnight(day) + timedelta(microseconds=micros)
