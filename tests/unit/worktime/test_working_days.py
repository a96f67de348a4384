"""Which days are worked: public holidays, swaps, overrides and when they were announced."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motcua_events.contracts import CalendarDayOverridden, CalendarDefined, Session
from motcua_worktime import ALL_KNOWN, DEFAULT, Calendar, Calendars, OutOfRange, is_working_day

DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))


def days_off(first: date, last: date) -> list[date]:
    """The weekdays (Monday to Friday) between the two days that are not worked."""
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in span if day.weekday() < 5 and not is_working_day(DEFAULT, day)]


def test_lunar_new_year_2020() -> None:
    off = days_off(date(2020, 1, 20), date(2020, 2, 3))
    assert off == [date(2020, 1, day) for day in (23, 24, 27, 28, 29)]


def test_lunar_new_year_2021() -> None:
    off = days_off(date(2021, 2, 5), date(2021, 2, 22))
    assert off == [date(2021, 2, day) for day in (10, 11, 12, 15, 16)]


@pytest.mark.parametrize(
    "day",
    [
        date(2020, 1, 1),
        date(2020, 4, 2),  # 10th of the 3rd lunar month
        date(2020, 4, 30),
        date(2020, 5, 1),
        date(2020, 9, 2),
        date(2021, 4, 21),  # 10th of the 3rd lunar month
        date(2021, 5, 3),  # 1 May was a Saturday
        date(2021, 9, 2),
        date(2021, 9, 3),  # the neighbouring day
        date(2022, 9, 1),
        date(2024, 4, 29),  # swapped
        date(2025, 5, 2),  # swapped
        date(2026, 4, 27),  # the 10th of the 3rd lunar month was a Sunday
    ],
)
def test_days_off(day: date) -> None:
    assert not is_working_day(DEFAULT, day)


@pytest.mark.parametrize(
    "day",
    [
        date(2020, 9, 1),  # no neighbouring day before 2021
        date(2020, 9, 3),
        date(2019, 1, 5),  # worked for 31 December 2018: the swap lies across New Year
        date(2024, 5, 4),  # Saturdays worked in exchange for a bridge day
        date(2025, 4, 26),
        date(2026, 8, 22),
    ],
)
def test_days_worked(day: date) -> None:
    assert is_working_day(DEFAULT, day)


def test_a_day_off_counts_from_its_announcement() -> None:
    storm, announced = date(2020, 10, 30), date(2020, 10, 27)
    calendar = Calendar(off={storm: announced})
    assert is_working_day(calendar, storm, announced - timedelta(days=1))
    assert not is_working_day(calendar, storm, announced)
    assert not is_working_day(calendar, storm)


def test_a_working_saturday_counts_from_its_announcement() -> None:
    saturday, announced = date(2020, 10, 31), date(2020, 10, 20)
    calendar = Calendar(working={saturday: announced})
    assert not is_working_day(calendar, saturday, date(2020, 10, 19))
    assert is_working_day(calendar, saturday, announced)


def test_an_override_comes_before_the_published_calendar() -> None:
    swapped, bridge = date(2024, 5, 4), date(2024, 4, 29)
    calendar = Calendar(off={swapped: date(2024, 4, 20)}, working={bridge: date(2024, 4, 20)})
    assert not is_working_day(calendar, swapped)
    assert is_working_day(calendar, bridge)


def test_of_two_announcements_the_later_holds_and_a_tie_is_off() -> None:
    day, first, second = date(2020, 10, 30), date(2020, 10, 1), date(2020, 10, 5)
    taken_back = Calendar(off={day: first}, working={day: second})
    assert not is_working_day(taken_back, day, first)
    assert is_working_day(taken_back, day, second)
    assert not is_working_day(Calendar(off={day: second}, working={day: first}), day)
    assert not is_working_day(Calendar(off={day: first}, working={day: first}), day)


@pytest.mark.parametrize("year", [1975, 2121])
def test_years_not_known_are_refused(year: int) -> None:
    with pytest.raises(OutOfRange, match=str(year)):
        is_working_day(DEFAULT, date(year, 6, 1))


@pytest.mark.parametrize("weekdays", [frozenset(), frozenset({7})])
def test_a_calendar_needs_weekdays(weekdays: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="weekday"):
        Calendar(weekdays=weekdays)


def test_counting_stops_where_no_day_is_worked() -> None:
    long_ago = date(2000, 1, 1)
    closed = {date(2020, 1, 1) + timedelta(days=n): long_ago for n in range(366)}
    calendar = Calendar(off=closed).days(ALL_KNOWN)
    assert calendar.after(date(2020, 3, 1), 1) == date(2021, 1, 4)
    assert calendar.before(date(2020, 3, 1), 1) == date(2019, 12, 31)
    assert calendar.between(date(2019, 12, 31), date(2021, 1, 4)) == 1


@given(DAYS, st.integers(0, 800))
def test_after_and_before_and_between_agree(day: date, count: int) -> None:
    days = DEFAULT.days(ALL_KNOWN)
    later = days.after(day, count)
    if count:
        assert days.is_working(later)
        assert days.between(day + timedelta(days=1), later + timedelta(days=1)) == count
        earlier = days.before(day, count)
        assert days.is_working(earlier)
        assert days.between(earlier, day) == count
    else:
        assert later == day == days.before(day, 0)


@given(DAYS, DAYS, DAYS)
def test_between_adds_up(one: date, two: date, three: date) -> None:
    first, middle, last = sorted((one, two, three))
    days = DEFAULT.days(ALL_KNOWN)
    assert days.between(first, last) == days.between(first, middle) + days.between(middle, last)
    assert days.between(last, first) == 0


@settings(max_examples=30)
@given(DAYS, st.integers(0, 400))
def test_between_is_what_counting_day_by_day_gives(start: date, span: int) -> None:
    days = DEFAULT.days(ALL_KNOWN)
    counted = sum(days.is_working(start + timedelta(days=n)) for n in range(span))
    assert days.between(start, start + timedelta(days=span)) == counted


def defined(code: str, weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5)) -> CalendarDefined:
    hours = (Session(opens=time(8), closes=time(12)),)
    return CalendarDefined(calendar=code, weekdays=weekdays, sessions=hours)


def overridden(
    code: str | None, day: date, kind: str, announced_on: date = date(2020, 1, 1)
) -> CalendarDayOverridden:
    return CalendarDayOverridden.model_validate(
        {"calendar": code, "day": day, "kind": kind, "announced_on": announced_on, "name": "swap"}
    )


def test_calendars_of_agencies() -> None:
    saturday, monday = date(2020, 10, 31), date(2020, 11, 2)
    calendars = Calendars.build(
        [defined("six-days")],
        [overridden(None, monday, "off"), overridden("local", saturday, "working")],
        {"A": "six-days", "B": "local", "C": "unknown"},
    )
    assert is_working_day(calendars.of("A"), saturday)
    assert is_working_day(calendars.of("B"), saturday)
    assert not is_working_day(calendars.of("C"), saturday)
    assert not is_working_day(calendars.of(None), saturday)
    for agency in ("A", "B", "C", "D", None):
        assert not is_working_day(calendars.of(agency), monday)


def test_of_two_announcements_of_one_kind_the_first_counts() -> None:
    day = date(2020, 10, 30)
    calendars = Calendars.build(
        [],
        [
            overridden(None, day, "off", date(2020, 10, 5)),
            overridden("local", day, "off", date(2020, 10, 20)),
        ],
        {"A": "local"},
    )
    assert not is_working_day(calendars.of("A"), day, date(2020, 10, 6))


def test_calendars_of_nobody_are_the_default() -> None:
    assert Calendars().of("A") == DEFAULT
    assert Calendars.build([], [], {}).of("A") == DEFAULT


def test_a_senseless_definition_leaves_the_default_hours_and_the_overrides() -> None:
    backwards = CalendarDefined(
        calendar="odd", weekdays=(5,), sessions=(Session(opens=time(12), closes=time(8)),)
    )
    monday = date(2020, 10, 5)
    calendar = Calendars.build([backwards], [overridden("odd", monday, "off")], {"A": "odd"}).of(
        "A"
    )
    assert calendar.sessions == DEFAULT.sessions
    assert not is_working_day(calendar, monday)
    assert is_working_day(calendar, date(2020, 10, 6))
