"""GET /stream: every published change as it comes, by server-sent events.

Each event carries an id. A client that comes back with it in ``Last-Event-ID`` misses nothing, even
across a restart of the service. Idle connections are kept alive by comments.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field

from motcua_events.contracts import Code, EvaluationChanged
from motcua_service.problems import Problem

from .api_state import PERIOD, Scoring, ScoringOf, not_valid, period_of
from .feed import News, Place
from .tracing import trace_id

router = APIRouter(tags=["stream"])

RETRY_MILLISECONDS = 1_000


class StreamedChange(BaseModel):
    """The data of one event of the stream, named ``evaluation.changed``."""

    event: str
    recorded_at: datetime
    trace_id: str | None
    change: EvaluationChanged = Field(description="the data of evaluation.changed.v1")

    @classmethod
    def of(cls, news: News) -> StreamedChange:
        """One published change."""
        return cls(
            event=news.id, recorded_at=news.recorded_at, trace_id=trace_id(news.traceparent),
            change=news.data,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Follower:
    """What a client follows, and from where on; ``place`` None: from now on."""

    scoring: Scoring
    place: Place | None
    agency: str | None
    period: str | None

    def wants(self, news: News) -> bool:
        """Whether a change is one that the client asked for."""
        data = news.data
        return self.agency in (None, data.agency) and self.period in (None, data.period)


async def _follower(
    scoring: ScoringOf,
    agency: Annotated[Code | None, Query(description="only this agency")] = None,
    period: Annotated[str | None, Query(description=f"only {PERIOD}")] = None,
    last_event_id: Annotated[
        str | None, Header(description="resume after this id; default: from now on")
    ] = None,
) -> AsyncIterator[Follower]:
    wanted = None if period is None else period_of(period).id
    follower = Follower(scoring, _place(last_event_id), agency, wanted)
    if scoring.seats <= 0:
        raise Problem(
            503, "Too many followers", "The stream has no free place; try again later.",
            headers={"retry-after": "5"},
        )  # fmt: skip
    scoring.seats -= 1
    try:
        yield follower
    finally:
        scoring.seats += 1


@router.get("/stream", response_class=EventSourceResponse)
async def stream(
    follower: Annotated[Follower, Depends(_follower)],
) -> AsyncIterator[ServerSentEvent]:
    """Changes of evaluations, live; a client may name an agency and a period."""
    feed = follower.scoring.feed
    place = await feed.resumed(follower.place)
    yield ServerSentEvent(comment="following", id=str(place), retry=RETRY_MILLISECONDS)
    async for news in feed.follow(place):
        if follower.wants(news):
            yield ServerSentEvent(
                data=StreamedChange.of(news), event="evaluation.changed", id=str(news.place)
            )


def _place(text: str | None) -> Place | None:
    if not text:
        return None
    try:
        return Place.parse(text)
    except ValueError as error:
        raise not_valid("last-event-id", str(error)) from None
