"""Workflow's decisions: what to record for a command, or why not. Pure: no clock, no IO."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from motcua_events.contracts import Deadline, DossierPaused, EventData, StepStarted
from motcua_events.event import Change, Event
from motcua_service.deadlines import OpenDeadline
from motcua_service.decider import record
from motcua_worktime import Calendars, day_of, due, given

from .commands import StartStep, WorkflowCommand
from .domain import Dossier, evolve, register_of, stream_of
from .domain_checks import ACTS, check
from .domain_deadlines import courses, moves, passings, timers
from .domain_intake import note


@dataclass(frozen=True, slots=True)
class Context:
    """What decisions need beside the streams."""

    now: datetime
    calendars: Calendars


@dataclass(frozen=True, slots=True)
class NoteIntake:
    """Take note of what intake said about a dossier."""

    dossier: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class PassDeadlines:
    """Announce those of the named subjects' deadlines that passed ("" is the dossier's own)."""

    dossier: str
    subjects: frozenset[str]


Command = WorkflowCommand | NoteIntake | PassDeadlines
"""What workflow acts on: a request, an event of intake, a timer."""


class WorkflowDecider:
    """Workflow's domain in the shape that the command handler runs."""

    def streams(self, command: Command) -> Collection[str]:
        """The stream of the command's dossier."""
        return (stream_of(command.dossier),)

    def initial(self, stream: str) -> Dossier:
        """A dossier of which nothing is known."""
        return Dossier(stream.partition("/")[2])

    def evolve(self, state: Dossier, event: Event) -> Dossier:
        """The state after one more event."""
        return evolve(state, event)

    def decide(
        self, states: Mapping[str, Dossier], command: Command, context: Context
    ) -> Sequence[Change]:
        """What to record, with the deadlines that it moves. Raises Refusal."""
        state = states[stream_of(command.dossier)]
        if isinstance(command, PassDeadlines):
            found = courses(state, context.calendars)
            moved = moves(state, found, context.now)
            return [*moved, *passings(state, found, command.subjects, context.now)]
        if isinstance(command, NoteIntake):
            changes = note(state, command.events)
        else:
            changes = _act(state, command, context)
        return [*changes, *_moved(state, changes, context)] if changes else []


def open_deadlines(state: Dossier, calendars: Calendars) -> list[OpenDeadline]:
    """The deadlines that need a timer: open, running, and not yet announced as passed."""
    wanted = timers(state, courses(state, calendars))
    return [OpenDeadline(subject, late_after) for subject, late_after in wanted.items()]


def _act(state: Dossier, command: WorkflowCommand, context: Context) -> list[Change]:
    check(command, state, context.calendars, context.now)
    data = _data(command, state, context.calendars)
    at: datetime = getattr(command, ACTS[type(command)].at)
    return record(state.last(*register_of(data)), data, at, context.now)


def _moved(state: Dossier, changes: Sequence[Change], context: Context) -> list[Change]:
    for change in changes:
        state = evolve(state, change)
    if not state.all(DossierPaused):
        return []
    return moves(state, courses(state, context.calendars), context.now)


def _data(command: WorkflowCommand, state: Dossier, calendars: Calendars) -> EventData:
    if isinstance(command, StartStep):
        return _step(command, state.one(StepStarted, command.step), calendars)
    kind = ACTS[type(command)].kind
    return kind(**{name: getattr(command, name) for name in kind.model_fields})


def _step(command: StartStep, before: StepStarted | None, calendars: Calendars) -> StepStarted:
    limit = command.limit.limit() if command.limit else None
    step = StepStarted(
        dossier=command.dossier,
        step=command.step,
        agency=command.agency,
        started_at=command.started_at,
        limit=limit,
    )
    if limit and before and before == step.model_copy(update={"deadline": before.deadline}):
        return before
    return step.model_copy(update={"deadline": _deadline(command, calendars)})


def _deadline(command: StartStep, calendars: Calendars) -> Deadline | None:
    calendar, known_on = calendars.of(command.agency), day_of(command.started_at)
    if command.limit:
        return due(command.started_at, command.limit.limit(), calendar, known_on)
    if command.due_at:
        return given(command.due_at, command.unit or "WORKING_DAY", calendar, known_on)
    return None
