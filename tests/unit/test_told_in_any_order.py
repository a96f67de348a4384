"""One dossier told to the three services in any order scores the same: commands, not events.

What a service records may depend on what it knew by then; what scoring makes of it may not.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pure_services import FEEDBACK_COMMANDS, WORKFLOW_COMMANDS, InMemory

from motcua_events import contracts as c
from motcua_events.event import Event
from motcua_feedback.commands import PassDeadline
from motcua_feedback.domain import FeedbackDecider
from motcua_feedback.domain_feedback import Context as FeedbackContext
from motcua_feedback.inputs import noting
from motcua_intake.commands import COMMANDS as INTAKE_COMMANDS
from motcua_intake.domain.intake import Context as IntakeContext
from motcua_intake.domain.intake import Intake, SettleDossier, SettleListing
from motcua_scoring.evaluation import Evaluation
from motcua_scoring.periods import Period
from motcua_scoring.reference import evaluate_events
from motcua_scoring.rulebook_files import load
from motcua_workflow.domain_commands import Context as WorkflowContext
from motcua_workflow.domain_commands import NoteIntake, PassDeadlines, WorkflowDecider
from motcua_workflow.domain_intake import NOTED
from motcua_worktime import Calendars

NOW = datetime(2021, 3, 1, tzinfo=UTC)
BEGIN = datetime(2020, 4, 24, 1, tzinfo=UTC)
"""A Friday with the holidays of 30 April and 1 May ahead."""

Act = tuple[str, dict[str, Any]]
UNITS = ("WORKING_DAY", "DAY", "HOUR")
PROCEDURE, DOSSIER = "1.000001", "D-1"


class Story:
    """Draws the acts about one dossier; times are days after ``BEGIN``."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.acts = chance, list[Act]()

    def at(self, first: int, last: int) -> str:
        minutes = self.chance.randint(first * 1440, last * 1440)
        return (BEGIN + timedelta(minutes=minutes)).isoformat()

    def tell(self, service: str, do: str, **fields: Any) -> None:
        self.acts.append((service, {"do": do, **fields}))

    def about(self, service: str, do: str, **fields: Any) -> None:
        self.tell(service, do, dossier=DOSSIER, **fields)

    def maybe(self, share: float = 0.5) -> bool:
        return self.chance.random() < share

    def limit(self) -> dict[str, Any]:
        return {"amount": self.chance.randint(1, 8), "unit": self.chance.choice(UNITS)}


def story(chance: random.Random) -> list[Act]:
    """A dossier with some of everything that can be told in any order."""
    tale = Story(chance)
    _catalogue_and_reception(tale)
    _ends_and_contacts(tale)
    _work(tale)
    _voices(tale)
    return tale.acts


def _catalogue_and_reception(tale: Story) -> None:
    due = tale.chance.choice([{}, {"limit": tale.limit()}, {"due_at": tale.at(4, 9)}])
    tale.tell("intake", "register_procedure", procedure=PROCEDURE, name="x", sector="HT",
              limit=tale.limit())  # fmt: skip
    tale.tell("intake", "list_procedure", agency="A", procedure=PROCEDURE,
              effective_from="2020-01-01", one_stop=True)  # fmt: skip
    tale.about("intake", "receive_dossier", procedure=PROCEDURE, receiving="R", resolving="A",
               channel=tale.chance.choice(["direct", "online"]), received_at=tale.at(0, 1),
               **due)  # fmt: skip
    if tale.maybe(0.3):
        again = {"due_at": tale.at(6, 12)} if "due_at" in due or tale.maybe() else {}
        tale.about("intake", "restart_dossier", restarted_at=tale.at(1, 4), **again)


def _ends_and_contacts(tale: Story) -> None:
    if tale.maybe(0.3):
        tale.about("intake", "refuse_dossier", refused_at=tale.at(1, 6), reason="x")
    if tale.maybe(0.3):
        tale.about("intake", "reopen_dossier", reopened_at=tale.at(1, 8), reason="x")
    for n in range(tale.chance.randint(0, 2)):
        tale.about("intake", "record_contact", contact=f"K-{n}", body=tale.chance.choice("AX"),
                   place=tale.chance.choice(["one_stop_unit", "other"]), made_at=tale.at(1, 4),
                   fault=tale.chance.choice(["applicant", "agency"]))  # fmt: skip


def _work(tale: Story) -> None:
    for n in range(tale.chance.randint(0, 2)):
        day = tale.chance.randint(1, 5)
        tale.about("workflow", "start_step", step=f"S-{n}", agency=tale.chance.choice("AR"),
                   started_at=tale.at(day, day + 1), limit=tale.limit())  # fmt: skip
        if tale.maybe(0.8):
            tale.about("workflow", "complete_step", step=f"S-{n}",
                       completed_at=tale.at(day + 1, day + 8))  # fmt: skip
    for n in range(tale.chance.randint(0, 2)):
        day = tale.chance.randint(1, 6)
        tale.about("workflow", "pause_dossier", pause=f"P-{n}", reason="supplement",
                   paused_at=tale.at(day, day + 1))  # fmt: skip
        if tale.maybe(0.8):
            tale.about("workflow", "resume_dossier", pause=f"P-{n}",
                       resumed_at=tale.at(day + 1, day + 6))  # fmt: skip
    if tale.maybe(0.8):
        tale.about("workflow", "resolve_dossier", resolved_at=tale.at(2, 16))


def _voices(tale: Story) -> None:
    if tale.maybe():
        tale.about("feedback", "file_feedback", feedback="F", agency="A", filed_at=tale.at(1, 3),
                   about=tale.chance.choice(["conduct", "other"]))  # fmt: skip
    if tale.maybe(0.4):
        tale.tell("feedback", "dismiss_feedback", feedback="F", concluded_at=tale.at(4, 9),
                  conclusion="wrong")  # fmt: skip
    if tale.maybe(0.4):
        tale.tell("feedback", "answer_feedback", feedback="F", answered_at=tale.at(4, 14))
    for n in range(tale.chance.randint(0, 2)):
        tale.about("feedback", "submit_rating", rating=f"T-{n}", agency="A", scale="s",
                   answer="x", submitted_at=tale.at(5, 20),
                   reported={"contacts": tale.chance.choice(["none", "several"])})  # fmt: skip


def told(acts: Sequence[Act]) -> list[Event]:
    """The events of the services that were told the acts one by one, and that then came to rest."""
    intake = InMemory("/intake", Intake(), IntakeContext(NOW))
    workflow = InMemory("/workflow", WorkflowDecider(), WorkflowContext(NOW, Calendars()))
    context = FeedbackContext(now=NOW, calendars=Calendars(), default_limit=c.Limit(amount=5))
    feedback = InMemory("/feedback", FeedbackDecider(), context)
    services = {"intake": (intake, INTAKE_COMMANDS), "workflow": (workflow, WORKFLOW_COMMANDS),
                "feedback": (feedback, FEEDBACK_COMMANDS)}  # fmt: skip
    for name, fields in acts:
        service, commands = services[name]
        command = commands.validate_python(fields)
        service.decider.streams(command)
        service.run([command])
        feedback.run(noting(intake.events[-1:]))
    intake.run([SettleDossier(dossier=DOSSIER), SettleListing(agency="A", procedure=PROCEDURE)])
    feedback.run(noting(intake.events))
    noted = [event for event in intake.events if isinstance(event.data, NOTED)]
    workflow.run([NoteIntake(DOSSIER, (event,)) for event in noted])
    workflow.run([PassDeadlines(DOSSIER, frozenset({"", "S-0", "S-1"}))])
    feedback.run([PassDeadline(feedback="F", late_after=NOW)])
    return [*intake.events, *workflow.events, *feedback.events]


def scores(events: Sequence[Event]) -> list[Evaluation]:
    """Both agencies' evaluations, settled and live, by both roles, in all and in the sector."""
    book, year = load("tt01-2018"), Period.parse("2020")
    return [
        evaluate_events(events, book, agency, year, basis, sector=sector, role=role)
        for agency in ("A", "R")
        for basis in ("settled", "live")
        for role in ("resolving", "receiving")
        for sector in (None, "HT")
    ]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(seed=st.integers(0, 2**32))
def test_a_story_told_in_any_order_and_in_part_twice_scores_the_same(seed: int) -> None:
    chance = random.Random(seed)
    acts = story(chance)
    mixed = [*acts, *chance.sample(acts, min(2, len(acts)))]
    chance.shuffle(mixed)
    assert scores(told(mixed)) == scores(told(acts))
