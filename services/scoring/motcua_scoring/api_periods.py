"""GET /periods: which periods there is anything to see for."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from ._sql import sql
from .api_state import ScoringOf

router = APIRouter(tags=["evaluations"])


class PeriodOut(BaseModel):
    """A period with published evaluations."""

    period: str
    agencies: int
    published_at: datetime


@router.get("/periods")
async def periods(scoring: ScoringOf) -> list[PeriodOut]:
    """Months, quarters and years with published evaluations, in the order of their names."""
    return [PeriodOut(**dict(row)) for row in await scoring.pool.fetch(sql("periods"))]
