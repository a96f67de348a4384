"""What workflow knows of a dossier: steps, pauses, extension, resolution, and deadlines."""

from __future__ import annotations

from typing import ClassVar, Literal

from ._base import Code, Deadline, EventData, Instant, Limit
from .dossiers import IntakeStamp

PauseReason = Literal["supplement", "financial_duty", "other_legal"]
NotedPart = Literal["reception", "base", "restart", "ending"]


class WorkflowDossierEvent(EventData):
    """Base of workflow's dossier events."""

    TOPIC: ClassVar[str | None] = "workflow.dossiers"
    KIND: ClassVar[str] = "dossier"
    ENTITY: ClassVar[str] = "dossier"

    dossier: Code


class DossierNoted(WorkflowDossierEvent):
    """Workflow took note of intake's current record of the dossier. Stays inside workflow.

    ``stamps`` names, for each part of the record, the intake event it came from, so that events of
    intake that arrive twice or out of order change nothing they should not: ``reception`` (received
    or corrected), ``base`` (what set the deadline), ``restart``, ``ending`` (closed or reopened).
    """

    TYPE: ClassVar[str] = "dossier.noted.v1"
    TOPIC: ClassVar[str | None] = None

    resolving: Code | None = None
    received_at: Instant | None = None
    restarted_at: Instant | None = None
    deadline: Deadline | None = None
    closed: bool = False
    stamps: dict[NotedPart, IntakeStamp]


class StepStarted(WorkflowDossierEvent):
    """An agency began its part; sent again with other content it replaces the former record."""

    TYPE: ClassVar[str] = "step.started.v1"

    step: Code
    agency: Code
    started_at: Instant
    limit: Limit | None = None
    deadline: Deadline | None = None


class StepCompleted(WorkflowDossierEvent):
    """An agency completed its part."""

    TYPE: ClassVar[str] = "step.completed.v1"

    step: Code
    completed_at: Instant


class DossierPaused(WorkflowDossierEvent):
    """The clock stands still: waiting for a supplement, a financial duty, another legal reason."""

    TYPE: ClassVar[str] = "dossier.paused.v1"

    pause: Code
    paused_at: Instant
    reason: PauseReason


class DossierResumed(WorkflowDossierEvent):
    """The pause ended; its time is subtracted."""

    TYPE: ClassVar[str] = "dossier.resumed.v1"

    pause: Code
    resumed_at: Instant


class DossierExtended(WorkflowDossierEvent):
    """Apology and one new appointment; it does not cure lateness."""

    TYPE: ClassVar[str] = "dossier.extended.v1"

    extended_at: Instant
    new_due_at: Instant
    reason: str | None = None


class DossierResolved(WorkflowDossierEvent):
    """The competent agency resolved the dossier."""

    TYPE: ClassVar[str] = "dossier.resolved.v1"

    resolved_at: Instant


class ResultReturned(WorkflowDossierEvent):
    """The result reached the applicant."""

    TYPE: ClassVar[str] = "result.returned.v1"

    returned_at: Instant


class DeadlineMoved(WorkflowDossierEvent):
    """Pauses moved a deadline from ``base`` to ``effective``. ``step`` None: the dossier's own.

    It holds only while the base is still the one named here; a corrected base makes it void.
    """

    TYPE: ClassVar[str] = "deadline.moved.v1"

    step: Code | None = None
    base: Deadline
    effective: Deadline
    pauses: tuple[Code, ...] = ()


class DeadlinePassed(WorkflowDossierEvent):
    """A deadline passed with the work still open. ``step`` None means the dossier's own."""

    TYPE: ClassVar[str] = "deadline.passed.v1"

    step: Code | None = None
    deadline: Deadline
