"""Workflow's wiring: the only place that puts its parts together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from opentelemetry.sdk.trace import SpanProcessor

from motcua_service import loads
from motcua_service.app import Service, create_app
from motcua_service.calendars import CONSUMED_TOPIC, CalendarBook
from motcua_service.runtime import Runtime
from motcua_service.timers import Timers

from . import api
from .domain import Dossier
from .domain_commands import Context, WorkflowDecider, open_deadlines
from .inputs import INTAKE_TOPIC, CalendarKeeper, DeadlineWatch, Handler, IntakeNotes
from .settings import WorkflowSettings


async def wire(runtime: Runtime) -> None:
    """Commands with their timers, the relay, and the consumers of intake's two topics."""
    book = CalendarBook(runtime.pool)
    await book.reload()
    runtime.app.state.calendars = book
    timers: Timers[Dossier] = Timers(
        runtime.pool,
        lambda _, state: open_deadlines(state, book.current),
        grace=runtime.settings.backfill_grace,
        tracer=runtime.tracer("timers"),
    )
    handler: Handler = runtime.commands(
        WorkflowDecider(),
        lambda: Context(datetime.now(UTC), book.current),
        after=[timers.maintain],
    )
    keeper = CalendarKeeper(book)
    watch = DeadlineWatch(handler)
    runtime.relay()
    runtime.consume("calendars", [CONSUMED_TOPIC], keeper.apply, keeper.applied)
    runtime.consume("dossiers", [INTAKE_TOPIC], IntakeNotes(handler).apply)
    runtime.background.add("calendars", keeper.refresh)
    runtime.background.add("timers", lambda: timers.run(watch.fire), lambda: timers.last_progress)


SERVICE = Service(
    name="workflow",
    title="motcua workflow",
    description=(
        "Tracks how dossiers are resolved: steps, pauses, extension, resolution, return, and the"
        " deadlines that pass with nobody calling."
    ),
    package=Path(__file__).parent,
    routers=(api.commands, api.dossiers, loads.router()),
    wire=wire,
)


def create(settings: WorkflowSettings, processors: Sequence[SpanProcessor] = ()) -> FastAPI:
    """The service as an application, for tests and for other servers."""
    return create_app(SERVICE, settings, processors)
