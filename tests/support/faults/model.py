"""What ought to be so: the pure domains and the pure reference, run on what was accepted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from faults.load import Line
from pure_services import FEEDBACK_COMMANDS, INTAKE_COMMANDS, WORKFLOW_COMMANDS, InMemory

from motcua_events.contracts import EvaluationChanged, FeedbackFiled, Limit
from motcua_events.event import Event
from motcua_feedback.commands import PassDeadline
from motcua_feedback.domain import FeedbackDecider
from motcua_feedback.domain import open_deadlines as open_feedback
from motcua_feedback.domain_dossier import takes_sector
from motcua_feedback.domain_feedback import Context as FeedbackContext
from motcua_feedback.inputs import noting
from motcua_intake.domain.intake import Context as IntakeContext
from motcua_intake.domain.intake import Intake
from motcua_scoring.answers import informed
from motcua_scoring.evaluation import Evaluation, LiveBasis, counts_for, evaluate
from motcua_scoring.facts import Entity
from motcua_scoring.measures import Contributions, Measure
from motcua_scoring.periods import Period, containing
from motcua_scoring.reference import fold_events, level_of, measure_facts
from motcua_scoring.rulebook_files import load as load_rulebook
from motcua_workflow.domain_commands import Context as WorkflowContext
from motcua_workflow.domain_commands import NoteIntake, PassDeadlines, WorkflowDecider
from motcua_workflow.domain_commands import open_deadlines as open_dossier
from motcua_workflow.domain_intake import NOTED
from motcua_worktime import Calendars

RULEBOOK = load_rulebook("tt01-2018")
PASSED = ("deadline.passed.v1", "feedback.deadline_passed.v1")
BY_TIME = ("dossier.noted.v1", "sector.noted.v1", "deadline.moved.v1", *PASSED)
"""Events that follow from others and from the time they meet, not from one accepted command."""

Name = tuple[str, str, str]
"""Stream, type and data of an event."""


@dataclass(frozen=True)
class Model:
    """Everything that follows from the commands accepted, by pure functions alone."""

    events: Sequence[Event]

    @classmethod
    def of(cls, accepted: Mapping[str, Sequence[Line]]) -> Model:
        """Runs the three domains; at the end time has passed for every open deadline."""
        now = datetime.now(UTC)
        intake = InMemory("/intake", Intake(), IntakeContext(now))
        intake.run(map(INTAKE_COMMANDS.validate_python, accepted.get("intake", [])))
        services = [
            intake,
            _workflow(accepted.get("workflow", []), intake.events, now),
            _feedback(accepted.get("feedback", []), intake.events, now),
        ]
        return cls([event for each in services for event in each.events])

    @cached_property
    def recorded(self) -> Counter[Name]:
        """What must be in the stores, each as often as here: what accepted commands record."""
        return names(self.events)

    @cached_property
    def facts(self) -> dict[Entity, dict[str, Event]]:
        return fold_events(event for event in self.events if event.data.TOPIC is not None)

    @cached_property
    def measures(self) -> Contributions:
        return measure_facts(self.facts)

    def evaluations(self, period: str, basis: LiveBasis) -> dict[str, Evaluation]:
        """The evaluation of each registered agency of which something is known for the period."""
        if (period, basis) not in self._evaluated:
            self._evaluated[period, basis] = self._evaluate(period, basis)
        return self._evaluated[period, basis]

    def _evaluate(self, period: str, basis: LiveBasis) -> dict[str, Evaluation]:
        asked, found = Period.parse(period), {}
        for agency, counted in self._by_agency.items():
            facts = self.facts.get(Entity("agency", agency), {})
            counts = counts_for(counted, agency, asked, basis)
            if informed(counts) and facts:
                found[agency] = evaluate(counts, RULEBOOK, level_of(facts))
        return found

    @cached_property
    def periods(self) -> list[str]:
        """Every period in which something is counted."""
        months = {measure.month for measure in self.measures if measure.basis != "running"}
        return sorted({period.id for month in months for period in containing(month)})

    @cached_property
    def published(self) -> set[tuple[str, str]]:
        """The agencies and periods whose evaluation must have been published."""
        return {
            (measure.agency, period.id)
            for measure in self.measures
            if measure.basis != "running" and measure.measure != "waiting"
            for period in containing(measure.month)
        }

    @cached_property
    def passed(self) -> Counter[Name]:
        """The deadlines that must have been announced as passed."""
        return Counter(
            (event.data.stream, event.data.TYPE, event.data.model_dump_json())
            for event in self.events
            if event.data.TYPE in PASSED
        )

    @cached_property
    def _evaluated(self) -> dict[tuple[str, LiveBasis], dict[str, Evaluation]]:
        return {}

    @cached_property
    def _by_agency(self) -> dict[str, dict[Measure, int]]:
        found: dict[str, dict[Measure, int]] = defaultdict(dict)
        for measure, n in self.measures.items():
            found[measure.agency][measure] = n
        return found


def names(events: Iterable[Event]) -> Counter[Name]:
    """How often each event was recorded, those left out that follow from time."""
    return Counter(
        (event.data.stream, event.data.TYPE, event.data.model_dump_json())
        for event in events
        if event.data.TYPE not in BY_TIME
        and not isinstance(event.data, EvaluationChanged)
        and not _without_sector_yet(event)
    )


def _without_sector_yet(event: Event) -> bool:
    """A filing that its dossier was not known for: with it, the first record has the sector."""
    data = event.data
    return (
        isinstance(data, FeedbackFiled)
        and takes_sector(data, data.dossier)
        and not data.sector_of_dossier
    )


def _workflow(lines: Sequence[Line], intake: Iterable[Event], now: datetime) -> InMemory:
    calendars = Calendars()
    service = InMemory("/workflow", WorkflowDecider(), WorkflowContext(now, calendars))
    service.run(map(WORKFLOW_COMMANDS.validate_python, lines))
    noted = (event for event in intake if type(event.data) in NOTED)
    service.run(NoteIntake(event.data.entity, (event,)) for event in noted)
    subjects = {
        stream.partition("/")[2]: frozenset(one.subject for one in open_dossier(state, calendars))
        for stream, state in list(service.states.items())
    }
    service.run(PassDeadlines(dossier, which) for dossier, which in subjects.items() if which)
    return service


def _feedback(lines: Sequence[Line], intake: Iterable[Event], now: datetime) -> InMemory:
    context = FeedbackContext(now=now, calendars=Calendars(), default_limit=Limit(amount=5))
    service = InMemory("/feedback", FeedbackDecider(), context)
    service.run(map(FEEDBACK_COMMANDS.validate_python, lines))
    service.run(noting(intake))
    due = [
        PassDeadline(feedback=stream.partition("/")[2], late_after=one.late_after)
        for stream, state in list(service.states.items())
        for one in open_feedback(stream, state)
    ]
    service.run(due)
    return service
