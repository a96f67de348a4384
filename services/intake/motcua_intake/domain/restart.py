"""The restart of a dossier's clock: the time starts again from zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from motcua_events.contracts import (
    Deadline,
    DossierReceived,
    DossierRestarted,
    LimitUnit,
)
from motcua_events.event import Change, later_than
from motcua_intake.commands import RestartDossier
from motcua_service.decider import Refusal, happened

from .dossier import Dossier, data_of, latest, restarted_at
from .terms import Terms


def restart(
    command: RestartDossier, dossier: Dossier, terms: Terms, now: datetime
) -> Sequence[Change]:
    """Start the clock again from zero. A restart older than a known one changes nothing now."""
    happened("restarted_at", command.restarted_at, now)
    record = dossier.record
    if record is not None and command.restarted_at < record.received_at:
        raise Refusal(
            "The restart lies before the reception",
            f"restarted_at {command.restarted_at.isoformat()} is before the reception at"
            f" {record.received_at.isoformat()}.",
            field="restarted_at",
        )
    if any(_repeats(command, data_of(event, DossierRestarted)) for event in dossier.restarts):
        return []
    unit, deadline = _restart_deadline(command, record, terms)
    data = DossierRestarted(
        dossier=command.dossier,
        restarted_at=command.restarted_at,
        unit=unit,
        deadline=deadline,
    )
    return [Change(data, _restart_time(command.restarted_at, dossier, now))]


def restart_known(
    record: DossierReceived, dossier: Dossier, terms: Terms, now: datetime
) -> list[Change]:
    """The restart that came before its reception, counted now that the limit is known."""
    at = dossier.restarted_since(record.received_at)
    event = latest(each for each in dossier.restarts if at is not None and restarted_at(each) == at)
    if at is None or event is None:
        return []
    former = data_of(event, DossierRestarted)
    unit, deadline = former.unit, former.deadline
    if deadline is None:
        unit, deadline = _recounted(at, record, terms)
    elif unit is None:
        unit, deadline = terms.learned(at, deadline, record.procedure, record.resolving)
    else:
        deadline = terms.appointed(at, deadline.due_at, unit, record.resolving)
    data = DossierRestarted(dossier=record.dossier, restarted_at=at, unit=unit, deadline=deadline)
    if data == former and event.time > record.received_at:
        return []
    return [Change(data, later_than(now, max(event.time, record.received_at)))]


def outlives(dossier: Dossier, received_at: datetime) -> datetime | None:
    """The time that a reception must exceed to hold over the restarts before it, if any does."""
    older = [each.time for each in dossier.restarts if restarted_at(each) < received_at]
    return max((time for time in older if time >= received_at), default=None)


def _repeats(command: RestartDossier, known: DossierRestarted) -> bool:
    if command.restarted_at != known.restarted_at:
        return False
    if command.due_at is None:
        return True
    deadline = known.deadline
    if deadline is None or deadline.due_at != command.due_at:
        return False
    return command.unit is None or command.unit == known.unit


def _restart_deadline(
    command: RestartDossier, record: DossierReceived | None, terms: Terms
) -> tuple[LimitUnit | None, Deadline | None]:
    if command.due_at is not None:
        unit = command.unit or (terms.unit(record.procedure) if record else None)
        agency = record.resolving if record else ""
        return unit, terms.appointed(command.restarted_at, command.due_at, unit, agency)
    return _recounted(command.restarted_at, record, terms) if record else (None, None)


def _recounted(
    start: datetime, record: DossierReceived, terms: Terms
) -> tuple[LimitUnit | None, Deadline | None]:
    """The record's limit, else the procedure's, counted from a restart."""
    procedure = terms.procedure(record.procedure)
    limit = record.limit or (procedure.limit if procedure else None)
    if limit is None and procedure is not None and record.deadline is not None:
        raise Refusal(
            "The new due date is not known",
            "the dossier was received with an appointment and its procedure has no limit to count"
            " again: give due_at.",
            field="due_at",
            status=422,
        )
    if limit is None:
        return None, None
    return limit.unit, terms.due(start, limit, record.resolving)


def _restart_time(at: datetime, dossier: Dossier, now: datetime) -> datetime:
    """Its own time if it holds so, or if a later restart is known; else later than the base."""
    base = dossier.base
    later = [each for each in dossier.restarts if restarted_at(each) > at]
    if base is None or later or at > base.time:
        return at
    return later_than(now, base.time)
