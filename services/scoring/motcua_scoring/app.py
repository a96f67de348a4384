"""Scoring's wiring: the only place that puts its parts together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from motcua_events.consumer import Received
from motcua_events.contracts import SCORING_TOPICS
from motcua_service.app import Service, create_app
from motcua_service.runtime import Runtime

from . import (
    api_changes,
    api_dossiers,
    api_entities,
    api_evaluations,
    api_journey,
    api_periods,
    api_rulebooks,
    api_satisfaction,
    page,
    projector,
    recount,
    stream,
)
from .api_state import Scoring
from .feed import Feed
from .freshness import FreshnessReader
from .publisher import Publisher
from .rulebook_files import rulebooks
from .rulebooks_in_force import Rulebooks
from .settings import ScoringSettings

CONSUMER = "projector"

MAX_RECORDS = 5_000
"""Messages in a batch at most; while caught up, a batch is what has just come."""


async def wire(runtime: Runtime) -> None:
    """The projector's consumer, the publisher, the relay, and the live feed."""
    settings = runtime.settings
    assert isinstance(settings, ScoringSettings)
    books = Rulebooks.of(rulebooks(), settings.rulebooks)
    await recount.when_needed(runtime.pool)
    feed = Feed(runtime.pool)

    async def applied(_: Sequence[Received]) -> None:
        publisher.wake.set()

    consumer = runtime.consume(
        CONSUMER, SCORING_TOPICS, projector.apply, applied,
        max_records=MAX_RECORDS, abreast=settings.projectors,
    )  # fmt: skip
    publisher = Publisher(
        runtime.pool, runtime.store, books, runtime.provider.get_tracer("motcua.publisher"),
        published=feed.wake, behind=consumer.lag,
    )  # fmt: skip
    freshness = FreshnessReader(
        runtime.pool, consumer.name, consumer.lag, lambda: consumer.parked_now
    )
    runtime.app.state.scoring = Scoring(
        runtime.pool, books, freshness, feed, settings.stream_connections
    )
    runtime.app.state.stopping = [feed.close]
    runtime.background.add("publisher", publisher.run, lambda: publisher.last_progress)
    runtime.background.add("feed", feed.run, lambda: feed.last_progress)
    runtime.relay()


SERVICE = Service(
    name="scoring",
    title="motcua scoring",
    description="Projects the event streams into live, explained nine-index evaluations.",
    package=Path(__file__).parent,
    routers=(
        page.router,
        api_evaluations.router,
        api_entities.router,
        api_changes.router,
        api_periods.router,
        api_dossiers.router,
        api_journey.router,
        api_rulebooks.router,
        api_satisfaction.router,
        stream.router,
    ),
    wire=wire,
)


def create(settings: ScoringSettings) -> FastAPI:
    """The service as an application, for tests and for other servers."""
    return create_app(SERVICE, settings)
