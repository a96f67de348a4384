"""Feedback's wiring: the only place that puts its parts together.

The reference for the other services: describe the service, then in ``wire`` give the runtime its
command handler, the loops that run beside it, and what consumed events do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI

from motcua_events import Connection
from motcua_events.consumer import Received
from motcua_service import loads
from motcua_service.app import Service, create_app
from motcua_service.calendars import CONSUMED_TOPIC, CalendarBook
from motcua_service.deadlines import Due
from motcua_service.routes import Endpoint, command_router
from motcua_service.runtime import Runtime
from motcua_service.timers import Timers

from . import api
from .commands import (
    AnswerFeedback,
    DefineScale,
    DismissFeedback,
    FileFeedback,
    Line,
    PassDeadline,
    ProlongFeedback,
    RecordAssessment,
    SubmitRating,
)
from .domain import FeedbackDecider, open_deadlines
from .domain_feedback import Context
from .inputs import INTAKE_TOPIC, Handler, SectorNotes
from .settings import FeedbackSettings

ENDPOINTS = (
    Endpoint("POST", "/ratings", SubmitRating),
    Endpoint("PUT", "/scales/{scale}", DefineScale),
    Endpoint("POST", "/feedback", FileFeedback),
    Endpoint("POST", "/feedback/{feedback}/answer", AnswerFeedback),
    Endpoint("POST", "/feedback/{feedback}/prolongation", ProlongFeedback),
    Endpoint("POST", "/feedback/{feedback}/dismissal", DismissFeedback),
    Endpoint("POST", "/assessments", RecordAssessment),
)


async def wire(runtime: Runtime) -> None:
    """Commands, relay, the catalogue's calendars, dossiers' sectors, the timers of due dates."""
    settings = runtime.settings
    assert isinstance(settings, FeedbackSettings)
    calendars = CalendarBook(runtime.pool)
    await calendars.reload()
    timers = Timers(
        runtime.pool, open_deadlines, grace=settings.backfill_grace, tracer=runtime.tracer("timers")
    )
    handler: Handler = runtime.commands(
        FeedbackDecider(),
        lambda: Context(datetime.now(UTC), calendars.current, settings.answer_limit),
        after=[timers.maintain],
    )

    async def fire(due: Sequence[Due]) -> None:
        await handler.run([PassDeadline(feedback=d.id, late_after=d.late_after) for d in due])

    async def apply(conn: Connection, received: Sequence[Received]) -> None:
        await calendars.apply(conn, [each.event for each in received])

    async def applied(_: Sequence[Received]) -> None:
        await calendars.reload()

    runtime.relay()
    runtime.consume("calendars", [CONSUMED_TOPIC], apply, applied)
    runtime.consume("dossiers", [INTAKE_TOPIC], SectorNotes(handler).apply)
    runtime.background.add("timers", lambda: timers.run(fire), lambda: timers.last_progress)


SERVICE = Service(
    name="feedback",
    title="motcua feedback",
    description="Takes ratings, feedback (PAKN) and assessments.",
    package=Path(__file__).parent,
    routers=(command_router(ENDPOINTS, Line), api.router, loads.router()),
    wire=wire,
)


def create(settings: FeedbackSettings) -> FastAPI:
    """The service as an application, for tests and for other servers."""
    return create_app(SERVICE, settings)
