"""The working days of one calendar, as they were known on one day: counted by binary search."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from datetime import date, timedelta

from .instants import FIRST_YEAR, LAST_YEAR, OutOfRange
from .published import published


class WorkingDays:
    """Which days are worked. Years are computed when first asked for, then kept."""

    __slots__ = ("_off", "_weekdays", "_working", "_years")

    def __init__(
        self, weekdays: Collection[int], off: Collection[date], working: Collection[date]
    ) -> None:
        self._weekdays = frozenset(weekdays)
        self._off = frozenset(off)
        self._working = frozenset(working)
        self._years: dict[int, list[int]] = {}

    def is_working(self, day: date) -> bool:
        """True if the day is worked. Raises OutOfRange outside 1976 to 2120."""
        ordinals = self._year(day.year)
        at = bisect_left(ordinals, day.toordinal())
        return at < len(ordinals) and ordinals[at] == day.toordinal()

    def after(self, day: date, count: int) -> date:
        """The ``count``-th working day strictly after ``day``; ``day`` itself for a count of 0."""
        if count == 0:
            return day
        year, ordinals = day.year, self._year(day.year)
        at = bisect_right(ordinals, day.toordinal()) + count - 1
        while at >= len(ordinals):
            at -= len(ordinals)
            year += 1
            ordinals = self._year(year)
        return date.fromordinal(ordinals[at])

    def before(self, day: date, count: int) -> date:
        """The ``count``-th working day strictly before ``day``; ``day`` itself for a count of 0."""
        if count == 0:
            return day
        year, ordinals = day.year, self._year(day.year)
        at = bisect_left(ordinals, day.toordinal()) - count
        while at < 0:
            year -= 1
            ordinals = self._year(year)
            at += len(ordinals)
        return date.fromordinal(ordinals[at])

    def on_or_after(self, day: date) -> date:
        """The day itself if it is worked, else the next working day."""
        return self.after(day - timedelta(days=1), 1)

    def between(self, start: date, end: date) -> int:
        """How many working days d have ``start <= d < end``; 0 unless the end is later."""
        if end <= start:
            return 0
        first = bisect_left(self._year(start.year), start.toordinal())
        last = bisect_left(self._year(end.year), end.toordinal())
        whole = sum(len(self._year(year)) for year in range(start.year, end.year))
        return whole + last - first

    def _year(self, year: int) -> list[int]:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = self._count(year)
        return found

    def _count(self, year: int) -> list[int]:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise OutOfRange(f"the year {year} is outside {FIRST_YEAR} to {LAST_YEAR}")
        off, worked = published(year)
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        return [
            ordinal
            for ordinal in range(first, last + 1)
            if self._counts(date.fromordinal(ordinal), off, worked)
        ]

    def _counts(self, day: date, off: frozenset[date], worked: frozenset[date]) -> bool:
        if day in self._off:
            return False
        if day in self._working or day in worked:
            return True
        return day.weekday() in self._weekdays and day not in off
