"""A dossier as workflow shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from motcua_events.contracts import (
    Deadline,
    DossierExtended,
    DossierNoted,
    DossierPaused,
    DossierResolved,
    DossierResumed,
    Limit,
    PauseReason,
    ResultReturned,
    StepCompleted,
    StepStarted,
)
from motcua_worktime import Calendars

from .domain import Dossier
from .domain_checks import contradictions
from .domain_deadlines import OWN, Course, courses, has_passed

Status = Literal["waiting", "open", "paused", "resolved", "returned", "closed"]


class DeadlineView(BaseModel):
    """A deadline: where it was set, where pauses moved it, and whether it passed."""

    base: Deadline
    effective: Deadline
    pauses: list[str] = Field(description="the pauses that moved it")
    passed: bool = Field(description="its passing was announced")
    running: bool = Field(description="the work is open and no pause holds the clock")


class StepView(BaseModel):
    """One agency's part."""

    step: str
    agency: str | None
    started_at: datetime | None
    completed_at: datetime | None
    limit: Limit | None
    deadline: DeadlineView | None


class PauseView(BaseModel):
    """A pause; ``resumed_at`` null while nobody said that it ended."""

    pause: str
    paused_at: datetime | None
    resumed_at: datetime | None
    reason: PauseReason | None


class ExtensionView(BaseModel):
    """The apology and the new appointment: it moves no deadline."""

    extended_at: datetime
    new_due_at: datetime
    reason: str | None


class DossierView(BaseModel):
    """All that workflow knows of a dossier.

    ``waiting_for`` names what was referred to but has not arrived: ``reception``, ``deadline``,
    ``step CODE``, ``pause CODE``. ``contradictions`` names the acts that are dated before a
    reception which arrived, or was corrected, after them: one of the two needs a correction.
    """

    dossier: str
    status: Status
    resolving: str | None
    received_at: datetime | None
    restarted_at: datetime | None
    resolved_at: datetime | None
    returned_at: datetime | None
    deadline: DeadlineView | None
    steps: list[StepView]
    pauses: list[PauseView]
    extension: ExtensionView | None
    waiting_for: list[str]
    contradictions: list[str]


def view(state: Dossier, calendars: Calendars) -> DossierView:
    """The view of a dossier's state."""
    noted, extension = state.one(DossierNoted), state.one(DossierExtended)
    resolved, returned = state.one(DossierResolved), state.one(ResultReturned)
    found = {course.subject: _deadline(state, course) for course in courses(state, calendars)}
    return DossierView(
        dossier=state.dossier,
        status=_status(state),
        resolving=noted.resolving if noted else None,
        received_at=noted.received_at if noted else None,
        restarted_at=noted.restarted_at if noted else None,
        resolved_at=resolved.resolved_at if resolved else None,
        returned_at=returned.returned_at if returned else None,
        deadline=found.get(OWN),
        steps=_steps(state, found),
        pauses=_pauses(state),
        extension=_extension(extension) if extension else None,
        waiting_for=_waiting_for(state),
        contradictions=contradictions(state),
    )


def _status(state: Dossier) -> Status:
    noted = state.one(DossierNoted)
    if noted and noted.closed:
        return "closed"
    if state.one(ResultReturned):
        return "returned"
    if state.one(DossierResolved):
        return "resolved"
    if state.all(DossierPaused).keys() - state.all(DossierResumed).keys():
        return "paused"
    return "open" if noted and noted.received_at else "waiting"


def _waiting_for(state: Dossier) -> list[str]:
    noted = state.one(DossierNoted)
    found = [] if noted and noted.received_at else ["reception"]
    if noted and noted.received_at and noted.deadline is None:
        found.append("deadline")
    steps = state.all(StepCompleted).keys() - state.all(StepStarted).keys()
    pauses = state.all(DossierResumed).keys() - state.all(DossierPaused).keys()
    found += [f"step {code}" for code in sorted(steps)]
    return found + [f"pause {code}" for code in sorted(pauses)]


def _deadline(state: Dossier, course: Course) -> DeadlineView:
    return DeadlineView(
        base=course.base,
        effective=course.effective,
        pauses=list(course.pauses),
        passed=has_passed(state, course),
        running=course.running,
    )


def _steps(state: Dossier, found: Mapping[str, DeadlineView]) -> list[StepView]:
    started, completed = state.all(StepStarted), state.all(StepCompleted)
    return [
        StepView(
            step=code,
            agency=started[code].agency if code in started else None,
            started_at=started[code].started_at if code in started else None,
            completed_at=completed[code].completed_at if code in completed else None,
            limit=started[code].limit if code in started else None,
            deadline=found.get(code),
        )
        for code in dict.fromkeys([*started, *completed])
    ]


def _pauses(state: Dossier) -> list[PauseView]:
    paused, resumed = state.all(DossierPaused), state.all(DossierResumed)
    return [
        PauseView(
            pause=code,
            paused_at=paused[code].paused_at if code in paused else None,
            resumed_at=resumed[code].resumed_at if code in resumed else None,
            reason=paused[code].reason if code in paused else None,
        )
        for code in dict.fromkeys([*paused, *resumed])
    ]


def _extension(data: DossierExtended) -> ExtensionView:
    return ExtensionView(
        extended_at=data.extended_at, new_due_at=data.new_due_at, reason=data.reason
    )
