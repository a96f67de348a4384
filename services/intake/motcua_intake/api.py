"""Intake over HTTP: every command has an endpoint, everything recorded can be read."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query

from motcua_events.contracts import (
    AgencyRegistered,
    CalendarDayOverridden,
    CalendarDefined,
    EventData,
    Level,
    ListingChanged,
    ProcedureRegistered,
)
from motcua_events.store import EventStore
from motcua_service.problems import Problem
from motcua_service.routes import Endpoint, command_router
from motcua_service.runtime import PoolOf, StoreOf

from . import queries
from .codes import parse_agency
from .commands import (
    AnyCommand,
    CorrectContact,
    CorrectDossier,
    DefineCalendar,
    ListProcedure,
    OverrideDay,
    ReceiveDossier,
    RecordContact,
    RefuseDossier,
    RegisterAgency,
    RegisterProcedure,
    ReopenDossier,
    RestartDossier,
    StopDossier,
    WithdrawDossier,
)
from .commands.fields import CodeField
from .domain.dossier import Dossier, State, fold
from .domain.terms import Entry
from .views import (
    AgencyView,
    CalendarView,
    ContactView,
    DossierItem,
    DossierView,
    ListingView,
    Page,
    ProcedureView,
    contact_views,
    dossier_view,
)

ENDPOINTS = (
    Endpoint("PUT", "/agencies/{agency}", RegisterAgency),
    Endpoint("PUT", "/procedures/{procedure}", RegisterProcedure),
    Endpoint("PUT", "/agencies/{agency}/procedures/{procedure}", ListProcedure),
    Endpoint("PUT", "/calendars/{calendar}", DefineCalendar),
    Endpoint("PUT", "/calendars/{calendar}/days/{day}", OverrideDay),
    Endpoint("POST", "/dossiers", ReceiveDossier),
    Endpoint("PATCH", "/dossiers/{dossier}", CorrectDossier),
    Endpoint("POST", "/dossiers/{dossier}/restart", RestartDossier),
    Endpoint("POST", "/dossiers/{dossier}/contacts", RecordContact),
    Endpoint("PUT", "/dossiers/{dossier}/contacts/{contact}", CorrectContact),
    Endpoint("POST", "/dossiers/{dossier}/refusal", RefuseDossier),
    Endpoint("POST", "/dossiers/{dossier}/withdrawal", WithdrawDossier),
    Endpoint("POST", "/dossiers/{dossier}/stop", StopDossier),
    Endpoint("POST", "/dossiers/{dossier}/reopening", ReopenDossier),
)
commands = command_router(ENDPOINTS, AnyCommand)
reads = APIRouter(tags=["reads"])

DataT = TypeVar("DataT", bound=EventData)
CodeIn = Annotated[CodeField, Path()]
Wanted = Annotated[CodeField | None, Query()]
Most = Annotated[int, Query(ge=1, le=1000, description="at most so many items")]
Cursor = Annotated[CodeField | None, Query(description="``next`` of the part before")]


@reads.get("/agencies")
async def list_agencies(
    pool: PoolOf,
    level: Level | None = None,
    parent: Wanted = None,
    limit: Most = 100,
    cursor: Cursor = None,
) -> Page[AgencyView]:
    """The registered agencies, by code."""
    wanted = {"level": level, "parent": parent}
    found = await queries.entries(pool, "agency", cursor or "", limit + 1, wanted)
    return _page([(id_, _agency(AgencyRegistered(**data))) for id_, data in found], limit)


@reads.get("/agencies/{agency}")
async def get_agency(agency: CodeIn, store: StoreOf) -> AgencyView:
    """One agency."""
    return _agency(_held(await _entry(store, "agency", agency), AgencyRegistered)[-1])


@reads.get("/agencies/{agency}/procedures")
async def list_listings(
    agency: CodeIn, pool: PoolOf, limit: Most = 100, cursor: Cursor = None
) -> Page[ListingChanged]:
    """The procedures an agency lists or listed, each with its latest state."""
    found = await queries.listings(pool, agency, cursor or "", limit + 1)
    return _page([(id_, ListingChanged(**data)) for id_, data in found], limit)


@reads.get("/agencies/{agency}/procedures/{procedure}")
async def get_listing(agency: CodeIn, procedure: CodeIn, store: StoreOf) -> ListingView:
    """How an agency lists a procedure, with every state since the first."""
    entry = await _entry(store, "listing", f"{agency} {procedure}")
    states = sorted(_held(entry, ListingChanged), key=lambda each: each.effective_from)
    return ListingView(agency=agency, procedure=procedure, current=states[-1], states=states)


@reads.get("/procedures")
async def list_procedures(
    pool: PoolOf, sector: Wanted = None, limit: Most = 100, cursor: Cursor = None
) -> Page[ProcedureView]:
    """The registered procedures, by code."""
    found = await queries.entries(pool, "procedure", cursor or "", limit + 1, {"sector": sector})
    views = [(id_, ProcedureView.of(ProcedureRegistered(**data))) for id_, data in found]
    return _page(views, limit)


@reads.get("/procedures/{procedure}")
async def get_procedure(procedure: CodeIn, store: StoreOf) -> ProcedureView:
    """One procedure, by the code it is registered under."""
    entry = await _entry(store, "procedure", procedure)
    return ProcedureView.of(_held(entry, ProcedureRegistered)[-1])


@reads.get("/calendars")
async def list_calendars(
    pool: PoolOf, limit: Most = 100, cursor: Cursor = None
) -> Page[CalendarView]:
    """The calendars by name, without their days; ``*`` holds the days of every calendar."""
    found = await queries.calendars(pool, cursor or "", limit + 1)
    views = [(id_, _calendar(id_, data)) for id_, data in found]
    return _page(views, limit)


@reads.get("/calendars/{calendar}")
async def get_calendar(calendar: CodeIn, store: StoreOf) -> CalendarView:
    """One calendar with its days."""
    entry = await _entry(store, "calendar", calendar)
    defined = _held(entry, CalendarDefined)
    days = sorted(_held(entry, CalendarDayOverridden), key=lambda each: each.day)
    return CalendarView(calendar=calendar, definition=defined[-1] if defined else None, days=days)


@reads.get("/calendars/{calendar}/days")
async def list_days(
    calendar: CodeIn, pool: PoolOf, limit: Most = 100, cursor: Cursor = None
) -> Page[CalendarDayOverridden]:
    """The days that a calendar overrides, in order."""
    found = await queries.days(pool, calendar, cursor or "", limit + 1)
    return _page([(id_, CalendarDayOverridden(**data)) for id_, data in found], limit)


@reads.get("/calendars/{calendar}/days/{day}")
async def get_day(calendar: CodeIn, day: date, store: StoreOf) -> CalendarDayOverridden:
    """One day that a calendar overrides."""
    days = _held(await _entry(store, "calendar", calendar), CalendarDayOverridden)
    found = [each for each in days if each.day == day]
    if not found:
        raise _unknown("day", f"{day.isoformat()} in the calendar {calendar}")
    return found[0]


@reads.get("/dossiers")
async def list_dossiers(
    pool: PoolOf,
    *,
    resolving: Wanted = None,
    receiving: Wanted = None,
    procedure: Wanted = None,
    state: State | None = None,
    waiting: bool | None = None,
    limit: Most = 100,
    cursor: Cursor = None,
) -> Page[DossierItem]:
    """Dossiers by code. ``procedure`` matches on the short part of the code."""
    found = await queries.dossiers(
        pool, cursor or "", limit + 1, resolving=resolving, receiving=receiving,
        procedure=procedure, state=state, waiting=waiting,
    )  # fmt: skip
    return _page([(row["dossier"], DossierItem(**row)) for row in found], limit)


@reads.get("/dossiers/{dossier}")
async def get_dossier(dossier: CodeIn, store: StoreOf, pool: PoolOf) -> DossierView:
    """One dossier: its record, contacts, last end, and what it waits for."""
    folded = await _dossier(store, dossier)
    record = folded.record
    known = record is not None and await queries.procedure_known(pool, record.procedure)
    return dossier_view(dossier, folded, procedure_known=known)


@reads.get("/dossiers/{dossier}/contacts")
async def list_contacts(dossier: CodeIn, store: StoreOf) -> Page[ContactView]:
    """The contacts of one dossier, all in one part."""
    return Page(items=contact_views(await _dossier(store, dossier)))


@reads.get("/dossiers/{dossier}/contacts/{contact}")
async def get_contact(dossier: CodeIn, contact: CodeIn, store: StoreOf) -> ContactView:
    """One contact as it stands."""
    for view in contact_views(await _dossier(store, dossier)):
        if view.contact == contact:
            return view
    raise _unknown("contact", f"{contact} in the dossier {dossier}")


ItemT = TypeVar("ItemT")


def _page(found: list[tuple[str, ItemT]], limit: int) -> Page[ItemT]:
    """The items asked for of one more than that, with the cursor if there is more."""
    items = [item for _, item in found[:limit]]
    return Page(items=items, next=found[limit - 1][0] if len(found) > limit else None)


def _agency(data: AgencyRegistered) -> AgencyView:
    return AgencyView(parsed=parse_agency(data.agency), **dict(data))


def _calendar(name: str, data: dict[str, Any] | None) -> CalendarView:
    definition = CalendarDefined(**data) if data else None
    return CalendarView(calendar=name, definition=definition, days=[])


async def _dossier(store: EventStore, code: str) -> Dossier:
    events = await store.load(f"dossier/{code}")
    if not events:
        raise _unknown("dossier", code)
    return fold(events)


async def _entry(store: EventStore, kind: str, entity: str) -> Entry:
    entry = Entry()
    for event in await store.load(f"{kind}/{entity}"):
        entry = entry.with_event(event)
    if not entry.held:
        raise _unknown(kind, entity)
    return entry


def _held(entry: Entry, kind: type[DataT]) -> list[DataT]:
    return [event.data for event in entry.held.values() if isinstance(event.data, kind)]


def _unknown(kind: str, entity: str) -> Problem:
    return Problem(404, f"No such {kind}", f"There is no {kind} {entity}: nothing was recorded.")
