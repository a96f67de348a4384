"""Decisions about agencies, procedures, listings and calendars: the last word holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from motcua_events.contracts import (
    AgencyRegistered,
    CalendarDayOverridden,
    CalendarDefined,
    EventData,
    ListingChanged,
    ProcedureRegistered,
    Session,
)
from motcua_events.event import Change
from motcua_intake.commands import (
    ALL_CALENDARS,
    CatalogueCommand,
    DefineCalendar,
    ListProcedure,
    OverrideDay,
    RegisterAgency,
    RegisterProcedure,
)
from motcua_service.decider import Refusal, record
from motcua_worktime import day_of

from .terms import Entry, Terms, register_name


def register(
    command: CatalogueCommand, entry: Entry, terms: Terms, now: datetime
) -> Sequence[Change]:
    """Record what a catalogue command says, unless it holds already.

    A listing that names no sector takes its procedure's.
    """
    if isinstance(command, ListProcedure):
        _not_to_come("effective_from", command.effective_from, now)
    if isinstance(command, OverrideDay):
        _not_to_come("announced_on", command.announced_on, now)
    data = _with_sector(data_of(command), terms)
    return record(entry.held.get(register_name(data)), data, now, now)


def settle_listing(entry: Entry, terms: Terms, now: datetime) -> Sequence[Change]:
    """The sector that a procedure registered after its listing adds to every state of it."""
    changes: list[Change] = []
    for event in entry.held.values():
        changes += record(event, _with_sector(event.data, terms), now, now)
    return changes


def _with_sector(data: EventData, terms: Terms) -> EventData:
    if not isinstance(data, ListingChanged) or data.sector is not None:
        return data
    procedure = terms.procedure(data.procedure)
    return data.model_copy(update={"sector": procedure.sector}) if procedure else data


def data_of(command: CatalogueCommand) -> EventData:
    """The event data that a catalogue command speaks of."""
    match command:
        case RegisterAgency():
            return AgencyRegistered(**_plain(command))
        case RegisterProcedure(limit=limit):
            return ProcedureRegistered(
                **{**_plain(command), "limit": limit.plain() if limit else None}
            )
        case ListProcedure():
            return ListingChanged(**_plain(command))
        case DefineCalendar(sessions=hours):
            sessions = tuple(Session(opens=each.opens, closes=each.closes) for each in hours)
            return CalendarDefined(**{**_plain(command), "sessions": sessions})
        case OverrideDay(calendar=calendar):
            one = None if calendar == ALL_CALENDARS else calendar
            return CalendarDayOverridden(**{**_plain(command), "calendar": one})


def _plain(command: CatalogueCommand) -> dict[str, Any]:
    names = [name for name in type(command).model_fields if name != "do"]
    return {name: getattr(command, name) for name in names}


def _not_to_come(field: str, day: date, now: datetime) -> None:
    today = day_of(now)
    if day > today:
        raise Refusal(
            "The day lies in the future",
            f"{field} is {day.isoformat()}, today is {today.isoformat()} in Vietnam: send it when"
            " that day has come.",
            field=field,
            status=422,
        )
