"""GET /evaluations: ranked for a period, one of an agency, and how it changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from motcua_events import Connection, Pool
from motcua_events.contracts import AssessmentRecorded, Class, Code, Level
from motcua_service.problems import Problem

from . import evaluations
from ._sql import sql
from .answers import Agency, Question
from .api_models import (
    AgencyOut,
    Asked,
    AssessmentOut,
    EvaluationOut,
    IndexOut,
    LevelOut,
    RankingOut,
    ranked_out,
    total,
)
from .api_state import (
    AgencyPath,
    Cursor,
    Limit,
    PeriodPath,
    PeriodQuery,
    ScoringOf,
    WishOf,
    missing,
    not_valid,
)
from .ranking import Ranked, class_table, ranked

router = APIRouter(tags=["evaluations"])

_VOLUMES = ("received", "resolved", "returned", "closed", "waiting")


@router.get("/evaluations")
async def ranking(
    *,
    scoring: ScoringOf,
    wish: WishOf,
    period: PeriodQuery,
    level: Annotated[Level | None, Query()] = None,
    classification: Annotated[Class | None, Query(description="only this class")] = None,
    parent: Annotated[Code | None, Query(description="only agencies under this one")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> RankingOut:
    """Agencies ranked by their totals for a period, with the table of classes per level.

    Agencies of which nothing is known for the period are not ranked, nor are those that nobody has
    registered: they have no level, and are named apart.

    Ranks and table are taken over the level, parent and sector asked for; ``classification`` then
    only selects what is shown. Equal totals share a rank. ``counted`` says how many of the nine
    indices had enough information.
    """
    after = _place(cursor)
    question = wish.question(period)
    freshness = await scoring.freshness.read()
    found = await evaluations.of_all(scoring.pool, question, level=level, parent=parent)
    answers = [one for one in found if one.agency.registered]
    lines = [
        one
        for one in ranked(answers)
        if classification in (None, one.answer.evaluation.classification)
        and (after is None or one.place > after)
    ]
    page = lines[:limit]
    totals = await _assessed_totals(scoring.pool, page, question)
    classes = [each.name for each in question.rulebook.classes]
    return RankingOut(
        asked=Asked.of(question),
        agencies=len(answers),
        unregistered=[one.agency.code for one in found if one.agency.registered is None],
        levels=[LevelOut.of(each) for each in class_table(answers, classes)],
        items=[ranked_out(one, totals.get(one.answer.agency.code, {})) for one in page],
        next_cursor=_cursor(page[-1]) if len(lines) > limit else None,
        freshness=freshness,
    )


@router.get("/evaluations/{agency}/{period}")
async def evaluation(
    scoring: ScoringOf, wish: WishOf, agency: AgencyPath, period: PeriodPath
) -> EvaluationOut:
    """One agency's evaluation: nine scores with counts and reasons, total, class, freshness."""
    question = wish.question(period)
    one = await evaluations.one(scoring.pool, agency, question, scoring.freshness.consumer)
    if one is None:
        raise _unknown(agency)
    found = one.answer
    return EvaluationOut.model_validate({
        **AgencyOut.of(found.agency).model_dump(),
        **total(found),
        "asked": Asked.of(question),
        "indices": [IndexOut.of(each, question.rulebook) for each in found.evaluation.indices],
        "volumes": {name: dict(found.counts.get(name, {})) for name in _VOLUMES},
        "revision": one.revision,
        "published_at": one.published_at,
        "assessments": [AssessmentOut.of(each) for each in one.assessments],
        "freshness": scoring.freshness.of(one.positions, one.moved_at),
    })  # fmt: skip


async def known_agency(db: Connection | Pool, code: str) -> Agency:
    """An agency that is registered or has counts. Raises Problem (404)."""
    found = await evaluations.registered(db, code=code)
    if found:
        return found[0]
    if await db.fetchval("select exists (select from tallies where agency = $1)", code):
        return Agency(code)
    raise _unknown(code)


def _unknown(code: str) -> Problem:
    return missing("agency", f"No agency is registered as {code}, and no dossier names it.")


async def _assessments(
    db: Connection | Pool, agencies: Sequence[str], question: Question
) -> list[AssessmentRecorded]:
    rows = await db.fetch(sql("assessments"), list(agencies), question.period.id)
    return [AssessmentRecorded.model_validate_json(row["data"], extra="ignore") for row in rows]


async def _assessed_totals(
    db: Connection | Pool, page: Sequence[Ranked], question: Question
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for data in await _assessments(db, [one.answer.agency.code for one in page], question):
        found.setdefault(data.agency, {})[data.kind] = sum(data.scores.values()) / 10
    return found


def _cursor(last: Ranked) -> str:
    return f"{last.answer.evaluation.total_tenths}:{last.answer.agency.code}"


def _place(cursor: str | None) -> tuple[int, str] | None:
    if cursor is None:
        return None
    tenths, colon, agency = cursor.partition(":")
    if not colon or not agency or not (tenths.isascii() and tenths.isdigit()):
        raise not_valid("cursor", "Take the cursor from next_cursor of the page before.")
    return (-int(tenths), agency)
