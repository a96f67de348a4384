"""GET /dossiers/{dossier}/journey: each event from the request to the score it moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import orjson
from fastapi import APIRouter
from pydantic import BaseModel, Field

from motcua_events import Event

from ._sql import sql
from .api_dossiers import DossierPath, dossier_facts
from .api_state import Scoring, ScoringOf
from .delta import micros
from .facts import Entity, Facts
from .freshness import Freshness
from .measures import contributions
from .periods import Period
from .tracing import trace_id

router = APIRouter(tags=["dossiers"])

Arrivals = dict[str, tuple[int, int]]


class PublicationOut(BaseModel):
    """The first publication of a month's evaluation after an event was applied."""

    agency: str
    period: str
    revision: int
    event: str
    published_at: datetime
    trace_id: str | None
    caused: bool = Field(description="whether this very event is named as its cause")


class HopOut(BaseModel):
    """One event's way: happened, recorded by its service, sent to Kafka, applied to the scores."""

    event: str
    type: str
    source: str
    trace_id: str | None
    happened_at: datetime
    recorded_at: datetime
    sent_at: datetime
    applied_at: datetime
    record_to_send_seconds: float
    send_to_apply_seconds: float
    published: list[PublicationOut]


class JourneyOut(BaseModel):
    """The events that hold a dossier's facts, in the order in which they were applied."""

    dossier: str
    events: list[HopOut]
    superseded: list[str] = Field(description="ids of events that later ones have replaced")
    freshness: Freshness


@router.get("/dossiers/{dossier}/journey")
async def journey(scoring: ScoringOf, dossier: DossierPath) -> JourneyOut:
    """Where a dossier's events have been, when, and which published evaluations followed."""
    freshness = await scoring.freshness.read()
    facts, stored = await dossier_facts(scoring, dossier)
    arrivals: Arrivals = orjson.loads(stored)
    events = {event.id: event for event in facts.values()}
    ordered = sorted(events.values(), key=lambda event: (*arrivals[event.id][::-1], event.stamp))
    months = _months(dossier, facts)
    published = await _published(scoring, ordered, arrivals, months)
    return JourneyOut(
        dossier=dossier,
        events=[_hop(one, arrivals, published.get(one.id, [])) for one in ordered],
        superseded=sorted(arrivals.keys() - events.keys()),
        freshness=freshness,
    )


def _months(dossier: str, facts: Facts) -> list[tuple[str, str]]:
    counted = contributions(Entity("dossier", dossier), facts)
    return sorted({(m.agency, Period("month", m.month).id) for m in counted})


async def _published(
    scoring: Scoring,
    events: Sequence[Event],
    arrivals: Arrivals,
    months: Sequence[tuple[str, str]],
) -> dict[str, list[PublicationOut]]:
    wanted = [(event, *month) for event in events for month in months]
    rows = await scoring.pool.fetch(
        sql("first_changes"),
        list(range(len(wanted))),
        [f"evaluation/{agency} {period}" for _, agency, period in wanted],
        [_instant(arrivals[event.id][1]) for event, _, _ in wanted],
    )
    found: dict[str, list[PublicationOut]] = {}
    for row in rows:
        event, agency, period = wanted[row["place"]]
        found.setdefault(event.id, []).append(
            PublicationOut(
                agency=agency,
                period=period,
                revision=row["revision"],
                event=row["id"],
                published_at=row["recorded_at"],
                trace_id=trace_id(row["traceparent"]),
                caused=row["cause"] == event.id,
            )
        )
    return found


def _hop(event: Event, arrivals: Arrivals, published: list[PublicationOut]) -> HopOut:
    sent, applied = arrivals[event.id]
    recorded = micros(event.recorded_at)
    return HopOut(
        event=event.id, type=event.type, source=event.source,
        trace_id=trace_id(event.traceparent), happened_at=event.time,
        recorded_at=event.recorded_at, sent_at=_instant(sent), applied_at=_instant(applied),
        record_to_send_seconds=max(0, sent - recorded) / 1e6,
        send_to_apply_seconds=max(0, applied - sent) / 1e6,
        published=published,
    )  # fmt: skip


def _instant(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
