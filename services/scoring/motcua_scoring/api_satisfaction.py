"""GET /satisfaction: raw answers per scale, with the scale shown beside the rate."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from motcua_events.contracts import Code, ScaleDefined

from ._sql import sql
from .api_evaluations import known_agency
from .api_state import PeriodQuery, ScoringOf, period_of
from .freshness import Freshness
from .satisfaction import ScaleResult, results

router = APIRouter(tags=["satisfaction"])


class AnswerOut(BaseModel):
    """How often an answer was given; satisfied and negative are null for an undefined scale."""

    answer: str
    n: int
    satisfied: bool | None
    negative: bool | None


class ScaleOut(BaseModel):
    """One scale's answers."""

    scale: str
    total: int
    satisfied: int | None
    satisfied_percent: float | None = Field(description="one decimal; null for an undefined scale")
    has_negative: bool | None = Field(
        description="false: the scale offers no negative answer, so the rate says little"
    )
    answers: list[AnswerOut]

    @classmethod
    def of(cls, found: ScaleResult) -> ScaleOut:
        """One scale."""
        tenths = found.satisfied_tenths
        return cls(
            scale=found.scale, total=found.total, satisfied=found.satisfied,
            satisfied_percent=None if tenths is None else tenths / 10,
            has_negative=found.has_negative,
            answers=[AnswerOut(answer=each.answer, n=each.n, satisfied=each.satisfied,
                               negative=each.negative) for each in found.answers],
        )  # fmt: skip


class SatisfactionOut(BaseModel):
    """Satisfaction answers of a period, of one agency or of all."""

    period: str
    agency: str | None
    sector: str | None
    total: int
    scales: list[ScaleOut]
    freshness: Freshness


@router.get("/satisfaction")
async def satisfaction(
    scoring: ScoringOf,
    period: PeriodQuery,
    agency: Annotated[Code | None, Query(description="default: all agencies")] = None,
    sector: Annotated[Code | None, Query(description="one sector only")] = None,
) -> SatisfactionOut:
    """How people answered, per rating scale; scales are never mixed or converted."""
    found = period_of(period)
    freshness = await scoring.freshness.read()
    if agency is not None:
        await known_agency(scoring.pool, agency)
    rows = await scoring.pool.fetch(
        sql("answers"), found.first_month, found.last_month, agency, sector
    )
    scales = [
        ScaleDefined.model_validate_json(row["data"], extra="ignore")
        for row in await scoring.pool.fetch(sql("scales"))
    ]
    by_scale = results({row["outcome"]: row["n"] for row in rows}, scales)
    return SatisfactionOut(
        period=found.id,
        agency=agency,
        sector=sector,
        total=sum(each.total for each in by_scale),
        scales=[ScaleOut.of(each) for each in by_scale],
        freshness=freshness,
    )
