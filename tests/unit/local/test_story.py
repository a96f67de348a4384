"""A dossier's story ends as it was told to: early, on time or late, by the law's own count."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua_local.simulator import clock
from motcua_local.simulator.data import Procedure, procedures
from motcua_local.simulator.places import places
from motcua_local.simulator.story import Story, tell, tell_in_year
from motcua_worktime import DEFAULT, compare, day_of, pushed

TIMINGS = {"early": "shorter", "on_time": "equal", "late": "longer"}
ROWS = [row for group in procedures().values() for row in group]
procedure_rows = st.sampled_from(ROWS)
timings = st.sampled_from(sorted(TIMINGS))
channels = st.sampled_from(["direct", "online", "postal"])


def outcome(story: Story) -> str:
    pauses = [story.pause] if story.pause else []
    due = pushed(story.due, pauses, DEFAULT, day_of(story.received))
    return compare(story.resolved, due)


@given(procedure_rows, channels, timings, timings, st.integers(0, 10**6), st.booleans())
def test_a_story_ends_as_told(
    procedure: Procedure, channel: str, timing: str, partners: str, seed: int, together: bool
) -> None:
    random = Random(seed)
    partner = (places().agencies[0], partners) if together else None
    story = tell_in_year(random, procedure, channel, timing, partner)
    assert outcome(story) == TIMINGS[timing]
    assert story.received <= story.resolved
    assert story.received.year == story.resolved.year == clock.YEAR
    if story.part is not None:
        due = clock.deadline(story.part.started, story.part.limit, "WORKING_DAY")
        assert compare(story.part.completed, due) == TIMINGS[partners]
        assert story.received <= story.part.started <= story.part.completed <= story.resolved
        assert story.part.completed <= story.due.due_at
    if story.pause is not None:
        begin, end = story.pause
        assert story.received < begin < end <= story.resolved
        assert story.part is None or story.part.completed <= begin


def test_a_late_story_stays_late_across_tet() -> None:
    three_days = next(row for row in ROWS if (row.amount, row.unit) == (3, "WORKING_DAY"))
    day = date(2020, 1, 21)
    story = tell(Random(1), three_days, "direct", "late", partner=None, day=day)
    assert story.due.due_at.date() > date(2020, 1, 29)
    assert outcome(story) == "longer"


def test_a_partner_without_room_takes_no_part() -> None:
    one_day = next(row for row in ROWS if (row.amount, row.unit) == (1, "WORKING_DAY"))
    partner = (places().agencies[0], "late")
    story = tell_in_year(Random(2), one_day, "direct", "on_time", partner)
    assert story.part is None


@pytest.mark.parametrize(("day", "count", "expected"), [
    ("2020-01-22", 1, "2020-01-30"), ("2020-05-02", 0, "2020-05-04"),
    ("2020-05-02", 1, "2020-05-04"), ("2020-05-02", 2, "2020-05-05"),
    ("2020-12-31", 1, "2021-01-04"),
])  # fmt: skip
def test_working_days_are_counted_over_holidays(day: str, count: int, expected: str) -> None:
    assert clock.later(date.fromisoformat(day), count).isoformat() == expected
