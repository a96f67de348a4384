"""GET /rulebooks and POST /what-if: other rules on the same counts, in milliseconds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from motcua_events import Pool
from motcua_events.contracts import Class, Code, Level
from motcua_service.fields import misplaced
from motcua_service.problems import errors_of, invalid

from . import evaluations
from .answers import Answer, Question, again
from .api_models import AgencyOut, Asked, LevelOut
from .api_state import PERIOD, ScoringOf, missing, period_of, rulebook_of
from .evaluation import DossierRole, LiveBasis
from .freshness import Freshness
from .ranking import class_table, ranked
from .rulebook import Rulebook, variant
from .rulebook_texts import Text

router = APIRouter(tags=["rulebooks"])


class RulebookOut(BaseModel):
    """A rulebook in brief. ``in_force``: evaluations are made under it where it is valid."""

    id: str
    version: str
    title: Text
    legal_basis: str
    valid_from: date
    valid_to: date | None
    in_force: bool


class WhatIf(BaseModel):
    """Which rules to try: a rulebook in full, or changes to one that is known.

    ``changes`` has the shape of a rulebook and only the fields that differ, for example
    ``{"index_8": {"most_percent": 80}}``; lists are replaced as a whole.
    """

    model_config = ConfigDict(extra="forbid")

    period: Annotated[str, Field(description=PERIOD)]
    rulebook: dict[str, Any] | None = None
    base: Annotated[
        Code | None, Field(description="what to compare with; default: the one for the period")
    ] = None
    changes: dict[str, Any] | None = None
    basis: LiveBasis = "settled"
    role: DossierRole | None = None
    sector: Code | None = None
    level: Level | None = None
    parent: Code | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100

    @model_validator(mode="after")
    def _one_way(self) -> WhatIf:
        if (self.rulebook is None) == (self.changes is None):
            raise misplaced("changes", "give either rulebook (in full) or changes (to the base)")
        return self


class ComparedOut(AgencyOut):
    """One agency under both rulebooks."""

    rank: int
    total: float
    classification: Class
    counted: int
    tenths: list[int | None]
    base_rank: int
    base_total: float
    base_classification: Class
    base_tenths: list[int | None]


class WhatIfOut(BaseModel):
    """Agencies ranked under the rules tried, beside the base."""

    asked: Asked
    base: str
    agencies: int
    changed_total: int = Field(description="agencies whose total differs")
    changed_class: int = Field(description="agencies whose class differs")
    levels: list[LevelOut]
    base_levels: list[LevelOut]
    items: list[ComparedOut]
    freshness: Freshness


@router.get("/rulebooks")
async def rulebooks(scoring: ScoringOf) -> list[RulebookOut]:
    """Every rulebook that evaluations can be asked under."""
    books = scoring.rulebooks
    return [
        RulebookOut(
            id=book.id, version=book.version, title=book.title, legal_basis=book.legal_basis,
            valid_from=book.valid_from, valid_to=book.valid_to, in_force=book in books.in_force,
        )
        for _, book in sorted(books.known.items())
    ]  # fmt: skip


@router.get("/rulebooks/{rulebook}")
async def rulebook_in_full(
    scoring: ScoringOf, rulebook: Annotated[Code, Path(description="the rulebook's id")]
) -> Rulebook:
    """A rulebook with its points, thresholds, policies and texts."""
    found = scoring.rulebooks.known.get(rulebook)
    if found is None:
        raise missing("rulebook", "There is no such rulebook; see /rulebooks.")
    return found


@router.post("/what-if")
async def what_if(scoring: ScoringOf, wish: WhatIf) -> WhatIfOut:
    """The ranking of a period under other rules, beside the base. Nothing is stored."""
    period = period_of(wish.period)
    base = rulebook_of(scoring, wish.base, period, "base")
    tried = _tried(wish, base)
    question = Question(period, tried, wish.basis, wish.sector, wish.role)
    freshness = await scoring.freshness.read()
    answers = await evaluations.of_all(scoring.pool, question, level=wish.level, parent=wish.parent)
    before = await _before(scoring.pool, answers, question, replace(question, rulebook=base))
    items = _compared(answers, before)
    return WhatIfOut(
        asked=Asked.of(question),
        base=base.id,
        agencies=len(answers),
        changed_total=sum(each.total != each.base_total for each in items),
        changed_class=sum(each.classification != each.base_classification for each in items),
        levels=_levels(answers, tried),
        base_levels=_levels(before, base),
        items=items[: wish.limit],
        freshness=freshness,
    )


async def _before(
    db: Pool, answers: list[Answer], question: Question, base: Question
) -> list[Answer]:
    """The same agencies under the base: on the same counts, unless its role differs."""
    if base.role == question.role:
        return [again(each, base.rulebook) for each in answers]
    return await evaluations.answer(db, [each.agency for each in answers], base)


def _tried(wish: WhatIf, base: Rulebook) -> Rulebook:
    """The rules to try. Raises Problem (422) naming the fields at fault."""
    if wish.rulebook is not None:
        name, content = "rulebook", wish.rulebook
    else:
        changes = {"id": f"{base.id[:56]}-what-if", **(wish.changes or {})}
        name, content = "changes", variant(base.model_dump(mode="json"), changes)
    try:
        return Rulebook.model_validate(content)
    except ValidationError as error:
        errors = errors_of(error)
        for each in errors:
            each.field = f"{name}.{each.field}" if each.field else name
        raise invalid(errors, "The rules are not a valid rulebook.") from None


def _compared(answers: list[Answer], before: list[Answer]) -> list[ComparedOut]:
    base = {one.answer.agency.code: one for one in ranked(before)}
    return [
        ComparedOut(
            **AgencyOut.of(one.answer.agency).model_dump(),
            rank=one.rank,
            total=one.answer.evaluation.total_tenths / 10,
            classification=one.answer.evaluation.classification,
            counted=one.answer.evaluation.counted,
            tenths=[each.tenths for each in one.answer.evaluation.indices],
            base_rank=was.rank,
            base_total=was.answer.evaluation.total_tenths / 10,
            base_classification=was.answer.evaluation.classification,
            base_tenths=[each.tenths for each in was.answer.evaluation.indices],
        )
        for one in ranked(answers)
        for was in [base[one.answer.agency.code]]
    ]


def _levels(answers: list[Answer], book: Rulebook) -> list[LevelOut]:
    classes = [each.name for each in book.classes]
    return [LevelOut.of(each) for each in class_table(answers, classes)]
