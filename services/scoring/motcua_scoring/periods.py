"""Months, quarters and years as they are cut in Vietnam: at midnight, UTC+7."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam has kept UTC+7 without daylight saving for all the years that can be evaluated."""

Kind = Literal["month", "quarter", "year"]
_MONTHS: dict[Kind, int] = {"month": 1, "quarter": 3, "year": 12}
_PATTERN = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2])|-Q([1-4]))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A month ``2020-03``, a quarter ``2020-Q1`` or a year ``2020``."""

    kind: Kind
    first_month: date

    @classmethod
    def parse(cls, text: str) -> Period:
        """The period that a text names. Raises ValueError for anything else."""
        found = _PATTERN.fullmatch(text)
        if found is None or found[1] == "0000":
            raise ValueError(f"{text!r} is not a period: write 2020, 2020-Q1 or 2020-03")
        year = int(found[1])
        if found[2]:
            return cls("month", date(year, int(found[2]), 1))
        if found[3]:
            return cls("quarter", date(year, 3 * int(found[3]) - 2, 1))
        return cls("year", date(year, 1, 1))

    @property
    def id(self) -> str:
        """The period's name, as ``parse`` reads it."""
        first = self.first_month
        if self.kind == "month":
            return f"{first.year:04}-{first.month:02}"
        if self.kind == "quarter":
            return f"{first.year:04}-Q{(first.month + 2) // 3}"
        return f"{first.year:04}"

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of its 1, 3 or 12 months, in order."""
        first = self.first_month
        return tuple(first.replace(month=first.month + n) for n in range(_MONTHS[self.kind]))

    @property
    def last_month(self) -> date:
        """The first day of its last month."""
        return self.first_month.replace(month=self.first_month.month + _MONTHS[self.kind] - 1)

    @property
    def last_day(self) -> date:
        """Its last day, which belongs to it as a whole."""
        last = self.last_month
        if last.month == 12:
            return last.replace(day=31)
        return last.replace(month=last.month + 1) - timedelta(days=1)

    def has_month(self, month: date) -> bool:
        """Whether a month, given by its first day, belongs to the period."""
        return self.first_month <= month <= self.last_month

    def contains(self, instant: datetime) -> bool:
        """Whether an instant falls into the period by Vietnam's clock."""
        return self.has_month(month_of(instant))

    def __str__(self) -> str:
        return self.id


def day_of(instant: datetime) -> date:
    """The date of an aware instant in Vietnam; at the ends of the calendar, the last known day."""
    try:
        return instant.astimezone(VIETNAM).date()
    except OverflowError:
        return instant.date()


def month_of(instant: datetime) -> date:
    """The first day of the month that an aware instant falls into in Vietnam."""
    return day_of(instant).replace(day=1)


@lru_cache(maxsize=4096)
def containing(month: date) -> tuple[Period, Period, Period]:
    """The month, the quarter and the year that a month belongs to."""
    quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1, day=1)
    return (
        Period("month", month.replace(day=1)),
        Period("quarter", quarter),
        Period("year", month.replace(month=1, day=1)),
    )
