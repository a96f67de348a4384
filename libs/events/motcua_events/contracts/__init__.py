"""The event contracts: one class per versioned event type, and the topics that carry them."""

from __future__ import annotations

from . import catalogue, dossiers, evaluations, feedback, workflow
from ._base import Code, Deadline, EventData, Instant, Limit, LimitUnit, Name, Reason, Value
from .catalogue import (
    AgencyRegistered,
    CalendarDayOverridden,
    CalendarDefined,
    Level,
    ListingChanged,
    ProcedureRegistered,
    Session,
)
from .dossiers import (
    Channel,
    ContactCorrected,
    ContactMade,
    DossierCorrected,
    DossierReceived,
    DossierRefused,
    DossierReopened,
    DossierRestarted,
    DossierStopped,
    DossierWithdrawn,
    Fault,
    IntakeStamp,
    Place,
)
from .evaluations import EVALUATION_CHANGED, Class, EvaluationChanged, IndexScore, Scores
from .feedback import (
    About,
    AssessmentRecorded,
    ComplaintDismissed,
    ComplaintRaised,
    FeedbackAnswered,
    FeedbackDeadlinePassed,
    FeedbackDismissed,
    FeedbackFiled,
    FeedbackProlonged,
    PeriodId,
    RatingSubmitted,
    RatingWithdrawn,
    Reported,
    ScaleDefined,
    SectorAwaited,
    SectorNoted,
)
from .workflow import (
    DeadlineMoved,
    DeadlinePassed,
    DossierExtended,
    DossierNoted,
    DossierPaused,
    DossierResolved,
    DossierResumed,
    NotedPart,
    PauseReason,
    ResultReturned,
    StepCompleted,
    StepStarted,
)


def _types() -> dict[str, type[EventData]]:
    found: dict[str, type[EventData]] = {}
    for module in (catalogue, dossiers, workflow, feedback, evaluations):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, EventData) and "TYPE" in vars(value):
                found[value.TYPE] = value
    return found


BY_TYPE: dict[str, type[EventData]] = _types()
"""Every contract by its CloudEvents type."""

DOSSIER_TOPICS = ("intake.dossiers", "workflow.dossiers", "feedback.dossiers")
"""Topics keyed by dossier: equal partition counts, so one dossier's events meet in one consumer."""

SCORING_TOPICS = (*DOSSIER_TOPICS, "intake.catalogue", "feedback.feedback", "feedback.assessments")
COMPACTED_TOPICS = (EVALUATION_CHANGED,)

__all__ = [
    "BY_TYPE",
    "COMPACTED_TOPICS",
    "DOSSIER_TOPICS",
    "EVALUATION_CHANGED",
    "SCORING_TOPICS",
    "About",
    "AgencyRegistered",
    "AssessmentRecorded",
    "CalendarDayOverridden",
    "CalendarDefined",
    "Channel",
    "Class",
    "Code",
    "ComplaintDismissed",
    "ComplaintRaised",
    "ContactCorrected",
    "ContactMade",
    "Deadline",
    "DeadlineMoved",
    "DeadlinePassed",
    "DossierCorrected",
    "DossierExtended",
    "DossierNoted",
    "DossierPaused",
    "DossierReceived",
    "DossierRefused",
    "DossierReopened",
    "DossierResolved",
    "DossierRestarted",
    "DossierResumed",
    "DossierStopped",
    "DossierWithdrawn",
    "EvaluationChanged",
    "EventData",
    "Fault",
    "FeedbackAnswered",
    "FeedbackDeadlinePassed",
    "FeedbackDismissed",
    "FeedbackFiled",
    "FeedbackProlonged",
    "IndexScore",
    "Instant",
    "IntakeStamp",
    "Level",
    "Limit",
    "LimitUnit",
    "ListingChanged",
    "Name",
    "NotedPart",
    "PauseReason",
    "PeriodId",
    "Place",
    "ProcedureRegistered",
    "RatingSubmitted",
    "RatingWithdrawn",
    "Reason",
    "Reported",
    "ResultReturned",
    "ScaleDefined",
    "Scores",
    "SectorAwaited",
    "SectorNoted",
    "Session",
    "StepCompleted",
    "StepStarted",
    "Value",
]
