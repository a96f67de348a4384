"""The office clock of the simulated year: days worked, and instants within office hours."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random

from motcua_events.contracts import Deadline, Limit
from motcua_worktime import DEFAULT, VIETNAM, due, is_working_day

from .data import Unit

YEAR = 2020
MONTHS = (70, 90, 95, 60, 95, 110, 110, 105, 105, 110, 105, 95)
"""How busy each month is; February's and April's gaps are the pandemic's."""


@cache
def working_days() -> tuple[date, ...]:
    """The working days of the year and of the next."""
    first = date(YEAR, 1, 1)
    days = (first + timedelta(days=step) for step in range(366 + 365))
    return tuple(day for day in days if is_working_day(DEFAULT, day))


@cache
def _in_year() -> tuple[tuple[date, ...], tuple[int, ...]]:
    days = tuple(day for day in working_days() if day.year == YEAR)
    return days, tuple(MONTHS[day.month - 1] for day in days)


def some_day(random: Random) -> date:
    """A working day of the year, busier months more often."""
    days, weights = _in_year()
    return random.choices(days, weights)[0]


def last_days(random: Random) -> date:
    """One of the year's last three working days."""
    return random.choice(_in_year()[0][-3:])


def later(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``; for 0 the day itself, or the next one worked."""
    days = working_days()
    at = bisect_left(days, day)
    return days[at + count] if days[at] == day else days[at + max(count - 1, 0)]


def days_between(start: date, end: date) -> int:
    """How many working days lie from ``start`` (not counted) to ``end``."""
    days = working_days()
    return max(0, bisect_right(days, end) - bisect_right(days, start))


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """An instant in Vietnam."""
    return datetime.combine(day, time(hour, minute, second), VIETNAM)


def morning(random: Random, day: date) -> datetime:
    """An instant between 07:35 and 11:15."""
    return at(day, 7, 35) + timedelta(seconds=random.randrange(220 * 60))


def afternoon(random: Random, day: date) -> datetime:
    """An instant between 13:40 and 16:50."""
    return at(day, 13, 40) + timedelta(seconds=random.randrange(190 * 60))


def office(random: Random, day: date) -> datetime:
    """An instant within office hours."""
    return morning(random, day) if random.random() < 0.6 else afternoon(random, day)


def evening(random: Random, day: date) -> datetime:
    """An instant between 18:00 and 22:30: when people apply online from home."""
    return at(day, 18) + timedelta(seconds=random.randrange(270 * 60))


def deadline(start: datetime, amount: int, unit: Unit) -> Deadline:
    """When something begun at ``start`` is due by the default calendar."""
    return due(start, Limit(amount=amount, unit=unit), DEFAULT, start.date())


def text(instant: datetime) -> str:
    """An instant as it is written in requests."""
    return instant.isoformat()
