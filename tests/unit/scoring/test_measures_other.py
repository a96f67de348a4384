"""What feedback, listed procedures and free ratings add; arithmetic of contributions."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from scoring_events import (
    answered,
    arrivals,
    at,
    by_day,
    event,
    filed,
    listing,
    rated,
    registered,
)

from motcua_events import contracts as c
from motcua_events.event import Event
from motcua_scoring.facts import Entity, entity_of, fold
from motcua_scoring.measures import Measure, add_to, contributions, total
from motcua_scoring.reference import fold_events, measure_facts

DUE = by_day("2020-03-31")


def counted(*events: Event) -> dict[Measure, int]:
    entity = entity_of(events[0])
    assert entity is not None
    return contributions(entity, fold({}, events))


def feedback(*events: Event) -> list[str]:
    return [f"{m.agency} {m.month:%Y-%m} {m.basis} {m.outcome}" for m in counted(*events)]


@pytest.mark.parametrize(
    ("when", "word"),
    [("2020-03-09", "on_time"), ("2020-03-31 23:59:59", "on_time"), ("2020-04-01", "late")],
)
def test_feedback_counts_in_the_month_in_which_its_answer_is_due(when: str, word: str) -> None:
    found = feedback(filed("F-1", "2020-03-31"), answered("F-1", when))
    assert found == [f"H53.1 2020-03 settled {word}"]


def test_feedback_waits_until_its_due_date_has_passed() -> None:
    gone = event(c.FeedbackDeadlinePassed(feedback="F-1", deadline=DUE), DUE.late_after)
    earlier = event(
        c.FeedbackDeadlinePassed(feedback="F-1", deadline=by_day("2020-03-30")), "2020-03-31"
    )
    assert feedback(filed("F-1", "2020-03-31")) == ["H53.1 2020-03 settled pending"]
    assert feedback(filed("F-1", "2020-03-31"), earlier) == ["H53.1 2020-03 settled pending"]
    assert feedback(filed("F-1", "2020-03-31"), gone) == ["H53.1 2020-03 settled overdue"]
    late = answered("F-1", "2020-04-03")
    assert feedback(filed("F-1", "2020-03-31"), gone, late) == ["H53.1 2020-03 settled late"]


def test_marks_are_kept_and_nothing_counts_before_the_filing() -> None:
    long = event(c.FeedbackProlonged(feedback="F-1", prolonged_at=at("2020-03-10")), "2020-03-10")
    wrong = event(
        c.FeedbackDismissed(feedback="F-1", concluded_at=at("2020-03-11"), conclusion="wrong"),
        "2020-03-11",
    )
    assert feedback(wrong, long, filed("F-1", "2020-03-31")) == [
        "H53.1 2020-03 settled pending+prolonged+dismissed"
    ]
    assert feedback(wrong, answered("F-1", "2020-03-12")) == []


def test_a_listing_is_a_running_sum_of_states() -> None:
    found = counted(
        listing("1.1", "2020-01-10", posted=True),
        listing("1.1", "2020-03-05", posted=True, electronic=True, online_eligible=True,
                online_level=4),
        listing("1.1", "2020-06-01", listed=False),
    )  # fmt: skip
    by_month = sorted((m.month.month, m.outcome, n) for m, n in found.items())
    assert by_month == [
        (1, "listed+posted+level0", 1),
        (3, "listed+posted+electronic+eligible+level4", 1),
        (3, "listed+posted+level0", -1),
        (6, "listed+posted+electronic+eligible+level4", -1),
    ]
    assert {m.basis for m in found} == {"running"}


def test_of_two_states_in_a_month_its_end_sees_the_last() -> None:
    found = counted(listing("1.1", "2020-01-10", posted=True), listing("1.1", "2020-01-31"))
    assert [(m.outcome, n) for m, n in found.items()] == [("listed+level0", 1)]


def test_a_state_told_again_later_changes_nothing() -> None:
    once = counted(listing("1.1", "2020-01-10"))
    assert counted(listing("1.1", "2020-01-10"), listing("1.1", "2020-02-01")) == once


def test_a_procedure_never_listed_counts_nowhere() -> None:
    assert counted(listing("1.1", "2020-01-10", listed=False)) == {}


def test_a_rating_without_a_dossier_counts_for_its_agency() -> None:
    month = date(2020, 3, 1)
    expected = Measure("H53.1", "rated", "", month, "settled", "rating", "S3 Rất hài lòng")
    assert counted(rated("R-1", dossier=None, answer="Rất hài lòng")) == {expected: 1}


def test_agencies_count_nothing() -> None:
    assert counted(registered("H53.1")) == {}
    assert contributions(Entity("assessment", "1"), {}) == {}


@settings(deadline=None)
@given(arrivals())
def test_sums_kept_by_taking_back_and_adding_equal_sums_made_anew(
    sets: tuple[list[Event], list[Event]],
) -> None:
    straight, mixed = sets
    sums: dict[Measure, int] = {}
    facts: dict[Entity, dict[str, Event]] = {}
    for each in mixed:
        if entity := entity_of(each):
            before = contributions(entity, facts.get(entity, {}))
            facts[entity] = fold(facts.get(entity, {}), [each])
            add_to(sums, taken_back(before))
            add_to(sums, contributions(entity, facts[entity]))
    anew = measure_facts(fold_events(straight))
    assert {measure: n for measure, n in sums.items() if n} == anew
    assert all(n for n in anew.values())


@settings(deadline=None)
@given(arrivals())
def test_lasting_states_never_fall_below_zero(sets: tuple[list[Event], list[Event]]) -> None:
    sums = measure_facts(fold_events(sets[0]))
    standing: Counter[tuple[str, ...]] = Counter()
    for measure, n in sorted(sums.items(), key=lambda item: item[0].month):
        if measure.basis == "running":
            standing[measure.agency, measure.role, measure.sector, measure.outcome] += n
            same = [m for m in sums if m[:5] == measure[:5] and m.outcome == measure.outcome]
            assert standing[measure.agency, measure.role, measure.sector, measure.outcome] >= 0, (
                same
            )
        else:
            assert n > 0


def test_totals_leave_out_zeros() -> None:
    one = counted(rated("R-1", dossier=None))
    assert total([one, one]) == dict.fromkeys(one, 2)
    assert total([one, taken_back(one)]) == {}


def taken_back(given: dict[Measure, int]) -> dict[Measure, int]:
    return {measure: -n for measure, n in given.items()}
