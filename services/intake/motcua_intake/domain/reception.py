"""Reception of a dossier, and what it still waits for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from motcua_events.contracts import (
    Deadline,
    DossierReceived,
    Limit,
    LimitUnit,
)
from motcua_events.event import Change, later_than
from motcua_intake.commands import ReceiveDossier
from motcua_service.decider import happened

from .correction import corrected, fields_of
from .dossier import Dossier, data_of
from .restart import outlives, restart_known
from .terms import Terms

AGAIN = "received again with other content"
Waiting: TypeAlias = Literal["reception", "procedure", "limit"]


def receive(
    command: ReceiveDossier, dossier: Dossier, terms: Terms, now: datetime
) -> Sequence[Change]:
    """Record the reception; once known, other content corrects it and known content does nothing.

    A late copy of any earlier record of the reception is known content: it undoes no correction.
    """
    happened("received_at", command.received_at, now)
    if not dossier.receptions and not dossier.restarts:
        return [Change(_reception(command, terms, command.received_at), command.received_at)]
    known = [data_of(event, DossierReceived) for event in dossier.receptions]
    if any(_says(command, each) for each in known):
        return []
    start = dossier.restarted_since(command.received_at) or command.received_at
    data = _reception(command, terms, command.received_at if dossier.record is None else start)
    if dossier.record is None:
        stale = outlives(dossier, command.received_at)
        time = command.received_at if stale is None else later_than(now, stale)
        return [Change(data, time), *restart_known(data, dossier, terms, now)]
    return corrected(fields_of(data), AGAIN, dossier, now)


def waiting_for(dossier: Dossier, *, procedure_known: bool) -> list[Waiting]:
    """What it waits for: its ``reception``, its ``procedure``, or the procedure's ``limit``."""
    record = dossier.record
    if record is None:
        return ["reception"]
    if dossier.deadline is None:
        return ["limit" if procedure_known else "procedure"]
    open_ = record.sector is None or dossier.unit_assumed
    return ["procedure"] if open_ and not procedure_known else []


def _reception(command: ReceiveDossier, terms: Terms, start: datetime) -> DossierReceived:
    procedure = terms.procedure(command.procedure)
    limit: Limit | None = None
    unit: LimitUnit | None = None
    deadline: Deadline | None = None
    if command.due_at is not None:
        unit = command.unit or terms.unit(command.procedure)
        deadline = terms.appointed(start, command.due_at, unit, command.resolving)
    else:
        limit = command.limit.plain() if command.limit else procedure.limit if procedure else None
        deadline = terms.due(start, limit, command.resolving) if limit else None
    return DossierReceived(
        dossier=command.dossier,
        procedure=command.procedure,
        sector=command.sector or (procedure.sector if procedure else None),
        receiving=command.receiving,
        resolving=command.resolving,
        channel=command.channel,
        received_at=command.received_at,
        limit=limit,
        unit=unit,
        deadline=deadline,
    )


def _says(command: ReceiveDossier, record: DossierReceived) -> bool:
    """True if the command says of the reception what the record holds already."""
    same = ("procedure", "receiving", "resolving", "channel", "received_at")
    if any(getattr(command, name) != getattr(record, name) for name in same):
        return False
    if command.sector is not None and command.sector != record.sector:
        return False
    if command.due_at is None:
        counted = record.limit is not None or record.deadline is None
        return counted and (command.limit is None or command.limit.plain() == record.limit)
    deadline = record.deadline
    if record.limit is not None or deadline is None or deadline.due_at != command.due_at:
        return False
    return command.unit is None or command.unit == record.unit
