"""The three services' domains run in memory: commands in, the events they would publish out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from motcua_events.contracts import Limit
from motcua_events.event import Change, Event
from motcua_feedback.commands import Line
from motcua_feedback.domain import FeedbackDecider
from motcua_feedback.domain_feedback import Context as FeedbackContext
from motcua_feedback.inputs import noting
from motcua_intake.commands import COMMANDS as INTAKE_COMMANDS
from motcua_intake.domain.intake import Context as IntakeContext
from motcua_intake.domain.intake import Intake
from motcua_local.simulator import Load
from motcua_workflow.commands import Line as WorkflowLine
from motcua_workflow.domain_commands import Context as WorkflowContext
from motcua_workflow.domain_commands import NoteIntake, WorkflowDecider
from motcua_workflow.domain_intake import NOTED
from motcua_worktime import Calendars

FEEDBACK_COMMANDS: TypeAdapter[Any] = TypeAdapter(Line)
WORKFLOW_COMMANDS: TypeAdapter[Any] = TypeAdapter(WorkflowLine)


class States(dict[str, Any]):
    """States by stream, made when first asked for."""

    def __init__(self, decider: Any) -> None:
        super().__init__()
        self._decider = decider

    def __missing__(self, stream: str) -> Any:
        self[stream] = self._decider.initial(stream)
        return self[stream]


@dataclass
class InMemory:
    """One service: its decider and the states of its streams."""

    source: str
    decider: Any
    context: Any
    states: States = field(init=False)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.states = States(self.decider)

    def run(self, commands: Iterable[Any]) -> None:
        numbers = itertools.count(len(self.events))
        for command in commands:
            for change in self.decider.decide(self.states, command, self.context):
                self._append(change, next(numbers))

    def _append(self, change: Change, number: int) -> None:
        event = Event(
            change.id or f"{self.source}-{number}", change.time, change.data,
            self.source, self.context.now,
        )  # fmt: skip
        stream = change.data.stream
        self.states[stream] = self.decider.evolve(self.states[stream], event)
        self.events.append(event)


def published(load: Load) -> Iterator[Event]:
    """Every event that a load would put on the topics. Raises Refusal for a command refused."""
    now = datetime.now(UTC)
    intake = InMemory("/intake", Intake(), IntakeContext(now))
    workflow = InMemory("/workflow", WorkflowDecider(), WorkflowContext(now, Calendars()))
    feedback = InMemory("/feedback", FeedbackDecider(), _feedback_context(now))
    intake.run(map(INTAKE_COMMANDS.validate_python, [*load.catalogue, *load.intake]))
    # the first half of the acts comes before workflow has heard of the dossiers
    half = len(load.workflow) // 2
    workflow.run(map(WORKFLOW_COMMANDS.validate_python, load.workflow[:half]))
    noted = (event for event in intake.events if type(event.data) in NOTED)
    workflow.run(NoteIntake(event.data.entity, (event,)) for event in noted)
    workflow.run(map(WORKFLOW_COMMANDS.validate_python, load.workflow[half:]))
    feedback.run(map(FEEDBACK_COMMANDS.validate_python, load.feedback))
    feedback.run(noting(intake.events))
    for service in (intake, workflow, feedback):
        yield from (event for event in service.events if event.data.TOPIC is not None)


def _feedback_context(now: datetime) -> FeedbackContext:
    return FeedbackContext(now=now, calendars=Calendars(), default_limit=Limit(amount=5))
