"""A dossier as workflow knows it: the latest record of each thing, folded from its stream. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from motcua_events.contracts import (
    Deadline,
    DeadlineMoved,
    DeadlinePassed,
    DossierExtended,
    DossierNoted,
    DossierPaused,
    DossierResolved,
    DossierResumed,
    EventData,
    ResultReturned,
    StepCompleted,
    StepStarted,
)
from motcua_events.event import Change, Event

DataT = TypeVar("DataT", bound=EventData)
Recorded = Event | Change
"""What is recorded, or about to be: data and time."""

Subject = str | tuple[str, Deadline]
"""Which step or pause ("" for the dossier itself); for a move also which base it moved."""

Register = tuple[type[EventData], Subject]
"""One thing that has a latest record: what kind, of what."""

SUBJECTS: Mapping[type[EventData], str | None] = {
    DossierNoted: None,
    StepStarted: "step",
    StepCompleted: "step",
    DossierPaused: "pause",
    DossierResumed: "pause",
    DossierExtended: None,
    DossierResolved: None,
    ResultReturned: None,
    DeadlineMoved: "step",
    DeadlinePassed: "step",
}
"""The field that tells apart several records of one kind, if any."""


def stream_of(dossier: str) -> str:
    """The stream of a dossier's events in workflow's store."""
    return f"dossier/{dossier}"


@dataclass(frozen=True, slots=True)
class Dossier:
    """The latest record of each thing, in the order in which things were first recorded."""

    dossier: str
    records: Mapping[Register, Recorded] = field(default_factory=dict)

    def last(self, kind: type[EventData], subject: Subject = "") -> Recorded | None:
        """The latest record of a thing."""
        return self.records.get((kind, subject))

    def one(self, kind: type[DataT], subject: Subject = "") -> DataT | None:
        """The data of the latest record of a thing."""
        found = self.records.get((kind, subject))
        return cast("DataT", found.data) if found else None

    def all(self, kind: type[DataT]) -> dict[str, DataT]:
        """The data of every thing of one kind, by step or pause."""
        return {
            str(subject): cast("DataT", found.data)
            for (each, subject), found in self.records.items()
            if each is kind
        }


def register_of(data: EventData) -> Register:
    """The thing that the data are a record of."""
    name = SUBJECTS.get(type(data))
    subject = (getattr(data, name) or "") if name else ""
    return (type(data), (subject, data.base) if isinstance(data, DeadlineMoved) else subject)


def evolve(state: Dossier, recorded: Recorded) -> Dossier:
    """The state after one more event; an event of another service's leaves it as it is."""
    if type(recorded.data) not in SUBJECTS:
        return state
    return Dossier(state.dossier, {**state.records, register_of(recorded.data): recorded})
