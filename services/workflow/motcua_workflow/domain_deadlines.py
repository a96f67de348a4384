"""Deadlines: how pauses move them, when they have passed, which timers they need. Pure.

Everything here is a function of the dossier's state and the calendars known at the time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from motcua_events.contracts import (
    Deadline,
    DeadlineMoved,
    DeadlinePassed,
    DossierNoted,
    DossierPaused,
    DossierResolved,
    DossierResumed,
    StepCompleted,
    StepStarted,
)
from motcua_events.event import Change, later_than
from motcua_worktime import Calendar, Calendars, OutOfRange, Pause, day_of, pushed

from .domain import Dossier

OWN = ""
"""The subject of the dossier's own deadline; a step's is its code."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A pause as it counts for one deadline; ``end`` None while the clock still stands."""

    pause: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Course:
    """One deadline's course: where it stood at first, where the pauses moved it, whether it runs.

    ``running`` is false once the work is done, the dossier closed, or while a pause holds the
    clock. ``moved_at`` is the end of the last pause that counts.
    """

    subject: str
    base: Deadline
    effective: Deadline
    pauses: tuple[str, ...]
    moved_at: datetime | None
    running: bool


def courses(state: Dossier, calendars: Calendars) -> list[Course]:
    """The courses of all known deadlines: the dossier's own first, then the steps'."""
    stops = _stops(state)
    found = [_own(state, stops, calendars)]
    completed = state.all(StepCompleted)
    found += [
        _step(state, step, completed.get(code), stops, calendars)
        for code, step in state.all(StepStarted).items()
    ]
    return [course for course in found if course is not None]


def began(noted: DossierNoted) -> datetime | None:
    """When the dossier's clock began: at reception, or at the restart after it."""
    known = [at for at in (noted.received_at, noted.restarted_at) if at is not None]
    return max(known, default=None)


def moves(state: Dossier, found: Collection[Course], now: datetime) -> list[Change]:
    """The moves to announce: where consumers would assume another effective deadline."""
    return [
        _move(state, course, now) for course in found if _assumed(state, course) != course.effective
    ]


def has_passed(state: Dossier, course: Course) -> bool:
    """True if it was already announced that this deadline, or a later one, passed."""
    passed = state.one(DeadlinePassed, course.subject)
    return passed is not None and passed.deadline.late_after >= course.effective.late_after


def timers(state: Dossier, found: Collection[Course]) -> dict[str, datetime]:
    """The instants after which a passing is to be announced, by subject."""
    return {
        course.subject: course.effective.late_after
        for course in found
        if course.running and not has_passed(state, course)
    }


def passings(
    state: Dossier, found: Collection[Course], subjects: Collection[str], now: datetime
) -> list[Change]:
    """The passings to announce now for the subjects named; their time is the deadline's end."""
    wanted = timers(state, found)
    return [
        Change(
            DeadlinePassed(
                dossier=state.dossier, step=course.subject or None, deadline=course.effective
            ),
            course.effective.late_after,
        )
        for course in found
        if course.subject in subjects and course.subject in wanted
        if now > course.effective.late_after
    ]


def _stops(state: Dossier) -> list[Stop]:
    """The pauses; the resolution ends what is still open."""
    resumed, resolved = state.all(DossierResumed), state.one(DossierResolved)
    last = resolved.resolved_at if resolved else None
    return [
        Stop(
            pause.pause,
            pause.paused_at,
            _earlier(resumed[code].resumed_at if code in resumed else None, last),
        )
        for code, pause in state.all(DossierPaused).items()
    ]


def _own(state: Dossier, stops: list[Stop], calendars: Calendars) -> Course | None:
    noted = state.one(DossierNoted)
    if noted is None or noted.deadline is None:
        return None
    mine = _within(stops, began(noted), None)
    open_ = not noted.closed and state.one(DossierResolved) is None
    return _course(OWN, noted.deadline, mine, lambda: calendars.of(noted.resolving), open_)


def _step(
    state: Dossier,
    step: StepStarted,
    completed: StepCompleted | None,
    stops: list[Stop],
    calendars: Calendars,
) -> Course | None:
    if step.deadline is None:
        return None
    noted = state.one(DossierNoted)
    mine = _within(stops, step.started_at, completed.completed_at if completed else None)
    open_ = completed is None and not (noted and noted.closed)
    return _course(step.step, step.deadline, mine, lambda: calendars.of(step.agency), open_)


def _within(stops: list[Stop], start: datetime | None, end: datetime | None) -> list[Stop]:
    """The parts of the pauses that lie between the clock's begin and the work's end."""
    cut = [
        Stop(
            stop.pause,
            max(stop.start, start) if start else stop.start,
            _earlier(stop.end, end),
        )
        for stop in stops
    ]
    return [stop for stop in cut if stop.end is None or stop.end > stop.start]


def _course(
    subject: str,
    base: Deadline,
    stops: list[Stop],
    calendar: Callable[[], Calendar],
    is_open: bool,
) -> Course:
    if not stops:
        return Course(subject, base, base, (), None, is_open)
    ended = [(stop.start, stop.end) for stop in stops if stop.end is not None]
    moved_at = max((end for _, end in ended), default=None)
    effective = base
    if moved_at is not None:
        effective = _pushed(base, ended, calendar(), moved_at)
    held = any(stop.end is None and stop.start <= effective.late_after for stop in stops)
    names = tuple(stop.pause for stop in stops if stop.end and stop.start <= effective.late_after)
    return Course(
        subject, base, effective, names if effective != base else (), moved_at, is_open and not held
    )


def _pushed(
    base: Deadline, pauses: list[Pause], calendar: Calendar, moved_at: datetime
) -> Deadline:
    """The base pushed; itself where working time is not known (a due date after 2120)."""
    try:
        return pushed(base, pauses, calendar, day_of(moved_at))
    except OutOfRange:
        return base


def _assumed(state: Dossier, course: Course) -> Deadline:
    """The effective deadline as consumers assume it: the last move of this base, or the base."""
    last = state.one(DeadlineMoved, (course.subject, course.base))
    return last.effective if last else course.base


def _move(state: Dossier, course: Course, now: datetime) -> Change:
    data = DeadlineMoved(
        dossier=state.dossier,
        step=course.subject or None,
        base=course.base,
        effective=course.effective,
        pauses=course.pauses,
    )
    previous = state.last(DeadlineMoved, (course.subject, course.base))
    if previous is None:
        return Change(data, course.moved_at or now)
    return Change(data, later_than(now, previous.time))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)
