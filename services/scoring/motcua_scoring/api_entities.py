"""GET …/indices/{index}/entities: the dossiers, feedback or procedures behind an index."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from .api_evaluations import known_agency
from .api_models import Asked, Points
from .api_state import AgencyPath, Cursor, Limit, PeriodPath, ScoringOf, WishOf, not_valid
from .entities import START, Found, Sought, behind
from .facts import Entity
from .freshness import Freshness
from .reasons import Point
from .rulebook_texts import Text

router = APIRouter(tags=["evaluations"])

Index = Annotated[int, Path(ge=1, le=9, description="the index, 1 to 9")]
KINDS = ("dossier", "feedback", "listing")


class PointOut(BaseModel):
    """What an entity means for an index: outcome, points, reason, article, and the events behind.

    ``points`` is null where the outcome is left out of the average, and for indices 5, 6, 8 and 9,
    where an entity is one part of a share.
    """

    index: int
    agency: str
    role: str
    sector: str | None
    month: date = Field(description="the month's first day")
    basis: str
    outcome: str
    points: Points | None
    reason: Text
    article: str
    events: list[str] = Field(description="event ids, by time")

    @classmethod
    def of(cls, point: Point) -> PointOut:
        """One point."""
        return cls(
            index=point.index, agency=point.agency, role=point.role, sector=point.sector or None,
            month=point.month, basis=point.basis, outcome=point.outcome, points=point.points,
            reason=point.reason, article=point.article, events=list(point.events),
        )  # fmt: skip


class EntityOut(BaseModel):
    """An entity with its point for the index."""

    kind: str
    id: str
    point: PointOut


class EntitiesOut(BaseModel):
    """A page of the entities behind an index, in the order of kind and id."""

    agency: str
    index: int
    asked: Asked
    items: list[EntityOut]
    next_cursor: str | None = Field(description="ask again with it for the next page; null: last")
    freshness: Freshness


@router.get("/evaluations/{agency}/{period}/indices/{index}/entities")
async def entities(
    *,
    scoring: ScoringOf,
    wish: WishOf,
    agency: AgencyPath,
    period: PeriodPath,
    index: Index,
    outcome: Annotated[str | None, Query(max_length=200, description="as in the counts")] = None,
    points: Annotated[int | None, Query(ge=0, le=2, description="only these points")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> EntitiesOut:
    """What stands behind an index: each entity's outcome, points, reason, article and events."""
    after = _after(cursor)
    question = wish.question(period)
    freshness = await scoring.freshness.read()
    await known_agency(scoring.pool, agency)
    sought = Sought(agency, index, question, outcome, points)
    found: list[Found] = []
    async for one in behind(scoring.pool, sought, after):
        if len(found) >= limit and one.entity != found[-1].entity:
            break
        found.append(one)
    else:
        one = None
    return EntitiesOut(
        agency=agency,
        index=index,
        asked=Asked.of(question),
        items=[EntityOut(kind=f.entity.kind, id=f.entity.id, point=PointOut.of(f.point))
               for f in found],
        next_cursor=_cursor(found[-1].entity) if one is not None and found else None,
        freshness=freshness,
    )  # fmt: skip


def _cursor(last: Entity) -> str:
    return f"{last.kind}/{last.id}"


def _after(cursor: str | None) -> Entity:
    if cursor is None:
        return START
    kind, slash, id_ = cursor.partition("/")
    if not slash or kind not in KINDS or "\x00" in id_:
        raise not_valid("cursor", "Take the cursor from next_cursor of the page before.")
    return Entity(kind, id_)
