"""Correction of a reception, by a request or because its procedure became known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from motcua_events.contracts import (
    Deadline,
    DossierCorrected,
    DossierReceived,
    Limit,
)
from motcua_events.event import Change, later_than
from motcua_intake.commands import CorrectDossier
from motcua_service.decider import Refusal, happened

from .dossier import Dossier
from .terms import Terms

REGISTERED = "procedure registered"
_DUE = frozenset({"limit", "due_at", "unit"})


def correct(
    command: CorrectDossier, dossier: Dossier, terms: Terms, now: datetime
) -> Sequence[Change]:
    """Record the reception again with what the correction names. Refused if it is not known."""
    record = dossier.record
    if record is None:
        raise Refusal(
            "The dossier is not known",
            f"{command.dossier} has not been received: send its reception first.",
            field="dossier",
            status=404,
        )
    if command.received_at is not None:
        happened("received_at", command.received_at, now)
    plain: dict[str, Any] = {
        name: getattr(command, name)
        for name in ("procedure", "receiving", "resolving", "channel", "received_at")
        if name in command.named
    }
    changed = record.model_copy(update=plain)
    sector = _sector(command, record, changed, terms)
    update = {"sector": sector, **_due(command, dossier, record, changed, terms)}
    return corrected({**fields_of(changed), **update}, command.reason, dossier, now)


def settle(dossier: Dossier, terms: Terms, now: datetime) -> Sequence[Change]:
    """What a procedure registered after the reception adds: sector, due date, unit."""
    record, start = dossier.record, dossier.start
    if record is None or start is None:
        return []
    procedure = terms.procedure(record.procedure)
    if procedure is None:
        return []
    fields = fields_of(record)
    fields["sector"] = record.sector or procedure.sector
    fields["deadline"] = dossier.deadline
    limit = record.limit or procedure.limit
    if dossier.deadline is None and limit is not None:
        fields["limit"] = limit
        fields["deadline"] = terms.due(start, limit, record.resolving)
    elif dossier.deadline is not None and dossier.unit_assumed:
        fields["unit"], fields["deadline"] = terms.learned(
            start, dossier.deadline, record.procedure, record.resolving
        )
    return corrected(fields, REGISTERED, dossier, now)


def corrected(fields: dict[str, Any], reason: str, dossier: Dossier, now: datetime) -> list[Change]:
    """The correction event, unless nothing differs from what holds."""
    record, base = dossier.record, dossier.base
    assert record is not None
    assert base is not None
    if fields == {**fields_of(record), "deadline": dossier.deadline}:
        return []
    return [Change(DossierCorrected(**fields, reason=reason), later_than(now, base.time))]


def fields_of(record: DossierReceived) -> dict[str, Any]:
    """What a reception says, a correction's reason left out."""
    return {name: getattr(record, name) for name in DossierReceived.model_fields}


def _sector(
    command: CorrectDossier, record: DossierReceived, changed: DossierReceived, terms: Terms
) -> str | None:
    """The sector named; else, if it was the procedure's, that of the procedure as corrected."""
    if command.sector is not None:
        return command.sector
    former, procedure = terms.procedure(record.procedure), terms.procedure(changed.procedure)
    was_the_procedures = former is not None and record.sector == former.sector
    if "sector" in command.named or record.sector is None:
        return procedure.sector if procedure else None
    if "procedure" in command.named and was_the_procedures and procedure:
        return procedure.sector
    return record.sector


def _due(
    command: CorrectDossier,
    dossier: Dossier,
    record: DossierReceived,
    changed: DossierReceived,
    terms: Terms,
) -> dict[str, Any]:
    """The limit, the unit and the deadline after a correction.

    An appointment stays unless the correction names another or goes back to a limit; a deadline
    counted from a limit is counted again if what it was counted from changed.
    """
    start = dossier.restarted_since(changed.received_at) or changed.received_at
    if command.due_at is not None:
        unit = command.unit or terms.unit(changed.procedure)
        deadline = terms.appointed(start, command.due_at, unit, changed.resolving)
        return {"limit": None, "unit": unit, "deadline": deadline}
    appointed = record.limit is None and record.deadline is not None
    if appointed and not command.named & _DUE:
        return {"limit": None, "deadline": _still_after(start, dossier.deadline)}
    limit = _limit(command, record, changed, terms)
    moved = start != dossier.start or changed.resolving != record.resolving
    if limit == record.limit and not moved and dossier.deadline is not None and not appointed:
        return {"limit": limit, "deadline": dossier.deadline}
    due = terms.due(start, limit, changed.resolving) if limit else None
    return {"limit": limit, "unit": None, "deadline": due}


def _limit(
    command: CorrectDossier, record: DossierReceived, changed: DossierReceived, terms: Terms
) -> Limit | None:
    if command.limit is not None:
        return command.limit.plain()
    procedure = terms.procedure(changed.procedure)
    theirs = procedure.limit if procedure else None
    if command.named & _DUE or record.limit is None:
        return theirs
    former = terms.procedure(record.procedure)
    was_the_procedures = former is not None and former.limit == record.limit
    return theirs if "procedure" in command.named and was_the_procedures else record.limit


def _still_after(start: datetime, deadline: Deadline | None) -> Deadline | None:
    if deadline is not None and deadline.late_after < start:
        raise Refusal(
            "The reception lies after the due date",
            f"received_at {start.isoformat()} is after the appointment"
            f" {deadline.due_at.isoformat()}: correct due_at in the same request.",
            field="received_at",
            status=422,
        )
    return deadline
