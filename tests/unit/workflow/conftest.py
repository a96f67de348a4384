"""A desk: workflow's pure domain with a clock the test sets, no store and no broker."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from pydantic import TypeAdapter

from motcua_events.contracts import (
    Deadline,
    DeadlineMoved,
    DeadlinePassed,
    DossierCorrected,
    DossierReceived,
    DossierRefused,
    DossierReopened,
    DossierRestarted,
    EventData,
    Limit,
)
from motcua_events.event import Change, Event
from motcua_workflow.commands import Line
from motcua_workflow.domain import Dossier, evolve
from motcua_workflow.domain_commands import (
    Command,
    Context,
    NoteIntake,
    PassDeadlines,
    WorkflowDecider,
    open_deadlines,
)
from motcua_workflow.domain_deadlines import Course, courses
from motcua_worktime import DEFAULT, VIETNAM, Calendars, due, given

CODE = "000.00.15.H53-200302-0007"
LINE: TypeAdapter[Any] = TypeAdapter(Line)


@dataclass
class Desk:
    """One dossier at workflow's desk. Times are Vietnam's, in the year 2020: "03-02 09:00"."""

    now: datetime
    state: Dossier = field(default_factory=lambda: Dossier(CODE))
    calendars: Calendars = field(default_factory=Calendars)
    log: list[Change] = field(default_factory=list)

    def at(self, text: str) -> datetime:
        return datetime.fromisoformat(f"2020-{text}").replace(tzinfo=VIETNAM)

    def run(self, command: Command) -> list[EventData]:
        """Decide and record; the data recorded."""
        decider = WorkflowDecider()
        stream = f"dossier/{CODE}"
        context = Context(self.now, self.calendars)
        changes = list(decider.decide({stream: self.state}, command, context))
        self.state = reduce(evolve, changes, self.state)
        self.log += changes
        return [change.data for change in changes]

    def do(self, do: str, **fields: Any) -> list[EventData]:
        """Run a request's command; texts like "03-02 09:00" become instants."""
        told = {name: self._instant(name, value) for name, value in fields.items()}
        return self.run(LINE.validate_python({"do": do, "dossier": CODE, **told}))

    def _instant(self, name: str, value: Any) -> Any:
        return self.at(value) if name.endswith("_at") and isinstance(value, str) else value

    def note(self, *told: EventData | Event) -> list[EventData]:
        """Take note of intake's events, stamped in their order from now on."""
        events = [each if isinstance(each, Event) else self.event(each) for each in told]
        return self.run(NoteIntake(CODE, tuple(events)))

    def event(self, data: EventData, micros: int | None = None) -> Event:
        """An event of intake, stamped so many microseconds from now, or after all before it."""
        if micros is None:
            self.now += timedelta(microseconds=1)
        time = self.now + timedelta(microseconds=micros or 0)
        return Event(str(uuid.uuid4()), time, data, "/intake", time)

    def received(self, days: int = 10, received_at: str = "03-02 09:00", **other: Any) -> Any:
        """A reception on Monday, 2 March, due in so many working days; ``reason`` corrects."""
        kind = DossierCorrected if "reason" in other else DossierReceived
        at = self.at(received_at)
        known = {
            "dossier": CODE, "procedure": "1.012766", "receiving": "R", "resolving": "A",
            "received_at": at, "deadline": self.deadline(days, received_at),
        }  # fmt: skip
        return kind.model_validate(known | other)

    def deadline(self, days: int, start: str = "03-02 09:00") -> Deadline:
        at = self.at(start)
        return due(at, Limit(amount=days), DEFAULT, at.date())

    def exact(self, text: str) -> Deadline:
        """A deadline in hours, at its instant."""
        return given(self.at(text), "HOUR", DEFAULT)

    def restarted(self, text: str, deadline: Deadline | None) -> DossierRestarted:
        return DossierRestarted(dossier=CODE, restarted_at=self.at(text), deadline=deadline)

    def refused(self, text: str) -> DossierRefused:
        return DossierRefused(dossier=CODE, refused_at=self.at(text), reason="incomplete")

    def reopened(self, text: str) -> DossierReopened:
        return DossierReopened(dossier=CODE, reopened_at=self.at(text), reason="mistake")

    def course(self, subject: str = "") -> Course:
        found = {each.subject: each for each in courses(self.state, self.calendars)}
        return found[subject]

    def due_day(self, subject: str = "") -> date:
        return self.course(subject).effective.due_at.astimezone(VIETNAM).date()

    def timers(self) -> dict[str, datetime]:
        return {
            each.subject: each.late_after for each in open_deadlines(self.state, self.calendars)
        }

    def pass_(self, *subjects: str) -> list[EventData]:
        return self.run(PassDeadlines(CODE, frozenset(subjects)))

    def recorded(self, kind: type[EventData]) -> list[EventData]:
        return [change.data for change in self.log if isinstance(change.data, kind)]

    @property
    def moved(self) -> list[Any]:
        return self.recorded(DeadlineMoved)

    @property
    def passed(self) -> list[Any]:
        return self.recorded(DeadlinePassed)


@pytest.fixture
def desk() -> Desk:
    """A desk on 1 June 2020, with the default calendar."""
    return Desk(datetime(2020, 6, 1, 9, tzinfo=VIETNAM))
