"""What the catalogue says about a dossier: its procedure, and its agency's working time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from motcua_events.contracts import (
    AgencyRegistered,
    CalendarDayOverridden,
    CalendarDefined,
    Deadline,
    EventData,
    Limit,
    LimitUnit,
    ListingChanged,
    ProcedureRegistered,
)
from motcua_events.event import Event
from motcua_service.decider import Refusal
from motcua_worktime import Calendar, Calendars, OutOfRange, day_of, due, given

from .index import EVERY_CALENDAR, Index

ASSUMED: LimitUnit = "WORKING_DAY"
"""The unit of an appointment while neither it nor its procedure says another."""


@dataclass(frozen=True, eq=False)
class Entry:
    """The events of a catalogue stream: for each thing it registers, the one that holds."""

    held: Mapping[str, Event] = field(default_factory=dict)

    def with_event(self, event: Event) -> Entry:
        """The entry after one more event."""
        register = register_name(event.data)
        former = self.held.get(register)
        if former is not None and former.stamp > event.stamp:
            return self
        return Entry({**self.held, register: event})


def register_name(data: EventData) -> str:
    """Which thing of its stream the data registers: a day, an effective date, or the entry."""
    if isinstance(data, CalendarDayOverridden):
        return data.day.isoformat()
    return data.effective_from.isoformat() if isinstance(data, ListingChanged) else ""


class Terms:
    """The catalogue as one decision sees it.

    ``states`` answers for any stream, with an empty entry where nothing is registered; ``index``
    says where a procedure may be registered.
    """

    def __init__(self, states: Mapping[str, object], index: Index) -> None:
        self._states, self._index = states, index

    def procedure(self, code: str) -> ProcedureRegistered | None:
        """The procedure of this code, else one with the same short part; None if unknown.

        Of several with the same short part: the short code itself, else the first by its code.
        """
        for stream in self._index.procedures(code):
            found = self._entry(stream).held.get("")
            if found is not None and isinstance(found.data, ProcedureRegistered):
                return found.data
        return None

    def unit(self, procedure: str) -> LimitUnit | None:
        """The unit in which an appointment is compared unless it says: the procedure's."""
        known = self.procedure(procedure)
        return known.limit.unit if known and known.limit else None

    def calendar(self, agency: str) -> Calendar:
        """The calendar the agency keeps; the default one if none is known."""
        registered = self._entry(f"agency/{agency}").held.get("")
        data = registered.data if registered else None
        code = data.calendar if isinstance(data, AgencyRegistered) else None
        own = self._entry(f"calendar/{code}") if code else None
        return _calendar(own, self._entry(EVERY_CALENDAR))

    def due(self, start: datetime, limit: Limit, agency: str) -> Deadline:
        """The deadline of a limit that runs from ``start``, by what was announced by then."""
        try:
            return due(start, limit, self.calendar(agency), day_of(start))
        except OutOfRange as error:
            raise Refusal(
                "No due date can be counted", f"{error}.", field="limit", status=422
            ) from error

    def appointed(
        self, start: datetime, due_at: datetime, unit: LimitUnit | None, agency: str
    ) -> Deadline:
        """The deadline of an appointment, in working days while its unit is not known.

        Refused if it lies before the start.
        """
        try:
            deadline = given(due_at, unit or ASSUMED, self.calendar(agency), day_of(start))
        except OutOfRange as error:
            raise Refusal(
                "The due date is out of range", f"{error}.", field="due_at", status=422
            ) from error
        if deadline.late_after < start:
            raise Refusal(
                "The due date lies before the start",
                f"due_at {due_at.isoformat()} is before {start.isoformat()}, when the clock"
                " started: give the appointment that was made then.",
                field="due_at",
                status=422,
            )
        return deadline

    def learned(
        self, start: datetime, assumed: Deadline, procedure: str, agency: str
    ) -> tuple[LimitUnit | None, Deadline]:
        """An appointment whose unit was assumed, now that its procedure may be known.

        One that lies before the start by the hour stays an appointment for the day.
        """
        unit = self.unit(procedure)
        if unit == "HOUR" and assumed.due_at < start:
            unit = ASSUMED
        return unit, self.appointed(start, assumed.due_at, unit, agency)

    def _entry(self, stream: str) -> Entry:
        state = self._states[stream]
        if not isinstance(state, Entry):
            raise TypeError(f"{stream} is not a catalogue stream")
        return state


@lru_cache(maxsize=512)
def _calendar(own: Entry | None, every: Entry) -> Calendar:
    events = [*every.held.values(), *(own.held.values() if own else ())]
    defined = [each.data for each in events if isinstance(each.data, CalendarDefined)]
    days = [each.data for each in events if isinstance(each.data, CalendarDayOverridden)]
    return _built(tuple(defined), tuple(days))


@lru_cache(maxsize=64)
def _built(
    defined: tuple[CalendarDefined, ...], days: tuple[CalendarDayOverridden, ...]
) -> Calendar:
    codes = [*(each.calendar for each in defined), *(each.calendar for each in days)]
    code = next((each for each in codes if each), None)
    return Calendars.build(defined, days, {"": code} if code else {}).of("")
