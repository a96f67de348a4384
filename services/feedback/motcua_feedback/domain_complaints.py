"""The complaints about the handling of one dossier (stream ``dossier/CODE``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from motcua_events.contracts import ComplaintDismissed, ComplaintRaised
from motcua_events.event import Change, Event
from motcua_service.decider import Refusal, record


@dataclass(frozen=True, slots=True)
class Complaints:
    """The last raising and dismissal by feedback id."""

    raised: Mapping[str, Event] = field(default_factory=dict)
    dismissed: Mapping[str, Event] = field(default_factory=dict)

    def evolve(self, event: Event) -> Complaints:
        """The complaints after one more event."""
        data = event.data
        if isinstance(data, ComplaintRaised):
            return replace(self, raised={**self.raised, data.feedback: event})
        if isinstance(data, ComplaintDismissed):
            return replace(self, dismissed={**self.dismissed, data.feedback: event})
        return self


def raise_complaint(
    complaints: Complaints, dossier: str, feedback: str, at: datetime, now: datetime
) -> list[Change]:
    """Raise the feedback's complaint against the dossier; nothing if it stands so already."""
    data = ComplaintRaised(dossier=dossier, feedback=feedback, raised_at=at)
    return record(complaints.raised.get(feedback), data, at, now)


def dismiss_complaint(
    complaints: Complaints, dossier: str, feedback: str, at: datetime, now: datetime
) -> list[Change]:
    """The complaint no longer counts; nothing if that is known already."""
    data = ComplaintDismissed(dossier=dossier, feedback=feedback, concluded_at=at)
    return record(complaints.dismissed.get(feedback), data, at, now)


def refuse_return(complaints: Complaints, dossier: str, feedback: str) -> None:
    """Refuse to bring a complaint back to a dossier that a correction took it off."""
    if feedback in complaints.dismissed:
        raise Refusal(
            "The complaint was taken off this dossier",
            f"Feedback {feedback} was corrected away from dossier {dossier}, which cannot be"
            " undone: file it under a new id.",
            field="dossier",
        )
