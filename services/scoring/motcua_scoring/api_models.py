"""What the scoring service answers: evaluations, rankings, assessments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from motcua_events.contracts import AssessmentRecorded, Class, Level

from .answers import Agency, Answer, Question
from .evaluation import DossierRole, IndexResult, LiveBasis, OutcomePoints, Share
from .freshness import Freshness
from .index_names import INDEX_NAMES
from .ranking import LevelClasses, Ranked
from .rulebook import Rulebook
from .rulebook_texts import Text

Tenths = Annotated[int, Field(ge=0, le=20, description="tenths of a point")]
Points = Annotated[int, Field(ge=0, le=2)]


class RulebookName(BaseModel):
    """The rulebook of an answer. It may be asked for, or fallen back on, where it is not valid."""

    id: str
    version: str
    valid_for_period: bool = Field(description="whether it was valid on the period's last day")

    @classmethod
    def of(cls, question: Question) -> RulebookName:
        """The question's rulebook."""
        book = question.rulebook
        valid = book.is_valid_on(question.period.last_day)
        return cls(id=book.id, version=book.version, valid_for_period=valid)


class AgencyOut(BaseModel):
    """An agency. Without name and level: it has counts, but nobody has registered it."""

    agency: str
    name: str | None
    level: Level | None
    parent: str | None

    @classmethod
    def of(cls, agency: Agency) -> AgencyOut:
        """The agency as it is registered now."""
        data = agency.registered
        if data is None:
            return cls(agency=agency.code, name=None, level=None, parent=None)
        return cls(agency=agency.code, name=data.name, level=data.level, parent=data.parent)


class OutcomeOut(BaseModel):
    """How often an outcome occurred, and its points; null: it is no part of the average."""

    outcome: str
    n: int
    points: Points | None

    @classmethod
    def of(cls, found: OutcomePoints) -> OutcomeOut:
        """One outcome."""
        return cls(outcome=found.outcome, n=found.n, points=found.points)


class ShareOut(BaseModel):
    """A share the rule looks at, and the percentage needed (null: more than none)."""

    name: str
    part: int
    whole: int
    needed_percent: int | None
    met: bool | None

    @classmethod
    def of(cls, share: Share) -> ShareOut:
        """One share."""
        return cls(
            name=share.name, part=share.part, whole=share.whole,
            needed_percent=share.needed_percent, met=share.met,
        )  # fmt: skip


class IndexOut(BaseModel):
    """One index: its score and why. Score and tenths are null without enough information."""

    index: Annotated[int, Field(ge=1, le=9)]
    name: Text
    tenths: Tenths | None
    score: float | None
    rule: str
    reason: Text
    article: str
    points: int = Field(description="the sum of the dossiers' points, for an average")
    dossiers: int = Field(description="the number of dossiers it was divided by, for an average")
    outcomes: list[OutcomeOut]
    shares: list[ShareOut]
    counts: dict[str, int]

    @classmethod
    def of(cls, found: IndexResult, rulebook: Rulebook) -> IndexOut:
        """One index result under its rulebook."""
        return cls(
            index=found.index,
            name=INDEX_NAMES[found.index],
            tenths=found.tenths,
            score=points(found.tenths),
            rule=found.why.rule,
            reason=rulebook.text(found.index, found.why.rule),
            article=rulebook.article(found.index),
            points=found.why.points,
            dossiers=found.why.dossiers,
            outcomes=[OutcomeOut.of(each) for each in found.why.outcomes],
            shares=[ShareOut.of(each) for each in found.why.shares],
            counts=dict(found.counts),
        )


class Total(BaseModel):
    """The nine scores together: the total of those counted, and the class it falls into."""

    total_tenths: Annotated[int, Field(ge=0, le=180)]
    total: float
    classification: Class
    counted: Annotated[int, Field(ge=0, le=9, description="of nine indices")]
    insufficient: list[int] = Field(description="indices without enough information")


class AssessmentOut(BaseModel):
    """A self-score or an appraisal, shown beside the computed scores and never part of them."""

    kind: str
    by: str
    assessed_at: datetime
    scores: dict[int, float] = Field(description="points by index")
    total: float
    note: str | None

    @classmethod
    def of(cls, data: AssessmentRecorded) -> AssessmentOut:
        """One assessment."""
        scores = {index: tenths / 10 for index, tenths in sorted(data.scores.items())}
        return cls(
            kind=data.kind, by=data.by, assessed_at=data.assessed_at, scores=scores,
            total=sum(data.scores.values()) / 10, note=data.note,
        )  # fmt: skip


class Asked(BaseModel):
    """What was asked, as it was understood."""

    period: str
    basis: LiveBasis
    role: DossierRole
    sector: str | None
    rulebook: RulebookName

    @classmethod
    def of(cls, question: Question) -> Asked:
        """The question as it was understood."""
        return cls(
            period=question.period.id, basis=question.basis, role=question.role,
            sector=question.sector, rulebook=RulebookName.of(question),
        )  # fmt: skip


class EvaluationOut(AgencyOut, Total):
    """One evaluation with all that explains it."""

    asked: Asked
    indices: list[IndexOut]
    volumes: dict[str, dict[str, int]] = Field(
        description="dossiers received, resolved, returned, closed and waiting, by channel or kind"
    )
    revision: int | None = Field(description="latest published revision; null: none was published")
    published_at: datetime | None
    assessments: list[AssessmentOut]
    freshness: Freshness


class RankedOut(AgencyOut, Total):
    """One line of a ranking. Equal totals share a rank."""

    rank: Annotated[int, Field(ge=1)]
    tenths: list[Tenths | None] = Field(description="the nine index scores, null: not counted")
    assessments: dict[str, float] = Field(description="totals of self-score and appraisal, if any")


class LevelOut(BaseModel):
    """How many agencies of a level are in each class."""

    level: Level
    agencies: int
    classes: dict[Class, int]

    @classmethod
    def of(cls, found: LevelClasses) -> LevelOut:
        """One level."""
        return cls(level=found.level, agencies=found.agencies, classes=found.classes)


class RankingOut(BaseModel):
    """A page of a ranking, and the table of classes over all that was ranked."""

    asked: Asked
    agencies: int = Field(description="agencies ranked, before filtering by class")
    unregistered: list[str] = Field(
        description="agencies with events in the period that nobody has registered: not ranked"
    )
    levels: list[LevelOut]
    items: list[RankedOut]
    next_cursor: str | None = Field(description="ask again with it for the next page; null: last")
    freshness: Freshness


def points(tenths: int | None) -> float | None:
    """Points with one decimal: 18 tenths are 1.8."""
    return None if tenths is None else tenths / 10


def total(answer: Answer) -> dict[str, object]:
    """An answer's fields of ``Total``."""
    found = answer.evaluation
    return {
        "total_tenths": found.total_tenths,
        "total": found.total_tenths / 10,
        "classification": found.classification,
        "counted": found.counted,
        "insufficient": list(found.insufficient),
    }


def ranked_out(one: Ranked, assessments: dict[str, float]) -> RankedOut:
    """One line of a ranking."""
    return RankedOut.model_validate({
        **AgencyOut.of(one.answer.agency).model_dump(),
        **total(one.answer),
        "rank": one.rank,
        "tenths": [each.tenths for each in one.answer.evaluation.indices],
        "assessments": assessments,
    })  # fmt: skip
