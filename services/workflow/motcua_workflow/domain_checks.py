"""What each command records, and when it is refused. Pure: no clock, no IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from motcua_events.contracts import (
    DossierExtended,
    DossierNoted,
    DossierPaused,
    DossierResolved,
    DossierResumed,
    EventData,
    ResultReturned,
    StepCompleted,
    StepStarted,
)
from motcua_service.decider import Refusal, happened
from motcua_worktime import Calendars, day_of

from .commands import (
    CompleteStep,
    ExtendDossier,
    PauseDossier,
    ResolveDossier,
    ResumeDossier,
    ReturnResult,
    StartStep,
    WorkflowCommand,
)
from .domain import Dossier
from .domain_deadlines import OWN, courses


@dataclass(frozen=True, slots=True)
class Act:
    """A command's event, the field that says when it happened, and the field naming its subject."""

    kind: type[EventData]
    at: str
    subject: str | None = None


START = Act(StepStarted, "started_at", "step")
COMPLETE = Act(StepCompleted, "completed_at", "step")
PAUSE = Act(DossierPaused, "paused_at", "pause")
RESUME = Act(DossierResumed, "resumed_at", "pause")
RESOLVE = Act(DossierResolved, "resolved_at")
RETURN = Act(ResultReturned, "returned_at")

ACTS: Mapping[type[WorkflowCommand], Act] = {
    StartStep: START,
    CompleteStep: COMPLETE,
    PauseDossier: PAUSE,
    ResumeDossier: RESUME,
    ExtendDossier: Act(DossierExtended, "extended_at"),
    ResolveDossier: RESOLVE,
    ReturnResult: RETURN,
}

PAIRS = ((START, COMPLETE), (PAUSE, RESUME), (RESOLVE, RETURN))
"""Acts of which the second cannot come before the first."""

AFTER_RECEPTION = (RESOLVE, RETURN)
"""Acts that cannot come before the dossier's reception."""


def check(command: WorkflowCommand, state: Dossier, calendars: Calendars, now: datetime) -> None:
    """Raise Refusal if the command cannot be right, or the dossier's state forbids it.

    Acts may be reported in any order; their times may not contradict each other.
    """
    act = ACTS[type(command)]
    at: datetime = getattr(command, act.at)
    happened(act.at, at, now)
    for first, second in PAIRS:
        if act is first:
            _not_after(command, act, at, state, second)
        elif act is second:
            _not_before(command, act, at, state, first)
    if act in AFTER_RECEPTION:
        _not_before_reception(act, at, state)
    if isinstance(command, ExtendDossier):
        _may_extend(command, state, calendars)


def contradictions(state: Dossier) -> list[str]:
    """The acts recorded with a time before a reception that became known after them, or moved."""
    received_at = _received_at(state)
    found = [(act.at, at) for act in AFTER_RECEPTION if (at := _recorded(act, state)) is not None]
    return [
        f"{name} {at.isoformat()} is before received_at {received_at.isoformat()}"
        for name, at in found
        if received_at is not None and at < received_at
    ]


def _not_before_reception(act: Act, at: datetime, state: Dossier) -> None:
    """What was recorded before the reception was known may be sent again."""
    received_at = _received_at(state)
    if received_at is not None and at < received_at and at != _recorded(act, state):
        raise _contradiction(act.at, at, "not be before received_at", received_at)


def _received_at(state: Dossier) -> datetime | None:
    noted = state.one(DossierNoted)
    return noted.received_at if noted else None


def _recorded(act: Act, state: Dossier) -> datetime | None:
    data = state.one(act.kind)
    return getattr(data, act.at) if data else None


def _not_after(
    command: WorkflowCommand, act: Act, at: datetime, state: Dossier, second: Act
) -> None:
    known = _known(command, state, second)
    if known is not None and at > known:
        raise _contradiction(act.at, at, f"not be after {second.at}", known)


def _not_before(
    command: WorkflowCommand, act: Act, at: datetime, state: Dossier, first: Act
) -> None:
    known = _known(command, state, first)
    if known is not None and at < known:
        raise _contradiction(act.at, at, f"not be before {first.at}", known)


def _known(command: WorkflowCommand, state: Dossier, other: Act) -> datetime | None:
    subject = getattr(command, other.subject) if other.subject else ""
    data = state.one(other.kind, subject)
    return getattr(data, other.at) if data else None


def _contradiction(field: str, at: datetime, rule: str, known: datetime) -> Refusal:
    return Refusal(
        "The times contradict each other",
        f"{field} is {at.isoformat()}; it must {rule}, recorded as {known.isoformat()}.",
        field=field,
        status=422,
    )


def _may_extend(command: ExtendDossier, state: Dossier, calendars: Calendars) -> None:
    """Once, and at least one day before due; the same extension sent again is no second one."""
    before = state.one(DossierExtended)
    if before is None:
        _in_time(command, state, calendars)
    elif (before.extended_at, before.new_due_at) != (command.extended_at, command.new_due_at):
        raise Refusal(
            "The dossier was extended before",
            f"One new appointment is allowed, and {before.new_due_at.isoformat()} is it.",
            field="new_due_at",
        )


def _in_time(command: ExtendDossier, state: Dossier, calendars: Calendars) -> None:
    own = next((each for each in courses(state, calendars) if each.subject == OWN), None)
    if own is None:
        return
    due_at = own.effective.due_at
    if day_of(command.extended_at) >= day_of(due_at):
        raise Refusal(
            "The extension comes too late",
            f"It must be decided at least one day before the due date {due_at.isoformat()}.",
            field="extended_at",
        )
    if command.new_due_at <= due_at:
        raise Refusal(
            "The new appointment extends nothing",
            f"new_due_at must lie after the due date {due_at.isoformat()}.",
            field="new_due_at",
            status=422,
        )
