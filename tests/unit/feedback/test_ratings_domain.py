"""Ratings, scales, assessments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from motcua_events.contracts import (
    AssessmentRecorded,
    Limit,
    RatingSubmitted,
    RatingWithdrawn,
    ScaleDefined,
)
from motcua_events.event import Event
from motcua_feedback.commands import DefineScale, RecordAssessment, SubmitRating
from motcua_feedback.domain import FeedbackDecider
from motcua_feedback.domain_feedback import Context
from motcua_feedback.domain_ratings import Record
from motcua_service.decider import Refusal
from motcua_worktime import Calendars

NOW = datetime(2021, 1, 4, 8, tzinfo=UTC)
AT = NOW - timedelta(days=10)
CONTEXT = Context(NOW, Calendars(), Limit(amount=5))
FACES = DefineScale(
    scale="faces", answers=("good", "fair", "bad"), satisfied=("good",), negative=("bad",)
)


def rating(**more) -> SubmitRating:
    fields = {"rating": "R1", "agency": "A", "scale": "faces", "answer": "good"}
    return SubmitRating(**{**fields, "submitted_at": AT, **more})


def assessment(**more) -> RecordAssessment:
    fields = {"assessment": "X1", "agency": "A", "period": "2020-Q4", "kind": "self_score"}
    return RecordAssessment(
        **{**fields, "scores": {"1": 17, "9": 0}, "by": "B", "assessed_at": AT, **more}
    )


def decide(command, **records):
    def state(data):
        return Record(Event("e1", AT, data, "/feedback", NOW) if data else None)

    states = {
        "rating/R1": state(records.get("rating")),
        "scale/faces": state(records.get("scale")),
        "assessment/X1": state(records.get("assessment")),
    }
    return FeedbackDecider().decide(states, command, CONTEXT)


def defined(command: DefineScale) -> ScaleDefined:
    (change,) = decide(command)
    assert isinstance(change.data, ScaleDefined)
    return change.data


def test_a_rating_keeps_scale_and_raw_answer():
    (change,) = decide(rating(reported={"attitude": "complaint"}, dossier="D", via="paper"))
    assert isinstance(change.data, RatingSubmitted)
    assert (change.data.scale, change.data.answer, change.time) == ("faces", "good", AT)
    assert change.data.reported.attitude == "complaint"
    assert (change.data.key, change.data.via) == ("D", "paper")


def test_a_rating_on_a_scale_not_defined_yet_is_taken():
    assert len(decide(rating(answer="whatever"))) == 1


def test_an_answer_the_scale_does_not_offer_is_refused_with_what_it_offers():
    with pytest.raises(Refusal) as refused:
        decide(rating(answer="whatever"), scale=defined(FACES))
    assert (refused.value.status, refused.value.field) == (422, "answer")
    assert "good, fair, bad" in refused.value.detail


def test_a_rating_again_records_nothing_and_other_content_replaces_it():
    (first,) = decide(rating())
    assert decide(rating(), rating=first.data) == []
    (second,) = decide(rating(answer="bad"), rating=first.data)
    assert second.time == NOW


@pytest.mark.parametrize(("former", "other"), [("D-1", "D-2"), ("D-1", None), (None, "D-2")])
def test_a_rating_moved_to_another_dossier_is_taken_off_the_former_one(former, other):
    (first,) = decide(rating(dossier=former))
    withdrawn, second = decide(rating(dossier=other), rating=first.data)
    assert withdrawn.data == RatingWithdrawn(rating="R1", dossier=former, withdrawn_at=NOW)
    assert withdrawn.data.key == (former or "R1")
    assert (second.data.dossier, withdrawn.time, second.time) == (other, NOW, NOW)


def test_a_rating_from_the_future_is_refused():
    with pytest.raises(Refusal):
        decide(rating(submitted_at=NOW + timedelta(days=2)))


def test_a_scale_is_defined_now_and_once():
    (change,) = decide(FACES)
    assert change.time == NOW
    assert decide(FACES, scale=change.data) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": ("only",)},
        {"answers": ("a", "a")},
        {"satisfied": ("unknown",)},
        {"negative": ("unknown",)},
        {"satisfied": ("good",), "negative": ("good",)},
    ],
)
def test_an_inconsistent_scale_is_not_a_command(wrong):
    with pytest.raises(ValidationError):
        DefineScale.model_validate({**FACES.model_dump(), **wrong})


def test_an_assessment_is_recorded_once():
    (change,) = decide(assessment())
    assert isinstance(change.data, AssessmentRecorded)
    assert (change.data.scores, change.time) == ({1: 17, 9: 0}, AT)
    assert decide(assessment(), assessment=change.data) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"scores": {}},
        {"scores": {10: 1}},
        {"scores": {1: 21}},
        {"scores": {1: 1.5}},
        {"period": "2020-13"},
        {"kind": "guess"},
    ],
)
def test_an_impossible_assessment_is_not_a_command(wrong):
    with pytest.raises(ValidationError):
        assessment(**wrong)
