"""What intake answers: one model per thing, made from folded events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from motcua_events.contracts import (
    CalendarDayOverridden,
    CalendarDefined,
    Channel,
    ContactCorrected,
    ContactMade,
    Deadline,
    DossierReopened,
    Limit,
    ListingChanged,
    ProcedureRegistered,
)
from motcua_events.event import Event

from .codes import AgencyCode, DossierCode, ProcedureCode, parse_dossier, parse_procedure
from .domain.contacts import needed
from .domain.dossier import Dossier, State, data_of, latest
from .domain.endings import ending_at
from .domain.reception import Waiting, waiting_for

ItemT = TypeVar("ItemT")

WaitingFor = Annotated[
    list[Waiting],
    Field(description="what the dossier waits for: empty when it is complete"),
]


class Page(BaseModel, Generic[ItemT]):
    """A part of a list, in order. ``next`` is the cursor of the next part, null at the end."""

    items: list[ItemT]
    next: str | None = None


class AgencyView(BaseModel):
    """An agency as it is registered. ``parsed`` is null for a code not of the national form."""

    agency: str
    parsed: AgencyCode | None
    name: str
    level: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]
    other_codes: tuple[str, ...]
    calendar: str | None


class ProcedureView(BaseModel):
    """A procedure as it is registered."""

    procedure: str
    parsed: ProcedureCode | None
    name: str
    sector: str
    sector_name: str | None
    limit: Limit | None

    @classmethod
    def of(cls, data: ProcedureRegistered) -> ProcedureView:
        """The view of a registration."""
        return cls(parsed=parse_procedure(data.procedure), **dict(data))


class ListingView(BaseModel):
    """How an agency lists a procedure: the latest state, and every state by its first day."""

    agency: str
    procedure: str
    current: ListingChanged
    states: list[ListingChanged]


class CalendarView(BaseModel):
    """A calendar: its definition (null where only days are known) and the days it overrides."""

    calendar: str
    definition: CalendarDefined | None
    days: list[CalendarDayOverridden]


class ContactView(BaseModel):
    """A contact as it stands. ``needed`` is false if a correction took it away."""

    contact: str
    body: str
    place: str
    made_at: datetime
    online: bool
    fault: str
    required_by_law: bool
    needed: bool
    corrected_because: str | None


class EndingView(BaseModel):
    """The last refusal, withdrawal, stop or reopening."""

    kind: Literal["refused", "withdrawn", "stopped", "reopened"]
    at: datetime
    reason: str | None


class DossierView(BaseModel):
    """A dossier as intake knows it; ``deadline`` is before the pauses that workflow knows of."""

    dossier: str
    parsed: DossierCode
    state: State
    procedure: str | None
    procedure_parsed: ProcedureCode | None
    sector: str | None
    receiving: str | None
    resolving: str | None
    channel: Channel | None
    received_at: datetime | None
    restarted_at: datetime | None
    limit: Limit | None
    deadline: Deadline | None
    contacts: list[ContactView]
    ending: EndingView | None
    waiting_for: WaitingFor


class DossierItem(BaseModel):
    """A dossier in a list."""

    dossier: str
    state: State
    procedure: str | None
    sector: str | None
    receiving: str | None
    resolving: str | None
    channel: Channel | None
    received_at: datetime | None
    due_at: datetime | None
    waiting_for: WaitingFor


def dossier_view(code: str, dossier: Dossier, *, procedure_known: bool) -> DossierView:
    """The view of a folded dossier."""
    record = dossier.record
    procedure = record.procedure if record else None
    return DossierView(
        dossier=code,
        parsed=parse_dossier(code),
        state=dossier.state,
        procedure=procedure,
        procedure_parsed=parse_procedure(procedure) if procedure else None,
        sector=record.sector if record else None,
        receiving=record.receiving if record else None,
        resolving=record.resolving if record else None,
        channel=record.channel if record else None,
        received_at=record.received_at if record else None,
        restarted_at=dossier.restarted_at,
        limit=record.limit if record else None,
        deadline=dossier.deadline,
        contacts=contact_views(dossier),
        ending=_ending(dossier.ending),
        waiting_for=waiting_for(dossier, procedure_known=procedure_known),
    )


def contact_views(dossier: Dossier) -> list[ContactView]:
    """The dossier's contacts in the order of their ids."""
    return [_contact(events) for _, events in sorted(dossier.contacts.items())]


def _contact(events: Sequence[Event]) -> ContactView:
    holds = latest(events)
    assert holds is not None
    data = data_of(holds, ContactMade)
    because = data.reason if isinstance(data, ContactCorrected) else None
    fields = {name: getattr(data, name) for name in ContactMade.model_fields if name != "dossier"}
    return ContactView(**fields, needed=needed(data), corrected_because=because)


def _ending(event: Event | None) -> EndingView | None:
    if event is None:
        return None
    data, at = ending_at(event)
    kind = "reopened" if isinstance(data, DossierReopened) else data.TYPE.split(".")[1]
    return EndingView.model_validate({"kind": kind, "at": at, "reason": data.reason})
