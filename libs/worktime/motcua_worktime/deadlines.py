"""Due dates: computed from a limit, given, pushed by pauses, compared with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from motcua_events.contracts import Deadline, Limit, LimitUnit

from .calendars import ALL_KNOWN, Calendar
from .instants import HOUR, MICROSECOND, at_clock, day_of, local, midnight, since_midnight

Pause = tuple[datetime, datetime]
"""From when to when the clock stood still; the end is not part of it."""


def is_working_day(calendar: Calendar, day: date, known_on: date = ALL_KNOWN) -> bool:
    """True if the calendar has the day worked, by the announcements made until ``known_on``."""
    return calendar.days(known_on).is_working(day)


def due(start: datetime, limit: Limit, calendar: Calendar, known_on: date) -> Deadline:
    """When work begun at ``start`` is due.

    Working days: the day of receipt is day 0, due is the limit's n-th working day after it, at the
    end of office hours. Calendar days: the n-th day after it, or the next working day if that one
    is off, at the end of office hours. Hours: as many hours of office time, to the microsecond.
    Raises OutOfRange outside the years 1976 to 2120.
    """
    if limit.unit == "HOUR":
        at = calendar.hours(known_on).add(start, limit.amount * HOUR)
        return _by_hour(at, calendar, known_on)
    days, first = calendar.days(known_on), _day_zero(start, calendar, known_on)
    if limit.unit == "WORKING_DAY":
        day = days.after(first, limit.amount)
    else:
        day = days.on_or_after(first + timedelta(days=limit.amount))
    return _by_day(day, calendar.closes, limit.unit)


def given(
    due_at: datetime, unit: LimitUnit, calendar: Calendar, known_on: date = ALL_KNOWN
) -> Deadline:
    """The deadline of a due date that was given, compared in ``unit``.

    Raises OutOfRange outside the years 1976 to 2120.
    """
    at = local(due_at)
    if unit == "HOUR":
        return _by_hour(at, calendar, known_on)
    return _by_day(at.date(), since_midnight(at), unit)


def pushed(
    deadline: Deadline, pauses: Iterable[Pause], calendar: Calendar, known_on: date
) -> Deadline:
    """The deadline moved back by the time paused, counted in the deadline's own unit.

    Working days: the working days d with day(from) <= d < day(to). Days: the difference of the
    dates; a due day that is off moves to the next working day. Hours: the working time between.
    Pauses that overlap count once; one that ends before it begins, or that begins when the deadline
    (as the earlier pauses moved it) has passed, does not count. With nothing to count the deadline
    itself is returned.
    """
    moved, paused = deadline, 0
    for start, end in _joined(pauses, deadline.unit):
        if start > moved.late_after:
            break
        length = _length(start, end, deadline.unit, calendar, known_on)
        if length:
            paused += length
            moved = _moved(deadline, paused, calendar, known_on)
    return moved


def compare(at: datetime, deadline: Deadline) -> Literal["shorter", "equal", "longer"]:
    """How an act at ``at`` stands to the deadline: early, in its last day or hour, or late."""
    if at <= deadline.early_until:
        return "shorter"
    return "longer" if at > deadline.late_after else "equal"


def _day_zero(start: datetime, calendar: Calendar, known_on: date) -> date:
    at = local(start)
    if calendar.cutoff is not None and at.time() >= calendar.cutoff:
        return calendar.days(known_on).after(at.date(), 1)
    return at.date()


@lru_cache(maxsize=4096)
def _by_day(day: date, micros: int, unit: LimitUnit) -> Deadline:
    opens = midnight(day)
    return Deadline(
        due_at=at_clock(day, micros),
        unit=unit,
        early_until=opens - MICROSECOND,
        late_after=opens + timedelta(days=1) - MICROSECOND,
    )


def _by_hour(at: datetime, calendar: Calendar, known_on: date) -> Deadline:
    early = calendar.hours(known_on).take(at, HOUR)
    return Deadline(due_at=at, unit="HOUR", early_until=early, late_after=at)


def _joined(pauses: Iterable[Pause], unit: LimitUnit) -> list[Pause]:
    """The pauses in order, overlapping ones joined (by whole days, unless in hours)."""
    joined: list[Pause] = []
    for start, end in sorted(pauses):
        if end <= start:
            continue
        if joined and _touches(start, joined[-1][1], unit):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _touches(start: datetime, end: datetime, unit: LimitUnit) -> bool:
    return start <= end or (unit != "HOUR" and day_of(start) == day_of(end))


def _length(
    start: datetime, end: datetime, unit: LimitUnit, calendar: Calendar, known_on: date
) -> int:
    if unit == "HOUR":
        return calendar.hours(known_on).between(start, end)
    if unit == "WORKING_DAY":
        return calendar.days(known_on).between(day_of(start), day_of(end))
    return (day_of(end) - day_of(start)).days


def _moved(deadline: Deadline, paused: int, calendar: Calendar, known_on: date) -> Deadline:
    if deadline.unit == "HOUR":
        at = calendar.hours(known_on).add(deadline.due_at, paused)
        return _by_hour(at, calendar, known_on)
    days, at = calendar.days(known_on), local(deadline.due_at)
    if deadline.unit == "WORKING_DAY":
        day = days.after(at.date(), paused)
    else:
        day = days.on_or_after(at.date() + timedelta(days=paused))
    return _by_day(day, since_midnight(at), deadline.unit)
