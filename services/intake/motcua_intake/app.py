"""Intake's wiring: the only place that knows all its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI

from motcua_events import Connection
from motcua_events.contracts import ProcedureRegistered
from motcua_events.event import Event
from motcua_service.app import Service, create_app
from motcua_service.runtime import Runtime

from . import api
from .domain.index import Index
from .domain.intake import Context, Intake, State
from .projection import learn, project
from .settings import IntakeSettings
from .settler import Settler


async def wire(runtime: Runtime) -> None:
    """Command handler with its tables, relay, and the settler of waiting dossiers."""
    index = Index()
    await learn(index, runtime.pool)

    async def after(conn: Connection, states: Mapping[str, State], events: Sequence[Event]) -> None:
        await project(conn, states, events)
        if any(event.data.TYPE == ProcedureRegistered.TYPE for event in events):
            settler.woken.set()

    handler = runtime.commands(Intake(index), lambda: Context(datetime.now(UTC)), after=[after])
    tracer = runtime.provider.get_tracer("motcua.intake")
    settler = Settler(runtime.pool, handler, index, tracer)
    runtime.background.add("settler", settler.run, lambda: settler.last_progress)
    runtime.relay()


SERVICE = Service(
    name="intake",
    title="motcua intake",
    description=(
        "Receives dossiers (reception, contacts, refusal, withdrawal, stop) and keeps the"
        " catalogue: agencies, procedures, listings, calendars."
    ),
    package=Path(__file__).parent,
    routers=(api.commands, api.reads),
    wire=wire,
)


def create(settings: IntakeSettings) -> FastAPI:
    """The service as an application, for tests and for other servers."""
    return create_app(SERVICE, settings)
