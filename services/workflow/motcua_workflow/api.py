"""Workflow over HTTP: the commands' endpoints, and one dossier as it stands."""

from __future__ import annotations

from functools import reduce
from typing import Annotated

from fastapi import APIRouter, Path, Request

from motcua_events.contracts import Code
from motcua_service.calendars import CalendarBook
from motcua_service.problems import Problem
from motcua_service.routes import Endpoint, command_router
from motcua_service.runtime import StoreOf

from .commands import (
    CompleteStep,
    ExtendDossier,
    Line,
    PauseDossier,
    ResolveDossier,
    ResumeDossier,
    ReturnResult,
    StartStep,
)
from .domain import Dossier, evolve, stream_of
from .views import DossierView, view

DOSSIER = "/dossiers/{dossier}"
ENDPOINTS = (
    Endpoint("POST", f"{DOSSIER}/steps", StartStep),
    Endpoint("POST", f"{DOSSIER}/steps/{{step}}/completion", CompleteStep),
    Endpoint("POST", f"{DOSSIER}/pauses", PauseDossier),
    Endpoint("POST", f"{DOSSIER}/pauses/{{pause}}/end", ResumeDossier),
    Endpoint("POST", f"{DOSSIER}/extension", ExtendDossier),
    Endpoint("POST", f"{DOSSIER}/resolution", ResolveDossier),
    Endpoint("POST", f"{DOSSIER}/return", ReturnResult),
)

commands = command_router(ENDPOINTS, Line)
dossiers = APIRouter(tags=["dossiers"])

DossierCode = Annotated[Code, Path(description="the dossier's code, as its system wrote it")]


@dossiers.get(DOSSIER)
async def get_dossier(dossier: DossierCode, request: Request, store: StoreOf) -> DossierView:
    """One dossier: its steps, pauses and deadlines, and what it waits for."""
    events = await store.load(stream_of(dossier))
    if not events:
        raise Problem(404, "No such dossier", f"Workflow has heard nothing of {dossier}.")
    book = request.app.state.calendars
    assert isinstance(book, CalendarBook)
    return view(reduce(evolve, events, Dossier(dossier)), book.current)
