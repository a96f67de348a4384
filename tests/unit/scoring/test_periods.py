"""Periods are cut at midnight in Vietnam."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoring_events import at

from motcua_scoring.periods import Period, containing, day_of, month_of


@pytest.mark.parametrize(
    ("text", "kind", "first", "last", "last_day"),
    [
        ("2020-02", "month", date(2020, 2, 1), date(2020, 2, 1), date(2020, 2, 29)),
        ("2020-12", "month", date(2020, 12, 1), date(2020, 12, 1), date(2020, 12, 31)),
        ("2020-Q1", "quarter", date(2020, 1, 1), date(2020, 3, 1), date(2020, 3, 31)),
        ("2020-Q4", "quarter", date(2020, 10, 1), date(2020, 12, 1), date(2020, 12, 31)),
        ("2020", "year", date(2020, 1, 1), date(2020, 12, 1), date(2020, 12, 31)),
        ("9999", "year", date(9999, 1, 1), date(9999, 12, 1), date(9999, 12, 31)),
    ],
)
def test_a_period_knows_its_months(
    text: str, kind: str, first: date, last: date, last_day: date
) -> None:
    period = Period.parse(text)
    assert (period.kind, period.first_month, period.last_month) == (kind, first, last)
    assert period.last_day == last_day
    assert period.id == str(period) == text
    assert (period.months[0], period.months[-1]) == (first, last)


@pytest.mark.parametrize(
    "text",
    ["", "20", "2020-13", "2020-00", "2020-Q0", "2020-Q5", "2020-1", "0000", "0000-Q1",
     "2020-Q1 ", "2020\n", "²020", "٢٠٢٠", "2020-Q１"],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        Period.parse(text)


def test_the_last_instant_before_midnight_in_vietnam_still_belongs() -> None:
    quarter = Period.parse("2020-Q1")
    midnight = at("2020-04-01")
    assert quarter.contains(midnight - timedelta(microseconds=1))
    assert not quarter.contains(midnight)
    assert quarter.contains(at("2020-01-01"))
    assert not quarter.contains(at("2020-01-01") - timedelta(microseconds=1))


def test_the_evening_in_utc_is_the_next_day_in_vietnam() -> None:
    assert month_of(datetime(2020, 3, 31, 16, 59, 59, 999_999, UTC)) == date(2020, 3, 1)
    assert month_of(datetime(2020, 3, 31, 17, tzinfo=UTC)) == date(2020, 4, 1)


def test_the_ends_of_the_calendar_have_a_day() -> None:
    assert day_of(datetime.max.replace(tzinfo=UTC)) == date(9999, 12, 31)
    assert month_of(datetime.min.replace(tzinfo=UTC)) == date(1, 1, 1)


@given(st.dates(min_value=date(1, 1, 1)))
def test_every_month_lies_in_its_month_quarter_and_year(day: date) -> None:
    month = day.replace(day=1)
    periods = containing(month)
    assert [period.kind for period in periods] == ["month", "quarter", "year"]
    for period in periods:
        assert period.has_month(month)
        assert Period.parse(period.id) == period
        assert len(period.months) == len(set(period.months))
        assert all(period.has_month(each) for each in period.months)
