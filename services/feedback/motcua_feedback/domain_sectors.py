"""Dossiers' sectors as intake has them, and the feedback that takes its sector from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from motcua_events.contracts import SectorNoted
from motcua_events.event import Change
from motcua_service.decider import record

from .commands import NoteSector
from .domain_dossier import Dossier, takes_sector
from .domain_feedback import Context, Feedback

States = Mapping[str, Any]


def streams(command: NoteSector) -> Collection[str]:
    """The dossier's stream, and those of the feedback known to name it."""
    return (f"dossier/{command.dossier}", *(f"feedback/{each}" for each in command.named_by))


def note(states: States, command: NoteSector, context: Context) -> list[Change]:
    """Take note of a dossier's sector, unless a later record is known, and pass it on."""
    dossier = cast("Dossier", states[f"dossier/{command.dossier}"])
    if dossier.note is not None and dossier.note.stamp.order >= command.stamp.order:
        return []
    noted = SectorNoted(dossier=command.dossier, sector=command.sector, stamp=command.stamp)
    changes = [Change(noted, command.stamp.time)]
    for each in sorted(dossier.named_by):
        feedback = cast("Feedback", states[f"feedback/{each}"])
        changes += _told_again(feedback, noted, context.now)
    return changes


def _told_again(feedback: Feedback, noted: SectorNoted, now: datetime) -> list[Change]:
    """The filing with the dossier's sector as it is now, if it takes it and has another one."""
    filing = feedback.filing
    if filing is None or not takes_sector(filing, noted.dossier):
        return []
    sector = {"sector": noted.sector, "sector_of_dossier": noted.sector is not None}
    return record(feedback.filed, filing.model_copy(update=sector), filing.filed_at, now)
