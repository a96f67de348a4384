"""How pauses, restarts and corrections move deadlines, and when a passing is announced."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motcua_worktime import Calendar, Calendars

MICRO = timedelta(microseconds=1)


def pause(desk: Any, start: str, end: str | None = None, code: str = "P1") -> None:
    desk.do("pause_dossier", pause=code, paused_at=start, reason="supplement")
    if end:
        desk.do("resume_dossier", pause=code, resumed_at=end)


def test_without_pauses_the_base_is_effective_and_nothing_is_announced(desk: Any) -> None:
    assert len(desk.note(desk.received())) == 1
    assert desk.course().effective == desk.course().base == desk.deadline(10)
    assert desk.timers() == {"": desk.deadline(10).late_after}


def test_a_pause_moves_the_deadline_by_its_working_days(desk: Any) -> None:
    desk.note(desk.received())
    pause(desk, "03-04 09:00", "03-09 09:00")  # Wednesday, Thursday, Friday
    assert desk.due_day() == date(2020, 3, 19)
    (moved,) = desk.moved
    assert (moved.step, moved.base, moved.pauses) == (None, desk.deadline(10), ("P1",))
    assert moved.effective == desk.course().effective
    assert desk.log[-1].time == desk.at("03-09 09:00")


def test_a_pause_that_takes_no_working_day_is_not_announced(desk: Any) -> None:
    desk.note(desk.received())
    pause(desk, "03-07 09:00", "03-08 09:00")  # a weekend
    assert desk.moved == []
    assert desk.course().pauses == ()


def test_an_open_pause_holds_the_clock_and_its_end_releases_it(desk: Any) -> None:
    desk.note(desk.received())
    desk.do("start_step", step="S", agency="B", started_at="03-02 10:00", limit={"amount": 5})
    pause(desk, "03-04 09:00")
    assert desk.timers() == {}
    assert desk.pass_("", "S") == []
    desk.do("resume_dossier", pause="P1", resumed_at="03-05 09:00")
    assert set(desk.timers()) == {"", "S"}


def test_an_open_pause_does_not_undo_what_had_passed_before_it(desk: Any) -> None:
    desk.note(desk.received())
    pause(desk, "03-18 09:00")  # two days late
    assert list(desk.timers()) == [""]
    assert len(desk.pass_("")) == 1


def test_the_resolution_ends_an_open_pause(desk: Any) -> None:
    desk.note(desk.received())
    pause(desk, "03-04 09:00")
    desk.do("resolve_dossier", resolved_at="03-06 09:00")
    assert desk.due_day() == date(2020, 3, 18)
    assert len(desk.moved) == 1


def test_a_pause_said_to_end_after_the_resolution_ends_with_it(desk: Any) -> None:
    desk.note(desk.received())
    desk.do("resolve_dossier", resolved_at="03-06 09:00")
    pause(desk, "03-04 09:00", "03-31 09:00")
    assert desk.due_day() == date(2020, 3, 18)


def test_pauses_before_a_restart_do_not_count_for_the_new_clock(desk: Any) -> None:
    desk.note(desk.received())
    pause(desk, "03-03 09:00", "03-05 09:00")
    again = desk.deadline(10, "03-06 09:00")
    desk.note(desk.restarted("03-06 09:00", again))
    assert desk.course().effective == again
    assert len(desk.moved) == 1  # the old move is void with its base
    pause(desk, "03-10 09:00", "03-11 09:00", "P2")
    assert desk.due_day() == date(2020, 3, 23)


def test_a_pause_across_a_restart_counts_from_the_restart(desk: Any) -> None:
    desk.note(desk.received())
    pause(desk, "03-03 09:00", "03-11 09:00")
    desk.note(desk.restarted("03-10 09:00", desk.deadline(10, "03-10 09:00")))
    assert desk.due_day() == date(2020, 3, 25)  # one day after the 24th


def test_a_correction_keeps_the_restart_for_the_pauses(desk: Any) -> None:
    desk.note(desk.received())
    pause(desk, "03-03 09:00", "03-05 09:00")
    desk.note(desk.restarted("03-06 09:00", desk.deadline(10, "03-06 09:00")))
    desk.now += timedelta(days=1)
    desk.note(desk.received(12, reason="limit"))
    assert desk.course().effective == desk.deadline(12)


def test_a_corrected_base_moves_the_deadline_and_voids_the_old_move(desk: Any) -> None:
    desk.note(desk.received())
    pause(desk, "03-04 09:00", "03-05 09:00")
    recorded = desk.note(desk.received(15, reason="limit"))
    assert [type(each).__name__ for each in recorded] == ["DossierNoted", "DeadlineMoved"]
    assert desk.moved[-1].base == desk.deadline(15)
    assert desk.due_day() == date(2020, 3, 24)


def test_a_base_that_comes_back_finds_its_move_again(desk: Any) -> None:
    """Consumers go by the last move of the current base, whatever was announced in between."""
    desk.note(desk.received())
    pause(desk, "03-04 09:00", "03-05 09:00")
    desk.note(desk.received(15, reason="limit"))
    assert len(desk.note(desk.received(reason="the former was right"))) == 1
    desk.note(desk.received(15, reason="no, it was not"))
    desk.do("resume_dossier", pause="P1", resumed_at="03-04 10:00")
    recorded = desk.note(desk.received(reason="it was"))
    assert recorded[-1].effective == desk.course().effective == desk.deadline(10)
    assert desk.log[-1].time == desk.now


def test_a_pause_corrected_to_nothing_is_taken_back(desk: Any) -> None:
    desk.note(desk.received())
    pause(desk, "03-04 09:00", "03-06 09:00")
    desk.do("resume_dossier", pause="P1", resumed_at="03-04 10:00")
    assert desk.due_day() == date(2020, 3, 16)
    assert [move.effective for move in desk.moved][-1] == desk.deadline(10)


def test_a_steps_deadline_is_moved_by_the_overlap_only(desk: Any) -> None:
    desk.do("start_step", step="S", agency="B", started_at="03-05 09:00", limit={"amount": 5})
    pause(desk, "03-03 09:00", "03-10 09:00")  # the 5th, 6th and 9th overlap
    assert desk.due_day("S") == date(2020, 3, 17)
    desk.do("complete_step", step="S", completed_at="03-06 09:00")
    assert desk.due_day("S") == date(2020, 3, 13)  # the 5th alone
    assert [move.step for move in desk.moved] == ["S", "S"]


def test_a_step_completed_during_a_pause_ends_it_for_the_step(desk: Any) -> None:
    desk.do("start_step", step="S", agency="B", started_at="03-02 09:00", limit={"amount": 2})
    pause(desk, "03-03 09:00")
    desk.do("complete_step", step="S", completed_at="03-06 09:00")
    assert desk.due_day("S") == date(2020, 3, 9)


def test_pauses_are_counted_by_the_agencys_own_calendar(desk: Any) -> None:
    six_days = Calendar(weekdays=frozenset(range(6)))
    desk.calendars = Calendars({"six": six_days}, {"A": "six"})
    desk.note(desk.received())
    pause(desk, "03-07 09:00", "03-09 09:00")  # its Saturday counts
    assert desk.due_day() == date(2020, 3, 17)


def test_days_off_announced_after_a_pause_ended_do_not_touch_it(desk: Any) -> None:
    desk.note(desk.received())
    pause(desk, "03-04 09:00", "03-05 09:00")
    late = Calendar(off={date(2020, 3, 17): date(2020, 3, 6)})
    desk.calendars = Calendars(default=late)
    desk.do("return_result", returned_at="03-20 09:00")
    assert desk.due_day() == date(2020, 3, 17)
    assert len(desk.moved) == 1


def test_a_due_date_beyond_the_known_years_stays_unmoved(desk: Any) -> None:
    far = desk.exact("03-16 09:00").model_copy(update={"due_at": desk.now.replace(year=2150)})
    desk.note(desk.received(deadline=far.model_copy(update={"late_after": far.due_at})))
    pause(desk, "03-04 09:00", "03-05 09:00")
    assert desk.course().effective == desk.course().base


def test_hours_are_pushed_by_hours(desk: Any) -> None:
    desk.note(desk.received(deadline=desk.exact("03-04 10:00")))
    pause(desk, "03-03 09:00", "03-03 11:00")
    assert desk.course().effective.due_at == desk.at("03-04 14:00")


def test_a_passing_is_announced_after_the_last_instant_and_once(desk: Any) -> None:
    desk.note(desk.received(deadline=desk.exact("03-04 10:00")))
    desk.now = desk.at("03-04 10:00")
    assert desk.pass_("") == []
    desk.now += MICRO
    (passed,) = desk.pass_("")
    assert (passed.step, passed.deadline) == (None, desk.exact("03-04 10:00"))
    assert desk.log[-1].time == desk.at("03-04 10:00")
    assert desk.pass_("") == []
    assert desk.timers() == {}


def test_only_the_subjects_whose_timers_ran_out_are_announced(desk: Any) -> None:
    desk.note(desk.received())
    desk.do("start_step", step="S", agency="B", started_at="03-02 09:00", limit={"amount": 1})
    desk.do("start_step", step="T", agency="C", started_at="03-02 09:00", limit={"amount": 1})
    assert [each.step for each in desk.pass_("S")] == ["S"]
    assert set(desk.timers()) == {"", "T"}


def test_a_timer_that_finds_its_deadline_elsewhere_says_so(desk: Any) -> None:
    """The agency got another calendar after the pause: the move makes a new timer."""
    desk.note(desk.received())
    pause(desk, "03-04 09:00", "03-09 09:00")  # due on the 19th
    odd_days = Calendar(weekdays=frozenset({0, 2, 4}))
    desk.calendars = Calendars({"odd": odd_days}, {"A": "odd"})
    desk.now = desk.at("03-20 00:00")
    assert [type(each).__name__ for each in desk.pass_("")] == ["DeadlineMoved"]
    assert desk.timers() == {"": desk.at("03-21 00:00") - MICRO}
    desk.now = desk.at("03-21 00:00")
    assert [type(each).__name__ for each in desk.pass_("")] == ["DeadlinePassed"]


@pytest.mark.parametrize("end", ["resolved", "refused"])
def test_what_is_not_open_any_more_does_not_pass(desk: Any, end: str) -> None:
    desk.note(desk.received())
    desk.do("start_step", step="S", agency="B", started_at="03-02 09:00", limit={"amount": 1})
    if end == "resolved":
        desk.do("resolve_dossier", resolved_at="03-30 09:00")
        desk.do("complete_step", step="S", completed_at="03-30 09:00")
    else:
        desk.note(desk.refused("03-30 09:00"))
    assert desk.timers() == {}
    assert desk.pass_("", "S") == []


def test_a_reopened_dossier_has_its_timer_again(desk: Any) -> None:
    desk.note(desk.received(), desk.refused("03-03 09:00"))
    assert desk.timers() == {}
    desk.note(desk.reopened("03-04 09:00"))
    assert list(desk.timers()) == [""]


def test_a_deadline_corrected_after_it_passed(desk: Any) -> None:
    desk.note(desk.received(5))
    desk.pass_("")
    desk.note(desk.received(3, reason="earlier"))
    assert desk.timers() == {}  # a later one has passed: so has this
    desk.note(desk.received(8, reason="later"))
    assert desk.timers() == {"": desk.deadline(8).late_after}
    desk.pass_("")
    assert [each.deadline for each in desk.passed] == [desk.deadline(5), desk.deadline(8)]


STEP = {"step": "S", "agency": "B", "started_at": "03-02 10:00", "limit": {"amount": 4}}
ACTS: list[tuple[str, dict[str, Any]]] = [
    ("note", {}),
    ("start_step", STEP),
    ("complete_step", {"step": "S", "completed_at": "03-11 09:00"}),
    ("pause_dossier", {"pause": "P1", "paused_at": "03-04 09:00", "reason": "supplement"}),
    ("resume_dossier", {"pause": "P1", "resumed_at": "03-06 09:00"}),
    ("pause_dossier", {"pause": "P2", "paused_at": "03-10 09:00", "reason": "other_legal"}),
    ("resolve_dossier", {"resolved_at": "03-12 09:00"}),
]


def play(desk: Any, acts: list[tuple[str, dict[str, Any]]]) -> tuple[Any, ...]:
    for do, fields in acts:
        desk.note(desk.received()) if do == "note" else desk.do(do, **fields)
    announced = {move.step: move.effective for move in desk.moved}
    found = [desk.course(subject) for subject in ("", "S")]
    return (
        [(course.base, course.effective, course.running) for course in found],
        [announced.get(course.subject or None, course.base) for course in found],
        desk.timers(),
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_any_order_with_duplicates_ends_the_same(desk: Any, data: st.DataObject) -> None:
    order = data.draw(
        st.permutations(ACTS + data.draw(st.lists(st.sampled_from(ACTS), max_size=3)))
    )
    fresh = type(desk)(desk.now), type(desk)(desk.now)
    assert play(fresh[0], order) == play(fresh[1], ACTS)


def test_what_is_announced_is_what_is_effective_in_every_order_of_a_pause(desk: Any) -> None:
    for order in permutations(ACTS[:1] + ACTS[3:5] + ACTS[6:]):
        again = type(desk)(desk.now)
        found = play_own(again, list(order))
        assert found == again.course().effective


def play_own(desk: Any, acts: list[tuple[str, dict[str, Any]]]) -> Any:
    for do, fields in acts:
        desk.note(desk.received()) if do == "note" else desk.do(do, **fields)
    base = desk.course().base
    moved = [each.effective for each in desk.moved if each.step is None and each.base == base]
    return moved[-1] if moved else base
