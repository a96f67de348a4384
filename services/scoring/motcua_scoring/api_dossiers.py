"""GET /dossiers/{dossier}: its facts and points."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from motcua_events import Event
from motcua_events.contracts import Code

from .api_entities import PointOut
from .api_state import Scoring, ScoringOf, missing
from .dossier import Dossier
from .dossier_waiting import waiting_for
from .entities import facts_of
from .facts import Entity, Facts
from .freshness import Freshness
from .periods import Period, month_of
from .reasons import points_of
from .rulebook import Rulebook
from .tracing import trace_id

router = APIRouter(tags=["dossiers"])

DossierPath = Annotated[Code, Path(description="the dossier's code, as it was given")]


class FactOut(BaseModel):
    """One fact: the event that holds it now."""

    fact: str
    event: str
    type: str
    source: str
    time: datetime
    recorded_at: datetime
    trace_id: str | None
    data: dict[str, Any]

    @classmethod
    def of(cls, name: str, event: Event) -> FactOut:
        """The event behind a fact."""
        return cls(
            fact=name, event=event.id, type=event.type, source=event.source, time=event.time,
            recorded_at=event.recorded_at, trace_id=trace_id(event.traceparent),
            data=event.data.model_dump(mode="json", exclude_defaults=True),
        )  # fmt: skip


class DossierOut(BaseModel):
    """A dossier as scoring knows it, with every point it gives or takes."""

    dossier: str
    rulebook: str
    waiting_for: list[str] = Field(description="events that must be on their way")
    facts: list[FactOut]
    points: list[PointOut]
    freshness: Freshness


@router.get("/dossiers/{dossier}")
async def dossier_view(
    scoring: ScoringOf,
    dossier: DossierPath,
    rulebook: Annotated[Code | None, Query(description="default: the one for its period")] = None,
) -> DossierOut:
    """One dossier: its facts, and its points with the reason, the article and the events."""
    freshness = await scoring.freshness.read()
    facts, _ = await dossier_facts(scoring, dossier)
    book = _rulebook(scoring, rulebook, facts)
    points = points_of(Entity("dossier", dossier), facts, book)
    return DossierOut(
        dossier=dossier,
        rulebook=book.id,
        waiting_for=waiting_for(facts),
        facts=[FactOut.of(name, facts[name]) for name in sorted(facts)],
        points=[PointOut.of(each) for each in points],
        freshness=freshness,
    )


async def dossier_facts(scoring: Scoring, dossier: str) -> tuple[Facts, str]:
    """A dossier's facts, and its arrivals in JSON. Raises Problem (404)."""
    found = await facts_of(scoring.pool, Entity("dossier", dossier))
    if found is None:
        raise missing("dossier", f"No event about {dossier} has come in yet.")
    return found


def _rulebook(scoring: Scoring, name: str | None, facts: Facts) -> Rulebook:
    if name is not None:
        found = scoring.rulebooks.known.get(name)
        if found is None:
            raise missing("rulebook", "There is no such rulebook; see /rulebooks.")
        return found
    dossier = Dossier.of(facts)
    at = dossier.resolved_at or (dossier.record.received_at if dossier.record else None)
    if at is None:
        return scoring.rulebooks.in_force[0]
    return scoring.rulebooks.valid_for(Period("month", month_of(at)))
