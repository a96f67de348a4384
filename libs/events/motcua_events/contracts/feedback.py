"""Ratings, complaints about a dossier's handling, feedback (PAKN) and assessments."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ._base import Code, Deadline, EventData, Instant, Name, Reason, Value
from .dossiers import IntakeStamp

PeriodId = Annotated[str, Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$")]
"""A month ``2020-03``, a quarter ``2020-Q1`` or a year ``2020``."""

ReportedTime = Literal["shorter", "equal", "longer"]
ReportedContacts = Literal["none", "one", "several"]
ReportedBodies = Literal["none", "one_stop_only", "several"]
ReportedAttitude = Literal["early_no_complaint", "on_time_no_complaint", "complaint"]
About = Literal["conduct", "regulation", "other"]
Tenths = Annotated[int, Field(ge=0, le=20)]


class Reported(Value):
    """What a form asks about indices 1, 3, 4 and 7; None where it does not ask."""

    total_time: ReportedTime | None = None
    contacts: ReportedContacts | None = None
    bodies: ReportedBodies | None = None
    attitude: ReportedAttitude | None = None


class RatingSubmitted(EventData):
    """A satisfaction answer: the scale's id and the raw answer, never converted."""

    TYPE: ClassVar[str] = "rating.submitted.v1"
    TOPIC: ClassVar[str | None] = "feedback.dossiers"
    KIND: ClassVar[str] = "rating"
    ENTITY: ClassVar[str] = "rating"

    rating: Code
    agency: Code
    dossier: Code | None = None
    scale: Code
    answer: Name
    reported: Reported | None = None
    via: Literal["tablet", "paper", "online"] = "tablet"
    submitted_at: Instant

    @property
    def key(self) -> str:
        return self.dossier or self.rating


class RatingWithdrawn(EventData):
    """A rating no longer stands for this dossier (or for none): a correction moved it elsewhere."""

    TYPE: ClassVar[str] = "rating.withdrawn.v1"
    TOPIC: ClassVar[str | None] = "feedback.dossiers"
    KIND: ClassVar[str] = "rating"
    ENTITY: ClassVar[str] = "rating"

    rating: Code
    dossier: Code | None = None
    withdrawn_at: Instant

    @property
    def key(self) -> str:
        return self.dossier or self.rating


class ScaleDefined(EventData):
    """The answers a rating scale offers, in order, and which of them are negative."""

    TYPE: ClassVar[str] = "scale.defined.v1"
    TOPIC: ClassVar[str | None] = "feedback.assessments"
    KIND: ClassVar[str] = "scale"
    ENTITY: ClassVar[str] = "scale"

    scale: Code
    answers: Annotated[tuple[Name, ...], Field(min_length=2)]
    satisfied: tuple[Name, ...] = ()
    negative: tuple[Name, ...] = ()


class ComplaintRaised(EventData):
    """Feedback about conduct in one dossier: harassment, trouble, law not or wrongly applied."""

    TYPE: ClassVar[str] = "complaint.raised.v1"
    TOPIC: ClassVar[str | None] = "feedback.dossiers"
    KIND: ClassVar[str] = "dossier"
    ENTITY: ClassVar[str] = "dossier"

    dossier: Code
    feedback: Code
    raised_at: Instant


class ComplaintDismissed(EventData):
    """The competent body found a dossier's complaint wrong or slanderous: it no longer counts."""

    TYPE: ClassVar[str] = "complaint.dismissed.v1"
    TOPIC: ClassVar[str | None] = "feedback.dossiers"
    KIND: ClassVar[str] = "dossier"
    ENTITY: ClassVar[str] = "dossier"

    dossier: Code
    feedback: Code
    concluded_at: Instant


class SectorNoted(EventData):
    """Feedback took note of the sector of intake's dossier. Stays inside feedback.

    ``stamp`` names the intake event that said so; ``sector`` is None while intake has none.
    """

    TYPE: ClassVar[str] = "sector.noted.v1"
    TOPIC: ClassVar[str | None] = None
    KIND: ClassVar[str] = "dossier"
    ENTITY: ClassVar[str] = "dossier"

    dossier: Code
    sector: Code | None = None
    stamp: IntakeStamp


class SectorAwaited(EventData):
    """A filing that names no sector takes the dossier's from now on. Stays inside feedback."""

    TYPE: ClassVar[str] = "sector.awaited.v1"
    TOPIC: ClassVar[str | None] = None
    KIND: ClassVar[str] = "dossier"
    ENTITY: ClassVar[str] = "dossier"

    dossier: Code
    feedback: Code


class FeedbackEvent(EventData):
    """Base of the events of one piece of feedback."""

    TOPIC: ClassVar[str | None] = "feedback.feedback"
    KIND: ClassVar[str] = "feedback"
    ENTITY: ClassVar[str] = "feedback"

    feedback: Code


class FeedbackFiled(FeedbackEvent):
    """Feedback addressed to an agency, with the day its answer is due.

    ``sector_of_dossier`` says that the filing named no sector and ``sector`` is its dossier's.
    """

    TYPE: ClassVar[str] = "feedback.filed.v1"

    agency: Code
    dossier: Code | None = None
    sector: Code | None = None
    sector_of_dossier: bool = False
    about: About = "other"
    filed_at: Instant
    deadline: Deadline


class FeedbackAnswered(FeedbackEvent):
    """The agency answered."""

    TYPE: ClassVar[str] = "feedback.answered.v1"

    answered_at: Instant


class FeedbackProlonged(FeedbackEvent):
    """The matter was prolonged: index 8 of the period cannot exceed 0."""

    TYPE: ClassVar[str] = "feedback.prolonged.v1"

    prolonged_at: Instant
    reason: Reason | None = None


class FeedbackDismissed(FeedbackEvent):
    """The competent body concluded that the feedback is wrong or slanderous."""

    TYPE: ClassVar[str] = "feedback.dismissed.v1"

    concluded_at: Instant
    conclusion: Literal["wrong", "slanderous"]
    by: Code | None = None


class FeedbackDeadlinePassed(FeedbackEvent):
    """The answer's due date passed without an answer."""

    TYPE: ClassVar[str] = "feedback.deadline_passed.v1"

    deadline: Deadline


class AssessmentRecorded(EventData):
    """A self-score or an appraisal: shown beside the computed score, never instead of it.

    ``scores`` maps an index (1 to 9) to tenths of a point.
    """

    TYPE: ClassVar[str] = "assessment.recorded.v1"
    TOPIC: ClassVar[str | None] = "feedback.assessments"
    KIND: ClassVar[str] = "assessment"
    ENTITY: ClassVar[str] = "assessment"

    assessment: Code
    agency: Code
    period: PeriodId
    kind: Literal["self_score", "appraisal"]
    scores: dict[Annotated[int, Field(ge=1, le=9)], Tenths]
    by: Code
    assessed_at: Instant
    note: Reason | None = None

    @property
    def key(self) -> str:
        return self.agency
