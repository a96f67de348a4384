"""A dossier as intake knows it: its events, folded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypeVar

from motcua_events.contracts import (
    ContactMade,
    Deadline,
    DossierReceived,
    DossierRefused,
    DossierReopened,
    DossierRestarted,
    DossierStopped,
    DossierWithdrawn,
    EventData,
)
from motcua_events.event import Event

Ending = DossierRefused | DossierWithdrawn | DossierStopped | DossierReopened
State = Literal["unknown", "received", "refused", "withdrawn", "stopped"]
DataT = TypeVar("DataT", bound=EventData)

_STATES: dict[type[EventData], State] = {
    DossierRefused: "refused",
    DossierWithdrawn: "withdrawn",
    DossierStopped: "stopped",
}


@dataclass(frozen=True)
class Dossier:
    """All of one dossier's events, by what they are about. Of several, the latest stamp holds."""

    receptions: tuple[Event, ...] = ()
    restarts: tuple[Event, ...] = ()
    endings: tuple[Event, ...] = ()
    contacts: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)

    @property
    def events(self) -> int:
        """How many events these are."""
        contacts = sum(map(len, self.contacts.values())) if self.contacts else 0
        return len(self.receptions) + len(self.restarts) + len(self.endings) + contacts

    @property
    def record(self) -> DossierReceived | None:
        """The reception as it stands, corrections included; None before it is known."""
        event = latest(self.receptions)
        return data_of(event, DossierReceived) if event else None

    def restarted_since(self, received_at: datetime) -> datetime | None:
        """The last restart at or after the reception, if any."""
        instants = [restarted_at(event) for event in self.restarts]
        return max((at for at in instants if at >= received_at), default=None)

    @property
    def restarted_at(self) -> datetime | None:
        """The last restart since the reception (since ever, before the reception is known)."""
        record = self.record
        if record is not None:
            return self.restarted_since(record.received_at)
        return max(map(restarted_at, self.restarts), default=None)

    @property
    def start(self) -> datetime | None:
        """When the clock started: the last restart, else the reception."""
        record = self.record
        return (self.restarted_at or record.received_at) if record else None

    @property
    def base(self) -> Event | None:
        """The event that holds the deadline: the latest reception, correction or restart."""
        return latest((*self.receptions, *self.restarts))

    @property
    def deadline(self) -> Deadline | None:
        """The due date as intake knows it: before pauses, which workflow knows."""
        base = self.base
        if base is None:
            return None
        data = base.data
        return data.deadline if isinstance(data, DossierReceived | DossierRestarted) else None

    @property
    def unit_assumed(self) -> bool:
        """True if the due date is an appointment whose unit nobody has said yet."""
        data = self.base.data if self.base else None
        if not isinstance(data, DossierReceived | DossierRestarted) or data.deadline is None:
            return False
        counted = isinstance(data, DossierReceived) and data.limit is not None
        return data.unit is None and not counted

    @property
    def ending(self) -> Event | None:
        """The last refusal, withdrawal, stop or reopening."""
        return latest(self.endings)

    @property
    def state(self) -> State:
        """``unknown`` before the reception is known, unless an end is."""
        ending = self.ending
        open_state: State = "received" if self.receptions else "unknown"
        return _STATES.get(type(ending.data), open_state) if ending else open_state

    def with_event(self, event: Event) -> Dossier:
        """The dossier after one more event; events of other kinds leave it as it is."""
        match event.data:
            case DossierReceived():
                receptions = (*self.receptions, event)
                return Dossier(receptions, self.restarts, self.endings, self.contacts)
            case DossierRestarted():
                return replace(self, restarts=(*self.restarts, event))
            case ContactMade(contact=contact):
                records = (*self.contacts.get(contact, ()), event)
                return replace(self, contacts={**self.contacts, contact: records})
            case DossierRefused() | DossierWithdrawn() | DossierStopped() | DossierReopened():
                return replace(self, endings=(*self.endings, event))
        return self


def fold(events: Iterable[Event]) -> Dossier:
    """The dossier that these events tell of."""
    dossier = Dossier()
    for event in events:
        dossier = dossier.with_event(event)
    return dossier


def latest(events: Iterable[Event]) -> Event | None:
    """The event that holds, by (time, id); None of none."""
    if isinstance(events, tuple) and len(events) == 1:  # nearly always
        only: Event = events[0]
        return only
    return max(events, key=_stamp, default=None)


def data_of(event: Event, kind: type[DataT]) -> DataT:
    """The event's data, known to be of this kind. Raises TypeError if it is not."""
    if not isinstance(event.data, kind):
        raise TypeError(f"{event.type} is not {kind.__name__}")
    return event.data


def restarted_at(event: Event) -> datetime:
    """When the restart that the event records happened."""
    return data_of(event, DossierRestarted).restarted_at


def _stamp(event: Event) -> tuple[datetime, str]:
    return event.stamp
