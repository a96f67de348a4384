"""Refusal, withdrawal, stop, and the reopening that takes one of them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from motcua_events.contracts import (
    DossierRefused,
    DossierReopened,
    DossierStopped,
    DossierWithdrawn,
)
from motcua_events.event import Change, Event, later_than
from motcua_intake.commands import (
    EndingCommand,
    RefuseDossier,
    ReopenDossier,
    StopDossier,
    WithdrawDossier,
)
from motcua_service.decider import Refusal, happened

from .dossier import Dossier, Ending


def end(command: EndingCommand, dossier: Dossier, now: datetime) -> Sequence[Change]:
    """Record an end or a reopening.

    The one that happened last holds, in whatever order they arrive; said again with other content
    it is replaced. Refused if it happened before the reception.
    """
    data = ending_of(command)
    field, at = when(data)
    happened(field, at, now)
    record = dossier.record
    if record is not None and at < record.received_at:
        raise Refusal(
            "The act lies before the reception",
            f"{field} {at.isoformat()} is before the reception at"
            f" {record.received_at.isoformat()}.",
            field=field,
        )
    if any(event.data == data for event in dossier.endings):
        return []
    return [Change(data, _time(data, at, dossier.ending, dossier.endings, now))]


def ending_of(command: EndingCommand) -> Ending:
    """The event data that an ending command speaks of."""
    match command:
        case RefuseDossier():
            return DossierRefused(
                dossier=command.dossier, refused_at=command.refused_at, reason=command.reason
            )
        case WithdrawDossier():
            return DossierWithdrawn(
                dossier=command.dossier, withdrawn_at=command.withdrawn_at, reason=command.reason
            )
        case StopDossier():
            return DossierStopped(
                dossier=command.dossier, stopped_at=command.stopped_at, reason=command.reason
            )
        case ReopenDossier():
            return DossierReopened(
                dossier=command.dossier, reopened_at=command.reopened_at, reason=command.reason
            )


def when(data: Ending) -> tuple[str, datetime]:
    """The name and the value of the instant at which it happened."""
    match data:
        case DossierRefused():
            return "refused_at", data.refused_at
        case DossierWithdrawn():
            return "withdrawn_at", data.withdrawn_at
        case DossierStopped():
            return "stopped_at", data.stopped_at
        case DossierReopened():
            return "reopened_at", data.reopened_at


def _time(
    data: Ending, at: datetime, holds: Event | None, known: Sequence[Event], now: datetime
) -> datetime:
    """The event's time: such that it holds if it is the last, or replaces the one that holds."""
    if holds is None or at > holds.time:
        return at
    others = [each for each in known if type(each.data) is not type(data)]
    if any(ending_at(each)[1] > at for each in others):
        return at
    return later_than(now, holds.time)


def ending_at(event: Event) -> tuple[Ending, datetime]:
    """The data of an ending's event and the instant at which it happened."""
    data = event.data
    if not isinstance(data, Ending):
        raise TypeError(f"{event.type} is not an ending")
    return data, when(data)[1]
