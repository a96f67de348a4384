"""What workflow notes of intake's events about a dossier, in whatever order they come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from motcua_events.contracts import (
    DossierCorrected,
    DossierNoted,
    DossierReceived,
    DossierRefused,
    DossierReopened,
    DossierRestarted,
    DossierStopped,
    DossierWithdrawn,
    EventData,
    IntakeStamp,
    NotedPart,
)
from motcua_events.event import Change, Event

from .domain import Dossier

NOTED = (
    DossierReceived,
    DossierCorrected,
    DossierRestarted,
    DossierRefused,
    DossierWithdrawn,
    DossierStopped,
    DossierReopened,
)
"""The events of intake that workflow takes note of; contacts do not concern it."""


def note(state: Dossier, events: Iterable[Event]) -> list[Change]:
    """The new note after intake's events, if they say anything new; at most one change.

    Of two events about the same part the later by its stamp holds, so order and repetition do not
    matter.
    """
    before = state.one(DossierNoted)
    noted, newest = before, None
    for event in events:
        after = _with(state.dossier, noted, event)
        if after is not noted:
            noted, newest = after, event
    if noted is None or newest is None or noted == before:
        return []
    return [Change(noted, newest.time)]


def _with(dossier: str, noted: DossierNoted | None, event: Event) -> DossierNoted | None:
    stamps = dict(noted.stamps) if noted else {}
    said: dict[str, Any] = {}
    for part, fields in _parts(event.data).items():
        known = stamps.get(part)
        if known is None or (known.time, known.event) < event.stamp:
            said |= fields
            stamps[part] = IntakeStamp(time=event.time, event=event.id)
    if not said:
        return noted
    if noted is None:
        return DossierNoted(dossier=dossier, stamps=stamps, **said)
    return noted.model_copy(update={**said, "stamps": stamps})


def _parts(data: EventData) -> Mapping[NotedPart, Mapping[str, Any]]:
    """What an event says of each part of the note."""
    if isinstance(data, DossierReceived):
        return {
            "reception": {"resolving": data.resolving, "received_at": data.received_at},
            "base": {"deadline": data.deadline},
        }
    if isinstance(data, DossierRestarted):
        return {
            "restart": {"restarted_at": data.restarted_at},
            "base": {"deadline": data.deadline},
        }
    if isinstance(data, DossierRefused | DossierWithdrawn | DossierStopped):
        return {"ending": {"closed": True}}
    if isinstance(data, DossierReopened):
        return {"ending": {"closed": False}}
    return {}
