"""What feedback can be told: one class per command, named by ``do``. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from motcua_events.contracts import (
    About,
    Code,
    IntakeStamp,
    Name,
    PeriodId,
    Reason,
    Reported,
)
from motcua_service.decider import Command
from motcua_service.fields import InstantField, LimitField, misplaced

Tenths = Annotated[int, Field(ge=0, le=20)]
Index = Annotated[int, Field(ge=1, le=9)]


class SubmitRating(Command):
    """A satisfaction answer on a form: the scale's id and the raw answer as given.

    A scale not defined yet is accepted; an answer that a defined scale does not offer is refused.
    Sent again with other content it replaces the former record.
    """

    do: Literal["submit_rating"] = "submit_rating"
    rating: Code
    agency: Code
    dossier: Code | None = None
    scale: Code
    answer: Name
    reported: Reported | None = None
    via: Literal["tablet", "paper", "online"] = "tablet"
    submitted_at: InstantField


class DefineScale(Command):
    """The answers a rating scale offers, in order; which of them say satisfied, which negative."""

    do: Literal["define_scale"] = "define_scale"
    scale: Code
    answers: Annotated[tuple[Name, ...], Field(min_length=2, max_length=100)]
    satisfied: tuple[Name, ...] = ()
    negative: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> DefineScale:
        offered, satisfied, negative = set(self.answers), set(self.satisfied), set(self.negative)
        if len(offered) < len(self.answers):
            raise misplaced("answers", "names one answer twice: name each once")
        for field, named in (("satisfied", satisfied), ("negative", negative)):
            if not named <= offered:
                raise misplaced(field, "may name only answers of the scale")
        if satisfied & negative:
            raise misplaced("negative", "names an answer that satisfied names too: choose one")
        return self


class FileFeedback(Command):
    """Feedback addressed to an agency; with ``about`` conduct and a dossier also a complaint.

    Without ``sector`` it counts in the dossier's, as soon as that is known.

    The answer is due at ``due_at``, or after ``limit`` by the agency's calendar, or after the
    service's default limit. Sent again with other content it corrects the former record.
    """

    do: Literal["file_feedback"] = "file_feedback"
    feedback: Code
    agency: Code
    dossier: Code | None = None
    sector: Code | None = None
    about: About = "other"
    filed_at: InstantField
    due_at: InstantField | None = None
    limit: LimitField | None = None

    @model_validator(mode="after")
    def _one_due_date(self) -> FileFeedback:
        if self.due_at is not None and self.limit is not None:
            raise misplaced("due_at", "give due_at or limit, not both")
        if self.due_at is not None and self.due_at < self.filed_at:
            raise misplaced("due_at", "must not be before filed_at")
        return self


class AnswerFeedback(Command):
    """The agency answered. Feedback not filed yet is accepted and waits for its filing."""

    do: Literal["answer_feedback"] = "answer_feedback"
    feedback: Code
    answered_at: InstantField


class ProlongFeedback(Command):
    """The matter was prolonged (index 8 of its period cannot exceed 0). The due date stays."""

    do: Literal["prolong_feedback"] = "prolong_feedback"
    feedback: Code
    prolonged_at: InstantField
    reason: Reason | None = None


class DismissFeedback(Command):
    """The competent body concluded that the feedback is wrong or slanderous."""

    do: Literal["dismiss_feedback"] = "dismiss_feedback"
    feedback: Code
    concluded_at: InstantField
    conclusion: Literal["wrong", "slanderous"]
    by: Code | None = None


class RecordAssessment(Command):
    """A self-score or an appraisal: tenths of a point (0 to 20) for some of the indices 1 to 9.

    It is shown beside the computed score, never instead of it.
    """

    do: Literal["record_assessment"] = "record_assessment"
    assessment: Code
    agency: Code
    period: PeriodId
    kind: Literal["self_score", "appraisal"]
    scores: Annotated[dict[Index, Tenths], Field(min_length=1)]
    by: Code
    assessed_at: InstantField
    note: Reason | None = None


class PassDeadline(Command):
    """Internal: the due date ``late_after`` of the feedback may have passed. Not over HTTP."""

    feedback: Code
    late_after: datetime


class NoteSector(Command):
    """Internal: what intake's event of that stamp says of a dossier's sector. Not over HTTP.

    ``named_by`` is the feedback known to name the dossier; what is missing is read later.
    """

    dossier: Code
    sector: Code | None
    stamp: IntakeStamp
    named_by: frozenset[Code] = frozenset()


Line = Annotated[
    SubmitRating
    | DefineScale
    | FileFeedback
    | AnswerFeedback
    | ProlongFeedback
    | DismissFeedback
    | RecordAssessment,
    Field(discriminator="do"),
]
"""A line of a bulk request."""
