"""Feedback's decisions: any order, twice, corrected."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from motcua_events.contracts import (
    ComplaintDismissed,
    ComplaintRaised,
    FeedbackDeadlinePassed,
    FeedbackFiled,
    Limit,
)
from motcua_events.event import Event
from motcua_feedback.commands import (
    AnswerFeedback,
    DefineScale,
    DismissFeedback,
    FileFeedback,
    PassDeadline,
    ProlongFeedback,
    RecordAssessment,
    SubmitRating,
)
from motcua_feedback.domain import FeedbackDecider, open_deadlines
from motcua_feedback.domain_feedback import Context
from motcua_service.decider import Refusal
from motcua_worktime import VIETNAM, Calendars

NOW = datetime(2021, 1, 4, 8, tzinfo=UTC)
FILED = datetime(2020, 3, 2, 9, tzinfo=VIETNAM)
CONTEXT = Context(NOW, Calendars(), Limit(amount=5))
DECIDER = FeedbackDecider()


class World:
    """The streams of a service whose clock is moved by hand."""

    def __init__(self) -> None:
        self.streams: dict[str, list[Event]] = {}
        self.context = CONTEXT

    def run(self, *commands) -> list[Event]:
        return [event for command in commands for event in self._one(command)]

    def _one(self, command) -> list[Event]:
        new = []
        for change in DECIDER.decide(self, command, self.context):
            event = Event(f"e{self.size:04d}", change.time, change.data, "/feedback", NOW)
            self.streams.setdefault(change.data.stream, []).append(event)
            new.append(event)
        return new

    def __getitem__(self, stream):
        state = DECIDER.initial(stream)
        for event in self.streams.get(stream, ()):
            state = DECIDER.evolve(state, event)
        return state

    @property
    def size(self) -> int:
        return sum(len(events) for events in self.streams.values())

    def open(self, stream: str) -> list[datetime]:
        return [each.late_after for each in open_deadlines(stream, self[stream])]


def filing(**more) -> FileFeedback:
    return FileFeedback(**{"feedback": "F1", "agency": "A", "filed_at": FILED, **more})


COMPLAINT = filing(about="conduct", dossier="D1")
ANSWER = AnswerFeedback(feedback="F1", answered_at=FILED + timedelta(days=2))
PROLONG = ProlongFeedback(feedback="F1", prolonged_at=FILED + timedelta(days=1))
DISMISS = DismissFeedback(
    feedback="F1", concluded_at=FILED + timedelta(days=3), conclusion="slanderous"
)
PASS = PassDeadline(feedback="F1", late_after=FILED)


def types(events: list[Event]) -> list[str]:
    return [event.type.removesuffix(".v1") for event in events]


def refusal(world: World, command) -> Refusal:
    before = world.size
    with pytest.raises(Refusal) as refused:
        world.run(command)
    assert world.size == before
    return refused.value


def test_an_answer_is_due_after_the_default_limit_of_working_days():
    (event,) = World().run(filing())
    assert isinstance(event.data, FeedbackFiled)
    assert event.data.deadline.due_at == datetime(2020, 3, 9, 17, tzinfo=VIETNAM)
    assert event.time == FILED


@pytest.mark.parametrize(
    ("given_as", "due"),
    [
        ({"limit": {"amount": 2, "unit": "day"}}, datetime(2020, 3, 4, 17, tzinfo=VIETNAM)),
        ({"limit": {"amount": 2, "unit": "Hour"}}, datetime(2020, 3, 2, 11, tzinfo=VIETNAM)),
        ({"due_at": "2020-03-20T10:00:00+07:00"}, datetime(2020, 3, 20, 10, tzinfo=VIETNAM)),
    ],
)
def test_a_given_limit_or_due_date_holds(given_as, due):
    (event,) = World().run(filing(**given_as))
    assert event.data.deadline.due_at == due


@pytest.mark.parametrize(
    "wrong",
    [
        {"due_at": FILED, "limit": {"amount": 2}},
        {"due_at": FILED - timedelta(seconds=1)},
        {"limit": {"amount": 0}},
        {"filed_at": "2020-03-02T09:00:00"},
        {"feedback": "a b"},
        {"about": "weather"},
    ],
)
def test_a_contradictory_filing_is_not_a_command(wrong):
    with pytest.raises(ValidationError):
        filing(**wrong)


def test_a_complaint_about_conduct_is_raised_against_its_dossier():
    events = World().run(COMPLAINT)
    assert types(events) == ["feedback.filed", "complaint.raised"]
    assert events[1].data == ComplaintRaised(dossier="D1", feedback="F1", raised_at=FILED)


@pytest.mark.parametrize("about", ["regulation", "other"])
def test_other_feedback_about_a_dossier_is_no_complaint(about):
    told = types(World().run(filing(about=about, dossier="D1")))
    assert told == ["feedback.filed", "sector.awaited"]


def test_conduct_without_a_dossier_is_no_complaint():
    assert types(World().run(filing(about="conduct"))) == ["feedback.filed"]


def test_a_dismissal_dismisses_the_complaint_too():
    world = World()
    world.run(COMPLAINT)
    assert types(world.run(DISMISS)) == ["feedback.dismissed", "complaint.dismissed"]


def test_a_dismissal_may_come_first():
    world = World()
    assert types(world.run(DISMISS)) == ["feedback.dismissed"]
    events = world.run(COMPLAINT)
    assert types(events) == ["feedback.filed", "complaint.raised", "complaint.dismissed"]
    assert events[2].data.concluded_at == DISMISS.concluded_at


@pytest.mark.parametrize(
    "order", list(itertools.permutations([COMPLAINT, ANSWER, PROLONG, DISMISS]))
)
def test_any_order_and_repetition_leads_to_the_same(order):
    world, straight = World(), World()
    world.run(*order, *order, *reversed(order))
    straight.run(COMPLAINT, ANSWER, PROLONG, DISMISS)

    def facts(each: World) -> set:
        return {event.data.model_dump_json() for s in each.streams.values() for event in s}

    assert facts(world) == facts(straight)
    assert world.size == straight.size == 6


def test_the_same_command_again_records_nothing():
    world = World()
    world.run(COMPLAINT, ANSWER, PROLONG, DISMISS)
    assert world.run(COMPLAINT, ANSWER, PROLONG, DISMISS) == []


def test_a_corrected_filing_is_recorded_again_with_a_later_time():
    world = World()
    (first,) = world.run(filing())
    (second,) = world.run(filing(agency="B"))
    assert second.time == NOW > first.time
    assert second.data.agency == "B"


def test_a_filing_corrected_twice_at_one_instant_keeps_its_order():
    world = World()
    world.run(filing(), filing(agency="B"))
    (third,) = world.run(filing(agency="C"))
    assert third.time == NOW + timedelta(microseconds=1)


def test_a_complaint_moved_to_another_dossier_leaves_the_first():
    world = World()
    world.run(COMPLAINT)
    events = world.run(filing(about="conduct", dossier="D2"))
    assert types(events) == ["feedback.filed", "complaint.dismissed", "complaint.raised"]
    assert isinstance(events[1].data, ComplaintDismissed)
    assert (events[1].data.dossier, events[2].data.dossier) == ("D1", "D2")


def test_feedback_corrected_to_be_no_complaint_leaves_the_dossier():
    world = World()
    world.run(COMPLAINT)
    assert types(world.run(filing(dossier="D1"))) == ["feedback.filed", "complaint.dismissed"]


def test_a_complaint_does_not_come_back_to_a_dossier_it_was_taken_off():
    world = World()
    world.run(COMPLAINT, filing(about="conduct", dossier="D2"))
    refused = refusal(world, COMPLAINT)
    assert (refused.status, refused.field) == (409, "dossier")


@pytest.mark.parametrize("order", [(filing(), None), (None, filing())])
def test_an_answer_before_the_filing_is_refused_whichever_is_told_first(order):
    early = AnswerFeedback(feedback="F1", answered_at=FILED - timedelta(minutes=1))
    first, second = (each or early for each in order)
    world = World()
    world.run(first)
    assert refusal(world, second).status == 422


@pytest.mark.parametrize(
    "command",
    [
        filing(filed_at=NOW + timedelta(days=2)),
        AnswerFeedback(feedback="F1", answered_at=NOW + timedelta(days=2)),
        ProlongFeedback(feedback="F1", prolonged_at=NOW + timedelta(days=2)),
        DismissFeedback(feedback="F1", concluded_at=NOW + timedelta(days=2), conclusion="wrong"),
    ],
)
def test_what_is_said_to_happen_in_the_future_is_refused(command):
    assert refusal(World(), command).status == 422


def test_a_due_date_out_of_reach_is_refused_naming_the_field():
    for due_at in ("9999-12-31T23:59:59+07:00", 1583125200):
        with pytest.raises(ValidationError, match="due_at"):
            filing(due_at=due_at)


def test_time_alone_passes_the_due_date_once():
    world = World()
    (filed,) = world.run(filing())
    late_after = filed.data.deadline.late_after
    assert world.open("feedback/F1") == [late_after]
    (event,) = world.run(PASS)
    assert event.data == FeedbackDeadlinePassed(feedback="F1", deadline=filed.data.deadline)
    assert event.time == late_after
    assert world.run(PASS) == []
    assert world.open("feedback/F1") == []


def test_the_due_date_has_not_passed_at_its_last_microsecond():
    world = World()
    (filed,) = world.run(filing())
    late_after = filed.data.deadline.late_after
    world.context = replace(CONTEXT, now=late_after)
    assert world.run(PASS) == []
    world.context = replace(CONTEXT, now=late_after + timedelta(microseconds=1))
    assert len(world.run(PASS)) == 1


@pytest.mark.parametrize("ending", [ANSWER, DISMISS])
def test_an_answer_or_a_dismissal_closes_the_due_date(ending):
    world = World()
    world.run(filing(), ending)
    assert world.open("feedback/F1") == []
    assert world.run(PASS) == []


def test_a_prolonged_matter_is_still_due():
    world = World()
    world.run(filing(), PROLONG)
    assert len(world.open("feedback/F1")) == 1


def test_a_due_date_fixed_to_a_later_day_may_pass_again():
    world = World()
    world.run(filing(), PASS, filing(limit={"amount": 20}))
    assert len(world.open("feedback/F1")) == 1
    assert types(world.run(PASS)) == ["feedback.deadline_passed"]


def test_a_due_date_fixed_to_an_earlier_day_has_passed_already():
    world = World()
    world.run(filing(), PASS, filing(limit={"amount": 2}))
    assert world.open("feedback/F1") == []


def test_what_was_never_filed_is_not_due():
    world = World()
    world.run(PROLONG)
    assert world.open("feedback/F1") == []
    assert world.run(PASS) == []


def test_other_streams_have_no_deadlines():
    world = World()
    world.run(COMPLAINT)
    assert world.open("dossier/D1") == []
    assert world.open("scale/S") == []


@given(st.lists(st.sampled_from([COMPLAINT, ANSWER, PROLONG, DISMISS, PASS]), max_size=12))
def test_whatever_comes_each_thing_is_recorded_at_most_once(commands):
    world = World()
    world.run(*commands)
    kinds = [event.type for events in world.streams.values() for event in events]
    assert len(kinds) == len(set(kinds))


def test_decisions_name_the_streams_they_read():
    assert DECIDER.streams(COMPLAINT) == ("feedback/F1", "dossier/D1")
    assert DECIDER.streams(filing()) == ("feedback/F1",)
    rating = SubmitRating(rating="R", agency="A", scale="S", answer="x", submitted_at=FILED)
    assert DECIDER.streams(rating) == ("rating/R", "scale/S")
    assert DECIDER.streams(DefineScale(scale="S", answers=("a", "b"))) == ("scale/S",)
    assessment = RecordAssessment(
        assessment="X", agency="A", period="2020", kind="appraisal", scores={1: 20}, by="B",
        assessed_at=FILED,
    )  # fmt: skip
    assert DECIDER.streams(assessment) == ("assessment/X",)
