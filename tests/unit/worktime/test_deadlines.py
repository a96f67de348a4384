"""Due dates in working days, days and hours; pauses; comparison to the microsecond."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from motcua_events.contracts import Deadline, Limit, LimitUnit
from motcua_worktime import (
    ALL_KNOWN,
    DEFAULT,
    VIETNAM,
    Calendar,
    OutOfRange,
    compare,
    day_of,
    due,
    given,
    pushed,
)

MICRO = timedelta(microseconds=1)
UNITS: tuple[LimitUnit, ...] = ("WORKING_DAY", "DAY", "HOUR")
STARTS = st.timedeltas(timedelta(0), timedelta(days=4383)).map(
    lambda since: datetime(2018, 1, 1, tzinfo=VIETNAM) + since
)
LIMITS = st.builds(Limit, amount=st.integers(1, 120), unit=st.sampled_from(UNITS))
SPANS = st.lists(
    st.tuples(st.integers(0, 100_000), st.integers(0, 50_000)).map(
        lambda pair: (timedelta(minutes=pair[0]), timedelta(minutes=pair[1]))
    ),
    max_size=5,
)


def at(day: str, clock: str = "00:00") -> datetime:
    """An instant in Vietnam, in the year 2020 if only month and day are given."""
    whole = day if len(day) == 10 else f"2020-{day}"
    return datetime.fromisoformat(f"{whole}T{clock}").replace(tzinfo=VIETNAM)


def limit(amount: int, unit: LimitUnit = "WORKING_DAY") -> Limit:
    return Limit(amount=amount, unit=unit)


def due_at(start: datetime, of: Limit, calendar: Calendar = DEFAULT) -> datetime:
    return due(start, of, calendar, day_of(start)).due_at


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        (at("03-02", "09:00"), 1, "03-03"),  # Monday
        (at("03-02", "16:59"), 5, "03-09"),  # across a weekend
        (at("03-06", "07:30"), 1, "03-09"),  # Friday
        (at("03-07", "10:00"), 1, "03-09"),  # received on a Saturday
        (at("01-20", "09:00"), 3, "01-30"),  # across Lunar New Year: the 21st, 22nd, 30th
        (at("01-22", "09:00"), 1, "01-30"),
        (at("04-01", "09:00"), 1, "04-03"),  # the 10th of the 3rd lunar month
        (at("04-29", "09:00"), 1, "05-04"),  # 30 April, 1 May, weekend
        (at("09-01", "09:00"), 1, "09-03"),
        (at("2021-09-01", "09:00"), 1, "2021-09-06"),  # 2 September and its neighbour
        (at("2021-02-09", "09:00"), 1, "2021-02-17"),
        (at("2020-12-31", "09:00"), 1, "2021-01-04"),
        (at("2024-05-03", "09:00"), 1, "2024-05-04"),  # a working Saturday
        (at("2024-04-26", "09:00"), 1, "2024-05-02"),  # its bridge day
    ],
)
def test_working_days(start: datetime, amount: int, expected: str) -> None:
    assert due_at(start, limit(amount)) == at(expected, "17:00")


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        (at("03-02", "09:00"), 3, "03-05"),
        (at("03-02", "09:00"), 5, "03-09"),  # Saturday: the next working day
        (at("01-20", "09:00"), 4, "01-30"),  # in Lunar New Year
        (at("03-02", "09:00"), 366, "2021-03-03"),
    ],
)
def test_calendar_days(start: datetime, amount: int, expected: str) -> None:
    assert due_at(start, limit(amount, "DAY")) == at(expected, "17:00")


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        (at("03-02", "08:00"), 2, at("03-02", "10:00")),
        (at("03-02", "07:30"), 4, at("03-02", "11:30")),  # ends with the morning
        (at("03-02", "10:30"), 2, at("03-02", "14:30")),  # across lunch
        (at("03-02", "12:00"), 1, at("03-02", "14:30")),  # received at lunch
        (at("03-02", "16:00"), 2, at("03-03", "08:30")),  # across the night
        (at("03-06", "16:00"), 2, at("03-09", "08:30")),  # across a weekend
        (at("03-07", "10:00"), 1, at("03-09", "08:30")),  # received on a Saturday
        (at("03-02", "05:00"), 1, at("03-02", "08:30")),  # before opening
        (at("03-02", "20:00"), 1, at("03-03", "08:30")),  # after closing
        (at("03-02", "07:30"), 15, at("03-03", "17:00")),  # two whole days of 7.5 hours
        (at("01-22", "16:00"), 2, at("01-30", "08:30")),  # across Lunar New Year
    ],
)
def test_hours(start: datetime, amount: int, expected: datetime) -> None:
    assert due_at(start, limit(amount, "HOUR")) == expected


def test_hours_to_the_microsecond() -> None:
    start = at("03-02", "16:00") + MICRO
    assert due_at(start, limit(1, "HOUR")) == at("03-03", "07:30") + MICRO


def test_a_late_announcement_leaves_earlier_due_dates_alone() -> None:
    calendar = Calendar(off={date(2020, 3, 4): date(2020, 3, 3)})
    before, after = at("03-02", "09:00"), at("03-03", "09:00")
    assert due_at(before, limit(3), calendar) == at("03-05", "17:00")
    assert due_at(after, limit(2), calendar) == at("03-06", "17:00")


def test_an_announced_working_saturday_counts() -> None:
    calendar = Calendar(working={date(2020, 3, 7): date(2020, 3, 1)})
    assert due_at(at("03-06", "09:00"), limit(1), calendar) == at("03-07", "17:00")
    assert due_at(at("03-06", "16:00"), limit(2, "HOUR"), calendar) == at("03-07", "08:30")


def test_office_hours_are_the_calendars() -> None:
    evenings = Calendar(sessions=((time(18), time(20)), (time(8), time(12))))
    assert due_at(at("03-02", "09:00"), limit(1), evenings) == at("03-03", "20:00")
    assert due_at(at("03-02", "11:00"), limit(3, "HOUR"), evenings) == at("03-02", "20:00")


def test_sessions_that_overlap_count_once_and_may_end_at_midnight() -> None:
    calendar = Calendar(
        weekdays=frozenset(range(7)), sessions=((time(8), time(12)), (time(10), time(0)))
    )
    assert due_at(at("03-02", "08:00"), limit(16, "HOUR"), calendar) == at("03-03")


@pytest.mark.parametrize("sessions", [(), ((time(12), time(8)),), ((time(8), time(8)),)])
def test_sessions_must_open_before_they_close(sessions: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="session"):
        Calendar(sessions=sessions)


def test_the_cutoff_policy_shifts_late_receptions_only() -> None:
    strict = Calendar(cutoff=time(15))
    assert due_at(at("03-02", "14:59:59.999999"), limit(1), strict) == at("03-03", "17:00")
    assert due_at(at("03-02", "15:00"), limit(1), strict) == at("03-04", "17:00")
    assert due_at(at("03-02", "15:00"), limit(1)) == at("03-03", "17:00")


def test_the_day_is_vietnams() -> None:
    evening_utc = datetime(2020, 3, 1, 20, 0, tzinfo=UTC)  # 03:00 on Monday in Vietnam
    assert due_at(evening_utc, limit(1)) == at("03-03", "17:00")


@pytest.mark.parametrize("unit", ["WORKING_DAY", "DAY"])
def test_the_due_day_is_equal_to_the_microsecond(unit: LimitUnit) -> None:
    deadline = given(at("03-05", "10:00"), unit, DEFAULT)
    assert compare(at("03-05") - MICRO, deadline) == "shorter"
    assert compare(at("03-05"), deadline) == "equal"
    assert compare(at("03-05", "10:00"), deadline) == "equal"
    assert compare(at("03-06") - MICRO, deadline) == "equal"
    assert compare(at("03-06"), deadline) == "longer"


def test_the_last_working_hour_is_equal() -> None:
    deadline = due(at("03-02", "08:00"), limit(6, "HOUR"), DEFAULT, date(2020, 3, 2))
    assert deadline.due_at == at("03-02", "16:00")
    assert compare(at("03-02", "15:00"), deadline) == "shorter"
    assert compare(at("03-02", "15:00") + MICRO, deadline) == "equal"
    assert compare(at("03-02", "16:00"), deadline) == "equal"
    assert compare(at("03-02", "16:00") + MICRO, deadline) == "longer"


@pytest.mark.parametrize(
    ("end", "early"),
    [
        (at("03-02", "14:00"), at("03-02", "11:00")),  # half an hour on each side of lunch
        (at("03-02", "14:30"), at("03-02", "13:30")),  # lunch itself is an hour early
        (at("03-03", "08:00"), at("03-02", "16:30")),
        (at("03-09", "07:30"), at("03-06", "16:00")),
        (at("03-07", "23:00"), at("03-06", "16:00")),  # given on a Saturday night
    ],
)
def test_an_hour_before_a_given_due_hour(end: datetime, early: datetime) -> None:
    deadline = given(end, "HOUR", DEFAULT)
    assert (deadline.early_until, deadline.late_after) == (early, end)


@pytest.mark.parametrize(
    "bad", [at("03-02").replace(tzinfo=None), datetime.min.replace(tzinfo=UTC)]
)
def test_instants_without_sense_are_refused(bad: datetime) -> None:
    with pytest.raises(OutOfRange):
        given(bad, "DAY", DEFAULT)


BASE = due(at("03-02", "09:00"), limit(10), DEFAULT, date(2020, 3, 2))  # 16 March


def push(deadline: Deadline, *pauses: tuple[datetime, datetime]) -> datetime:
    return pushed(deadline, pauses, DEFAULT, ALL_KNOWN).due_at


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (at("03-04", "09:00"), at("03-06", "09:00"), "03-18"),  # Wednesday and Thursday
        (at("03-06", "16:00"), at("03-09", "08:00"), "03-17"),  # only the Friday counts
        (at("03-07", "09:00"), at("03-08", "09:00"), "03-16"),  # a weekend counts nothing
        (at("03-04", "08:00"), at("03-04", "16:00"), "03-16"),  # nor does one day
        (at("03-04", "23:59"), at("03-05", "00:00"), "03-17"),  # a night is a day
    ],
)
def test_a_pause_in_working_days(start: datetime, end: datetime, expected: str) -> None:
    assert push(BASE, (start, end)) == at(expected, "17:00")


def test_pauses_add_up_and_overlapping_ones_count_once() -> None:
    first = (at("03-03", "09:00"), at("03-05", "09:00"))
    inside = (at("03-04", "09:00"), at("03-06", "09:00"))
    later = (at("03-10", "09:00"), at("03-11", "09:00"))
    assert push(BASE, later, first) == at("03-19", "17:00")
    assert push(BASE, first, inside) == at("03-19", "17:00")
    assert push(BASE, (first[0], at("03-04", "10:00")), (at("03-04", "15:00"), first[1])) == at(
        "03-18", "17:00"
    )


def test_a_pause_across_lunar_new_year() -> None:
    deadline = due(at("01-20", "09:00"), limit(3), DEFAULT, date(2020, 1, 20))  # 30 January
    assert push(deadline, (at("01-22", "09:00"), at("01-31", "09:00"))) == at("02-03", "17:00")


def test_a_pause_in_calendar_days_ends_on_a_working_day() -> None:
    deadline = due(at("03-02", "09:00"), limit(3, "DAY"), DEFAULT, date(2020, 3, 2))
    assert push(deadline, (at("03-03", "09:00"), at("03-04", "08:00"))) == at("03-06", "17:00")
    assert push(deadline, (at("03-03", "09:00"), at("03-05", "08:00"))) == at("03-09", "17:00")


def test_a_pause_in_hours() -> None:
    deadline = due(at("03-02", "08:00"), limit(3, "HOUR"), DEFAULT, date(2020, 3, 2))
    lunch = (at("03-02", "11:30"), at("03-02", "13:30"))
    assert push(deadline, (at("03-02", "10:00"), at("03-02", "10:30"))) == at("03-02", "11:30")
    assert push(deadline, (at("03-02", "09:00"), at("03-02", "16:00"))) == at("03-03", "08:30")
    assert push(deadline, lunch) == at("03-02", "11:00")


def test_a_given_time_of_day_is_kept() -> None:
    deadline = given(at("03-05", "10:00"), "WORKING_DAY", DEFAULT)
    assert push(deadline, (at("03-03", "09:00"), at("03-04", "09:00"))) == at("03-06", "10:00")


def test_a_pause_that_begins_too_late_moves_nothing() -> None:
    late = (at("03-17"), at("03-20"))
    assert push(BASE, late) == BASE.due_at
    assert push(BASE, (at("03-16", "23:59"), at("03-18", "09:00"))) == at("03-18", "17:00")
    earlier = (at("03-04", "09:00"), at("03-05", "09:00"))
    assert push(BASE, earlier, late) == at("03-20", "17:00")  # in time, thanks to the first


def test_a_day_off_announced_later_does_not_lengthen_a_pause() -> None:
    calendar = Calendar(off={date(2020, 3, 17): date(2020, 3, 12)})
    pause = [(at("03-04", "09:00"), at("03-05", "09:00"))]
    assert pushed(BASE, pause, calendar, date(2020, 3, 5)).due_at == at("03-17", "17:00")
    assert pushed(BASE, pause, calendar, date(2020, 3, 12)).due_at == at("03-18", "17:00")


@examples(STARTS, LIMITS, st.integers(0, 30))
def test_due_grows_with_the_amount(start: datetime, of: Limit, more: int) -> None:
    longer = Limit(amount=of.amount + more, unit=of.unit)
    assert due_at(start, of) <= due_at(start, longer)


@examples(STARTS, LIMITS, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_due_grows_with_the_start(start: datetime, of: Limit, later: timedelta) -> None:
    known = date(2030, 1, 1)
    assert due(start, of, DEFAULT, known).due_at <= due(start + later, of, DEFAULT, known).due_at


@examples(STARTS, LIMITS)
def test_due_is_in_office_hours_after_the_start(start: datetime, of: Limit) -> None:
    deadline = due(start, of, DEFAULT, day_of(start))
    assert start < deadline.due_at
    assert deadline.early_until < deadline.due_at <= deadline.late_after
    assert DEFAULT.days(day_of(start)).is_working(day_of(deadline.due_at))
    clock = deadline.due_at.astimezone(VIETNAM).time()
    assert time(7, 30) < clock <= time(11, 30) or time(13, 30) < clock <= time(17)


@examples(STARTS, st.integers(1, 10**11))
def test_hours_added_are_hours_between_and_can_be_taken_back(start: datetime, micros: int) -> None:
    hours = DEFAULT.hours(ALL_KNOWN)
    end = hours.add(start, micros)
    assert hours.between(start, end) == micros
    assert hours.between(start, end - MICRO) == micros - 1
    back = hours.take(end, micros)
    assert back >= start
    assert hours.between(back, end) == micros
    assert hours.between(back + MICRO, end) == micros - 1


@examples(STARTS, LIMITS, st.lists(st.timedeltas(timedelta(0), timedelta(days=9)), max_size=3))
def test_empty_pauses_change_nothing(start: datetime, of: Limit, when: list[timedelta]) -> None:
    deadline = due(start, of, DEFAULT, day_of(start))
    pauses = [(start + each, start + each) for each in when]
    backwards = [(start + each, start) for each in when]
    assert pushed(deadline, pauses + backwards, DEFAULT, ALL_KNOWN) is deadline


@examples(STARTS, LIMITS, SPANS, st.randoms())
def test_pauses_push_forward_in_any_order(start: datetime, of: Limit, spans, shuffle) -> None:
    deadline = due(start, of, DEFAULT, day_of(start))
    pauses = [(start + begin, start + begin + length) for begin, length in spans]
    moved = pushed(deadline, pauses, DEFAULT, ALL_KNOWN)
    assert moved.due_at >= deadline.due_at
    again = [*pauses, *pauses]
    shuffle.shuffle(again)
    assert pushed(deadline, again, DEFAULT, ALL_KNOWN) == moved


@examples(STARTS, st.integers(1, 60), st.integers(0, 20), st.integers(1, 30))
def test_a_pause_of_working_days_pushes_by_as_many(
    start: datetime, amount: int, begin: int, length: int
) -> None:
    deadline = due(start, limit(amount), DEFAULT, ALL_KNOWN)
    pause = (start + timedelta(days=begin), start + timedelta(days=begin + length))
    moved = pushed(deadline, [pause], DEFAULT, ALL_KNOWN)
    days = DEFAULT.days(ALL_KNOWN)
    paused = days.between(day_of(pause[0]), day_of(pause[1]))
    counted = paused if pause[0] <= deadline.late_after else 0
    assert days.between(day_of(deadline.due_at), day_of(moved.due_at)) == counted


@examples(STARTS, LIMITS, st.timedeltas(timedelta(0), timedelta(days=200)))
def test_earlier_is_never_worse(start: datetime, of: Limit, after: timedelta) -> None:
    order = ("shorter", "equal", "longer")
    deadline = due(start, of, DEFAULT, day_of(start))
    one, two = compare(start + after, deadline), compare(start + after + MICRO, deadline)
    assert order.index(one) <= order.index(two)
