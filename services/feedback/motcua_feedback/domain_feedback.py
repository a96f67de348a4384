"""One piece of feedback (PAKN): filed, answered, prolonged, dismissed, its due date passed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from motcua_events.contracts import (
    ComplaintRaised,
    Deadline,
    FeedbackAnswered,
    FeedbackDeadlinePassed,
    FeedbackDismissed,
    FeedbackFiled,
    FeedbackProlonged,
    Limit,
    SectorAwaited,
)
from motcua_events.event import Change, Event
from motcua_service.decider import Refusal, happened, record
from motcua_worktime import Calendars, OutOfRange, day_of, due, given

from .commands import (
    AnswerFeedback,
    DismissFeedback,
    FileFeedback,
    PassDeadline,
    ProlongFeedback,
)
from .domain_complaints import dismiss_complaint, raise_complaint, refuse_return
from .domain_dossier import Dossier, takes_sector


@dataclass(frozen=True, slots=True)
class Context:
    """What decisions need beside the streams.

    ``default_limit`` is when an answer is due if the filing does not say.
    """

    now: datetime
    calendars: Calendars
    default_limit: Limit


@dataclass(frozen=True, slots=True)
class Feedback:
    """The last event of each kind; None where there is none yet, in whatever order they came."""

    filed: Event | None = None
    answered: Event | None = None
    prolonged: Event | None = None
    dismissed: Event | None = None
    passed: Event | None = None

    def evolve(self, event: Event) -> Feedback:
        """The feedback after one more event."""
        match event.data:
            case FeedbackFiled():
                return replace(self, filed=event)
            case FeedbackAnswered():
                return replace(self, answered=event)
            case FeedbackProlonged():
                return replace(self, prolonged=event)
            case FeedbackDismissed():
                return replace(self, dismissed=event)
            case FeedbackDeadlinePassed():
                return replace(self, passed=event)
            case _:
                return self

    @property
    def filing(self) -> FeedbackFiled | None:
        """The filing as it stands."""
        return cast("FeedbackFiled", self.filed.data) if self.filed else None

    @property
    def deadline(self) -> Deadline | None:
        """When the answer is due; None before the filing is known."""
        return self.filing.deadline if self.filing else None

    @property
    def complaint_about(self) -> str | None:
        """The dossier whose handling it complains about, if any."""
        return _complaint_about(self.filing) if self.filing else None

    @property
    def is_open(self) -> bool:
        """True while an answer is owed and the due date is not recorded as passed."""
        if self.deadline is None or self.answered or self.dismissed:
            return False
        if self.passed is None:
            return True
        passed = cast("FeedbackDeadlinePassed", self.passed.data)
        return passed.deadline.late_after < self.deadline.late_after


States = Mapping[str, Any]


def streams(command: Any) -> Collection[str]:
    """The feedback's stream, and that of the dossier it names."""
    own = f"feedback/{command.feedback}"
    dossier = command.dossier if isinstance(command, FileFeedback) else None
    return (own, f"dossier/{dossier}") if dossier else (own,)


def file(states: States, command: FileFeedback, context: Context) -> list[Change]:
    """File feedback, or correct its filing; keep the dossier's complaints in line.

    Without a sector of its own it takes the dossier's, now if it is known, or later.
    """
    happened("filed_at", command.filed_at, context.now)
    feedback = _feedback(states, command.feedback)
    if feedback.answered:
        answered = cast("FeedbackAnswered", feedback.answered.data).answered_at
        _in_order("filed_at", command.filed_at, answered)
    data = _filing(states, command, context)
    filed = record(feedback.filed, data, command.filed_at, context.now)
    complaints = _complaint_changes(states, feedback, data, context.now)
    return filed + complaints + _awaited(feedback.filing, filed, complaints)


def answer(states: States, command: AnswerFeedback, context: Context) -> list[Change]:
    """Record the agency's answer."""
    happened("answered_at", command.answered_at, context.now)
    feedback = _feedback(states, command.feedback)
    if feedback.filing:
        _in_order("answered_at", feedback.filing.filed_at, command.answered_at)
    data = FeedbackAnswered(feedback=command.feedback, answered_at=command.answered_at)
    return record(feedback.answered, data, command.answered_at, context.now)


def prolong(states: States, command: ProlongFeedback, context: Context) -> list[Change]:
    """Record that the matter was prolonged."""
    happened("prolonged_at", command.prolonged_at, context.now)
    data = FeedbackProlonged(
        feedback=command.feedback, prolonged_at=command.prolonged_at, reason=command.reason
    )
    previous = _feedback(states, command.feedback).prolonged
    return record(previous, data, command.prolonged_at, context.now)


def dismiss(states: States, command: DismissFeedback, context: Context) -> list[Change]:
    """Record the conclusion against the feedback; its complaint no longer counts."""
    at, now = command.concluded_at, context.now
    happened("concluded_at", at, now)
    feedback = _feedback(states, command.feedback)
    data = FeedbackDismissed(
        feedback=command.feedback, concluded_at=at, conclusion=command.conclusion, by=command.by
    )
    changes = record(feedback.dismissed, data, at, now)
    dossier = feedback.complaint_about
    if dossier is not None:
        complaints = _dossier(states, dossier)
        changes += dismiss_complaint(complaints, dossier, command.feedback, at, now)
    return changes


def pass_deadline(states: States, command: PassDeadline, context: Context) -> list[Change]:
    """Record that the due date passed, if it is still the due date and still open."""
    feedback = _feedback(states, command.feedback)
    deadline = feedback.deadline
    if deadline is None or not feedback.is_open or context.now <= deadline.late_after:
        return []
    data = FeedbackDeadlinePassed(feedback=command.feedback, deadline=deadline)
    return [Change(data, deadline.late_after)]


def _filing(states: States, command: FileFeedback, context: Context) -> FeedbackFiled:
    sector = command.sector
    if sector is None and command.dossier is not None:
        sector = _dossier(states, command.dossier).sector
    return FeedbackFiled(
        feedback=command.feedback, agency=command.agency, dossier=command.dossier,
        sector=sector, sector_of_dossier=sector != command.sector, about=command.about,
        filed_at=command.filed_at, deadline=_deadline(command, context),
    )  # fmt: skip


def _awaited(
    former: FeedbackFiled | None, filed: Sequence[Change], complaints: Sequence[Change]
) -> list[Change]:
    """What a filing that begins to take its dossier's sector leaves in the dossier's stream.

    A complaint raised there does as well: of this and a note of the sector made at the same
    moment the later one conflicts, and sees the other.
    """
    if not filed or any(isinstance(each.data, ComplaintRaised) for each in complaints):
        return []
    data = cast("FeedbackFiled", filed[0].data)
    dossier = data.dossier
    if dossier is None or not takes_sector(data, dossier) or takes_sector(former, dossier):
        return []
    return [Change(SectorAwaited(dossier=dossier, feedback=data.feedback), filed[0].time)]


def _complaint_changes(
    states: States, feedback: Feedback, data: FeedbackFiled, now: datetime
) -> list[Change]:
    changes: list[Change] = []
    before, after = feedback.complaint_about, _complaint_about(data)
    if before is not None and before != after:
        complaints = _dossier(states, before)
        changes += dismiss_complaint(complaints, before, data.feedback, now, now)
    if after is not None:
        changes += _complain(_dossier(states, after), feedback, data, after, now)
    return changes


def _complain(
    complaints: Dossier, feedback: Feedback, data: FeedbackFiled, dossier: str, now: datetime
) -> list[Change]:
    if feedback.dismissed is None:
        refuse_return(complaints, dossier, data.feedback)
    changes = raise_complaint(complaints, dossier, data.feedback, data.filed_at, now)
    if feedback.dismissed is not None:
        concluded = cast("FeedbackDismissed", feedback.dismissed.data).concluded_at
        changes += dismiss_complaint(complaints, dossier, data.feedback, concluded, now)
    return changes


def _complaint_about(data: FeedbackFiled) -> str | None:
    return data.dossier if data.about == "conduct" else None


def _deadline(command: FileFeedback, context: Context) -> Deadline:
    calendar = context.calendars.of(command.agency)
    known_on = day_of(command.filed_at)
    limit = command.limit.limit() if command.limit else context.default_limit
    try:
        if command.due_at is not None:
            return given(command.due_at, "WORKING_DAY", calendar, known_on)
        return due(command.filed_at, limit, calendar, known_on)
    except OutOfRange as error:
        field = "due_at" if command.due_at else "filed_at"
        raise Refusal(
            "The due date cannot be computed", str(error), field=field, status=422
        ) from None


def _in_order(field: str, filed_at: datetime, answered_at: datetime) -> None:
    if answered_at < filed_at:
        raise Refusal(
            "Answered before it was filed",
            f"filed_at is {filed_at.isoformat()}, answered_at {answered_at.isoformat()}:"
            f" correct {field}.",
            field=field,
            status=422,
        )


def _feedback(states: States, feedback: str) -> Feedback:
    return cast("Feedback", states[f"feedback/{feedback}"])


def _dossier(states: States, dossier: str) -> Dossier:
    return cast("Dossier", states[f"dossier/{dossier}"])
