"""The entities behind an index: who got which points, and why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

from motcua_events import Connection, Pool

from ._sql import sql
from .answers import Question
from .facts import Entity, Facts, from_json
from .measures import INDEX_OF, Contributions, contributions
from .reasons import Point, points_of

LISTED = (5, 6)
"""Indices that look at the procedure list only; 9 looks at the list and at dossiers."""

PAGE = 200

START = Entity("", "")

_MEASURES = {index: measure for measure, index in INDEX_OF.items()}
_ROLES = {2: "participating", 8: "addressed"}


@dataclass(frozen=True, slots=True)
class Found:
    """An entity with one of its points."""

    entity: Entity
    point: Point


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entities are asked for: behind an index of an agency, with an outcome or points."""

    agency: str
    index: int
    question: Question
    outcome: str | None = None
    points: int | None = None

    @property
    def bases(self) -> tuple[str, ...]:
        """The bases that count."""
        return ("settled", "open") if self.question.basis == "live" else ("settled",)

    @property
    def role(self) -> str:
        """The agency's role in entities of the index, procedure lists aside."""
        return _ROLES.get(self.index, self.question.role)

    def wants(self, point: Point, contributed: Contributions) -> bool:
        """Whether a point of an entity is one of those asked for."""
        return (
            point.index == self.index
            and point.agency == self.agency
            and self.question.sector in (None, point.sector)
            and self.outcome in (None, point.outcome)
            and self.points in (None, point.points)
            and (
                _stands(point, contributed, self.question.period.last_month)
                if point.basis == "running"
                else self._counts(point)
            )
        )

    def _counts(self, point: Point) -> bool:
        in_period = self.question.period.has_month(point.month)
        return point.role == self.role and point.basis in self.bases and in_period


async def behind(
    db: Connection | Pool, sought: Sought, after: Entity = START
) -> AsyncIterator[Found]:
    """The entities behind an index, in the order of kind and id, after the given one."""
    while True:
        page = await _page(db, sought, after)
        for entity, facts in page:
            contributed = contributions(entity, facts)
            for point in points_of(entity, facts, sought.question.rulebook):
                if sought.wants(point, contributed):
                    yield Found(entity, point)
        if len(page) < PAGE:
            return
        after = page[-1][0]
        await asyncio.sleep(0)


async def facts_of(db: Connection | Pool, entity: Entity) -> tuple[Facts, str] | None:
    """An entity's facts and its arrivals in JSON, or None for an unknown one."""
    row = await db.fetchrow(sql("entity"), *entity)
    return None if row is None else (from_json(row["facts"]), row["arrivals"])


async def _page(db: Connection | Pool, sought: Sought, after: Entity) -> list[tuple[Entity, Facts]]:
    period = sought.question.period
    rows = await db.fetch(
        sql("candidates"),
        sought.agency, period.first_month, period.last_month, sought.question.sector,
        *map(list, zip(*_ways(sought), strict=True)), PAGE, sought.index in (*LISTED, 9), *after,
    )  # fmt: skip
    return [(Entity(row["kind"], row["id"]), from_json(row["facts"])) for row in rows]


def _ways(sought: Sought) -> list[tuple[str, str, str]]:
    """The roles, bases and measures that may bring an entity behind the index."""
    listed = [("listing", "running", "listing")] if sought.index in (*LISTED, 9) else []
    if sought.index in LISTED:
        return listed
    measure = _MEASURES[sought.index]
    return [*listed, *((sought.role, basis, measure) for basis in sought.bases)]


def _stands(point: Point, contributed: Contributions, until: date) -> bool:
    """Whether a lasting state is the one at the end of a period: begun, and not ended since."""
    same = [
        (m.month, n)
        for m, n in contributed.items()
        if m.basis == "running" and m.agency == point.agency and m.outcome == point.outcome
        and m.measure == "listing" and m.month <= until
    ]  # fmt: skip
    begun = [month for month, n in same if n > 0]
    return sum(n for _, n in same) > 0 and point.month == max(begun)
