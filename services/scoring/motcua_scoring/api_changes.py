"""GET /evaluations/{agency}/{period}/changes: what was published, and what caused it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from motcua_events.contracts import EvaluationChanged, Scores

from ._sql import sql
from .api_evaluations import known_agency
from .api_state import AgencyPath, Limit, PeriodPath, ScoringOf, period_of
from .freshness import Freshness
from .tracing import trace_id

router = APIRouter(tags=["evaluations"])

LATEST = 2**31 - 1


class ChangeOut(BaseModel):
    """One published revision."""

    revision: int
    event: str
    recorded_at: datetime
    rulebook: str
    rulebook_version: str
    settled: Scores
    live: Scores
    cause: str | None = Field(description="id of the latest event that led to it")
    trace_id: str | None


class ChangesOut(BaseModel):
    """Published revisions, the latest first."""

    agency: str
    period: str
    changes: list[ChangeOut]
    next_before: int | None = Field(description="ask again with it as before; null: no older ones")
    freshness: Freshness


@router.get("/evaluations/{agency}/{period}/changes")
async def changes(
    scoring: ScoringOf,
    agency: AgencyPath,
    period: PeriodPath,
    limit: Limit = 50,
    before: Annotated[int, Query(ge=1, le=LATEST, description="older than this revision")] = LATEST,
) -> ChangesOut:
    """Every published change of an evaluation; empty if none was published yet."""
    found = period_of(period)
    freshness = await scoring.freshness.read()
    await known_agency(scoring.pool, agency)
    stream = f"evaluation/{agency} {found.id}"
    rows = await scoring.pool.fetch(sql("changes"), stream, before, limit + 1)
    page = [_change(row["id"], row["recorded_at"], row["data"], row["traceparent"]) for row in rows]
    return ChangesOut(
        agency=agency,
        period=found.id,
        changes=page[:limit],
        next_before=page[limit - 1].revision if len(page) > limit else None,
        freshness=freshness,
    )


def _change(id_: str, recorded_at: datetime, text: str, traceparent: str | None) -> ChangeOut:
    data = EvaluationChanged.model_validate_json(text, extra="ignore")
    return ChangeOut(
        revision=data.revision, event=id_, recorded_at=recorded_at, rulebook=data.rulebook,
        rulebook_version=data.rulebook_version, settled=data.settled, live=data.live,
        cause=data.cause, trace_id=trace_id(traceparent),
    )  # fmt: skip
