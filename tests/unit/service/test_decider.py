"""The pure helpers of decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from motcua_events.contracts import FeedbackAnswered
from motcua_events.event import Event
from motcua_service.decider import EARLIEST, Command, Refusal, happened, record

NOW = datetime(2020, 3, 2, 8, tzinfo=UTC)


def answered(at: datetime) -> FeedbackAnswered:
    return FeedbackAnswered(feedback="F1", answered_at=at)


def recorded(data: FeedbackAnswered, time: datetime) -> Event:
    return Event("e1", time, data, "/feedback", NOW)


def test_the_first_record_bears_its_business_time():
    at = NOW - timedelta(days=3)
    (change,) = record(None, answered(at), at, NOW)
    assert (change.time, change.data) == (at, answered(at))


def test_the_same_content_again_records_nothing():
    at = NOW - timedelta(days=3)
    assert record(recorded(answered(at), at), answered(at), at, NOW) == []


def test_other_content_replaces_with_a_later_time():
    at = NOW - timedelta(days=3)
    (change,) = record(recorded(answered(at), at), answered(NOW), NOW, NOW)
    assert change.time == NOW


def test_a_replacement_is_later_even_if_the_clock_went_back():
    future = NOW + timedelta(hours=1)
    (change,) = record(recorded(answered(NOW), future), answered(future), future, NOW)
    assert change.time == future + timedelta(microseconds=1)


def test_an_act_up_to_a_day_ahead_is_taken():
    happened("answered_at", NOW + timedelta(days=1), NOW)


@pytest.mark.parametrize(
    "at", [NOW + timedelta(days=1, microseconds=1), EARLIEST - timedelta(microseconds=1)]
)
def test_an_act_too_far_away_is_refused_naming_the_field(at):
    with pytest.raises(Refusal) as refused:
        happened("answered_at", at, NOW)
    assert (refused.value.field, refused.value.status) == ("answered_at", 422)
    assert "answered_at" in refused.value.detail


def test_the_extremes_of_time_are_refused_not_overflowed():
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        with pytest.raises(Refusal):
            happened("answered_at", datetime.fromisoformat(text), NOW)


def test_a_command_takes_no_unknown_field():
    class Count(Command):
        counter: str

    with pytest.raises(ValidationError):
        Count.model_validate({"counter": "a", "more": 1})
