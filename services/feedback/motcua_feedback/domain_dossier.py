"""What feedback knows of one dossier (stream ``dossier/CODE``): its complaints, its sector."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import cast

from motcua_events.contracts import (
    ComplaintDismissed,
    ComplaintRaised,
    FeedbackFiled,
    SectorAwaited,
    SectorNoted,
)
from motcua_events.event import Event


@dataclass(frozen=True, slots=True)
class Dossier:
    """The last raising and dismissal by feedback id, and the last note of the dossier's sector.

    ``awaiting`` holds the feedback that once asked for the sector.
    """

    raised: Mapping[str, Event] = field(default_factory=dict)
    dismissed: Mapping[str, Event] = field(default_factory=dict)
    noted: Event | None = None
    awaiting: frozenset[str] = frozenset()

    def evolve(self, event: Event) -> Dossier:
        """The dossier after one more event."""
        data = event.data
        match data:
            case ComplaintRaised():
                return replace(self, raised={**self.raised, data.feedback: event})
            case ComplaintDismissed():
                return replace(self, dismissed={**self.dismissed, data.feedback: event})
            case SectorNoted():
                return replace(self, noted=event)
            case SectorAwaited():
                return replace(self, awaiting=self.awaiting | {data.feedback})
            case _:
                return self

    @property
    def note(self) -> SectorNoted | None:
        """What intake said last of the sector."""
        return cast("SectorNoted", self.noted.data) if self.noted else None

    @property
    def sector(self) -> str | None:
        """The dossier's sector; None while it is not known."""
        return self.note.sector if self.note else None

    @property
    def named_by(self) -> Set[str]:
        """All feedback that may take its sector from the dossier: every complaint, and what asked.

        Some may have been corrected since to another dossier or to a sector of its own.
        """
        return self.awaiting | self.raised.keys()


def takes_sector(filing: FeedbackFiled | None, dossier: str | None) -> bool:
    """True for a filing about that dossier whose filer named no sector."""
    if filing is None or dossier is None or filing.dossier != dossier:
        return False
    return filing.sector is None or filing.sector_of_dossier
