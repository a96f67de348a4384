"""Agency calendars: working weekdays, office hours, and the days announced to differ."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, time

from motcua_events.contracts import CalendarDayOverridden, CalendarDefined

from .days import WorkingDays
from .hours import Stretch, WorkingHours, stretches

Days = Mapping[date, date]
"""A day that differs, and the day this was announced."""

MONDAY_TO_FRIDAY = frozenset(range(5))
OFFICE_HOURS = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
ALL_KNOWN = date.max
"""A day by which every announcement is known."""


@dataclass(frozen=True)
class Calendar:
    """Working weekdays (Monday is 0), office hours, and announced exceptions.

    ``off`` and ``working`` map a day to the day of its announcement; an exception counts only for
    what is computed on or after that day. If both name a day, the later announcement holds, and a
    day off if they are equally late. ``cutoff`` is a policy where the law leaves a choice: a
    dossier received at or after this clock time counts as received on the next working day; None
    (the default) never shifts. Raises ValueError for no weekday or no sensible session.
    """

    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    sessions: tuple[tuple[time, time], ...] = OFFICE_HOURS
    off: Days = field(default_factory=dict)
    working: Days = field(default_factory=dict)
    cutoff: time | None = None
    stretches: tuple[Stretch, ...] = field(init=False, repr=False, compare=False)
    _announced: list[date] = field(init=False, repr=False, compare=False)
    _views: dict[int, tuple[WorkingDays, WorkingHours]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "weekdays", frozenset(self.weekdays))
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError("a calendar needs at least one weekday, Monday 0 to Sunday 6")
        object.__setattr__(self, "stretches", stretches(self.sessions))
        announced = sorted({*self.off.values(), *self.working.values()})
        object.__setattr__(self, "_announced", announced)

    @property
    def closes(self) -> int:
        """The end of office hours, in microseconds since midnight."""
        return self.stretches[-1][1]

    def days(self, known_on: date) -> WorkingDays:
        """The working days by the announcements made until ``known_on``."""
        return self._view(known_on)[0]

    def hours(self, known_on: date) -> WorkingHours:
        """The working hours by the announcements made until ``known_on``."""
        return self._view(known_on)[1]

    def _view(self, known_on: date) -> tuple[WorkingDays, WorkingHours]:
        key = bisect_right(self._announced, known_on)
        found = self._views.get(key)
        if found is None:
            days = self._known(known_on)
            found = self._views[key] = (days, WorkingHours(days, self.stretches))
        return found

    def _known(self, known_on: date) -> WorkingDays:
        off = {day: said for day, said in self.off.items() if said <= known_on}
        working = {day: said for day, said in self.working.items() if said <= known_on}
        return WorkingDays(
            self.weekdays,
            [day for day, said in off.items() if said >= working.get(day, said)],
            [day for day, said in working.items() if day not in off or said > off[day]],
        )


DEFAULT = Calendar()
"""Monday to Friday, 07:30 to 11:30 and 13:30 to 17:00, no exceptions beyond the published ones."""


@dataclass(frozen=True)
class Calendars:
    """Every calendar by its code, and which agency keeps which. Others keep ``default``."""

    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    agencies: Mapping[str, str] = field(default_factory=dict)
    default: Calendar = DEFAULT

    def of(self, agency: str | None) -> Calendar:
        """The agency's calendar; the default for None, an unknown agency or an unknown calendar."""
        code = self.agencies.get(agency) if agency is not None else None
        return self.calendars.get(code, self.default) if code is not None else self.default

    @classmethod
    def build(
        cls,
        defined: Iterable[CalendarDefined],
        overridden: Iterable[CalendarDayOverridden],
        agencies: Mapping[str, str],
    ) -> Calendars:
        """The calendars that the catalogue's records describe.

        Of several definitions of one calendar the last given holds. A calendar not defined, or
        defined without a sensible session, has the default hours. Overrides without a calendar
        count for all; of several of one kind for one day the first announcement counts.
        """
        definitions = {each.calendar: each for each in defined}
        overrides = list(overridden)
        codes = {*definitions, *(each.calendar for each in overrides if each.calendar)}
        return cls(
            {code: _calendar(definitions.get(code), code, overrides) for code in codes},
            dict(agencies),
            _calendar(None, None, overrides),
        )


def _calendar(
    definition: CalendarDefined | None,
    code: str | None,
    overrides: Iterable[CalendarDayOverridden],
) -> Calendar:
    mine = [each for each in overrides if each.calendar in {None, code}]
    mine.sort(key=lambda each: each.announced_on, reverse=True)
    off = {each.day: each.announced_on for each in mine if each.kind == "off"}
    working = {each.day: each.announced_on for each in mine if each.kind == "working"}
    if definition is not None:
        with suppress(ValueError):
            return Calendar(frozenset(definition.weekdays), _sessions(definition), off, working)
    return Calendar(off=off, working=working)


def _sessions(definition: CalendarDefined) -> tuple[tuple[time, time], ...]:
    return tuple((each.opens, each.closes) for each in definition.sessions)
