"""The complaints about the handling of one dossier (stream ``dossier/CODE``)."""

from __future__ import annotations

from datetime import datetime

from motcua_events.contracts import ComplaintDismissed, ComplaintRaised
from motcua_events.event import Change
from motcua_service.decider import Refusal, record

from .domain_dossier import Dossier


def raise_complaint(
    complaints: Dossier, dossier: str, feedback: str, at: datetime, now: datetime
) -> list[Change]:
    """Raise the feedback's complaint against the dossier; nothing if it stands so already."""
    data = ComplaintRaised(dossier=dossier, feedback=feedback, raised_at=at)
    return record(complaints.raised.get(feedback), data, at, now)


def dismiss_complaint(
    complaints: Dossier, dossier: str, feedback: str, at: datetime, now: datetime
) -> list[Change]:
    """The complaint no longer counts; nothing if that is known already."""
    data = ComplaintDismissed(dossier=dossier, feedback=feedback, concluded_at=at)
    return record(complaints.dismissed.get(feedback), data, at, now)


def refuse_return(complaints: Dossier, dossier: str, feedback: str) -> None:
    """Refuse to bring a complaint back to a dossier that a correction took it off."""
    if feedback in complaints.dismissed:
        raise Refusal(
            "The complaint was taken off this dossier",
            f"Feedback {feedback} was corrected away from dossier {dossier}, which cannot be"
            " undone: file it under a new id.",
            field="dossier",
        )
