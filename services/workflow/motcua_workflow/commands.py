"""Everything workflow can be told: one class per command, the same for single requests and bulk."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from motcua_events.contracts import Code, PauseReason, Reason
from motcua_service.decider import Command
from motcua_service.fields import InstantField, LimitField, UnitField, misplaced


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


PauseReasonField = Annotated[PauseReason, BeforeValidator(_lower)]


class StartStep(Command):
    """An agency begins its part. Its due date is counted from ``limit``, or given as ``due_at``.

    ``unit`` says how a given ``due_at`` is compared: by the working day, the day or the hour.
    """

    do: Literal["start_step"] = "start_step"
    dossier: Code
    step: Code
    agency: Code
    started_at: InstantField
    limit: LimitField | None = None
    due_at: InstantField | None = None
    unit: UnitField | None = None

    @model_validator(mode="after")
    def _coherent(self) -> StartStep:
        if self.limit and self.due_at:
            raise misplaced("due_at", "give due_at (with its unit) or limit, not both")
        if self.unit and not self.due_at:
            raise misplaced("unit", "belongs to due_at; a limit carries its own")
        if self.due_at and self.due_at < self.started_at:
            raise misplaced("due_at", "must not be before started_at")
        return self


class CompleteStep(Command):
    """An agency completes its part."""

    do: Literal["complete_step"] = "complete_step"
    dossier: Code
    step: Code
    completed_at: InstantField


class PauseDossier(Command):
    """The clock stops: waiting for a supplement, a financial duty, another legal reason."""

    do: Literal["pause_dossier"] = "pause_dossier"
    dossier: Code
    pause: Code
    paused_at: InstantField
    reason: PauseReasonField


class ResumeDossier(Command):
    """A pause ends; its time is subtracted."""

    do: Literal["resume_dossier"] = "resume_dossier"
    dossier: Code
    pause: Code
    resumed_at: InstantField


class ExtendDossier(Command):
    """Apology and one new appointment: once, at least one day before due. No cure for lateness."""

    do: Literal["extend_dossier"] = "extend_dossier"
    dossier: Code
    extended_at: InstantField
    new_due_at: InstantField
    reason: Reason | None = None

    @model_validator(mode="after")
    def _coherent(self) -> ExtendDossier:
        if self.new_due_at <= self.extended_at:
            raise misplaced("new_due_at", "must lie after extended_at")
        return self


class ResolveDossier(Command):
    """The competent agency resolves the dossier; an open pause ends with it."""

    do: Literal["resolve_dossier"] = "resolve_dossier"
    dossier: Code
    resolved_at: InstantField


class ReturnResult(Command):
    """The result reaches the applicant."""

    do: Literal["return_result"] = "return_result"
    dossier: Code
    returned_at: InstantField


WorkflowCommand = (
    StartStep
    | CompleteStep
    | PauseDossier
    | ResumeDossier
    | ExtendDossier
    | ResolveDossier
    | ReturnResult
)
Line = Annotated[WorkflowCommand, Field(discriminator="do")]
"""One bulk line, told apart by its ``do``."""
