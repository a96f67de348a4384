"""Office hours: working time measured, added and taken away to the microsecond."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from .days import WorkingDays
from .instants import at_clock, local, since_midnight

Stretch = tuple[int, int]
DAY = 24 * 3_600_000_000


def stretches(sessions: Sequence[tuple[time, time]]) -> tuple[Stretch, ...]:
    """The sessions as microseconds since midnight, in order, overlapping ones joined.

    A session that closes at 00:00 closes at the end of the day. Raises ValueError if there is none
    or one does not open before it closes.
    """
    joined: list[Stretch] = []
    for opens, closes in sorted(_stretch(*session) for session in sessions):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    if not joined:
        raise ValueError("a calendar needs at least one session")
    return tuple(joined)


def _stretch(opens: time, closes: time) -> Stretch:
    start, end = since_midnight(opens), since_midnight(closes) or DAY
    if start >= end:
        raise ValueError(f"a session opens before it closes, not {opens} to {closes}")
    return start, end


class WorkingHours:
    """Working time over the office hours of the working days."""

    __slots__ = ("_days", "_stretches", "_total")

    def __init__(self, days: WorkingDays, sessions: tuple[Stretch, ...]) -> None:
        self._days = days
        self._stretches = sessions
        self._total = sum(closes - opens for opens, closes in sessions)

    def between(self, start: datetime, end: datetime) -> int:
        """Working microseconds from ``start`` to ``end``; 0 if the end is not after the start."""
        if end <= start:
            return 0
        first, last = local(start), local(end)
        whole = self._days.between(first.date(), last.date()) * self._total
        return whole + self._worked(last) - self._worked(first)

    def add(self, start: datetime, micros: int) -> datetime:
        """The earliest instant by which ``micros`` of working time have gone by since ``start``."""
        if micros == 0:
            return start
        at = local(start)
        left, day = micros, at.date()
        if self._days.is_working(day):
            left += self._worked(at)
            if left <= self._total:
                return at_clock(day, self._earliest(left))
            left -= self._total
        days, rest = divmod(left - 1, self._total)
        return at_clock(self._days.after(day, days + 1), self._earliest(rest + 1))

    def take(self, end: datetime, micros: int) -> datetime:
        """The latest instant from which ``micros`` of working time lead up to ``end``."""
        if micros == 0:
            return end
        at = local(end)
        worked, day = self._worked(at), at.date()
        if micros <= worked:
            return at_clock(day, self._latest(worked - micros))
        days, rest = divmod(micros - worked - 1, self._total)
        return at_clock(self._days.before(day, days + 1), self._latest(self._total - rest - 1))

    def _worked(self, at: datetime) -> int:
        """Working time of the instant's day before the instant."""
        if not self._days.is_working(at.date()):
            return 0
        clock = since_midnight(at)
        return sum(min(clock, closes) - opens for opens, closes in self._stretches if clock > opens)

    def _earliest(self, worked: int) -> int:
        """The first clock time at which ``worked`` (above 0) is done."""
        for opens, closes in self._stretches:
            if worked <= closes - opens:
                return opens + worked
            worked -= closes - opens
        raise ValueError("more working time than a day has")

    def _latest(self, worked: int) -> int:
        """The last clock time at which no more than ``worked`` (below a day's) is done."""
        for opens, closes in self._stretches:
            if worked < closes - opens:
                return opens + worked
            worked -= closes - opens
        raise ValueError("more working time than a day has")
