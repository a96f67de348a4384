"""Raw events in, evaluations out: order, repetition, sums of months, corrections, time limits."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from scoring_events import (
    AGENCIES,
    PERIODS,
    SECTORS,
    answered,
    arrivals,
    at,
    by_day,
    completed,
    contact,
    corrected,
    event,
    event_sets,
    filed,
    listing,
    passed,
    rated,
    received,
    registered,
    resolved,
    started,
)

from motcua_events import contracts as c
from motcua_events.event import Event
from motcua_scoring.evaluation import Evaluation, LiveBasis, counts_for
from motcua_scoring.measures import Measure
from motcua_scoring.periods import Period
from motcua_scoring.reference import (
    agency_of,
    evaluate_events,
    fold_events,
    level_of,
    measure_facts,
    valid_on,
)
from motcua_scoring.rulebook_files import load
from motcua_worktime import DEFAULT, due, pushed

LAW = load("tt01-2018")
Q1, YEAR = Period.parse("2020-Q1"), Period.parse("2020")
BASES: tuple[LiveBasis, LiveBasis] = ("settled", "live")


def evaluation(*events: Event, period: str = "2020-Q1", basis: LiveBasis = "settled") -> Evaluation:
    return evaluate_events(events, LAW, "H53.1", Period.parse(period), basis)


def tenths(found: Evaluation) -> dict[int, int | None]:
    return {each.index: each.tenths for each in found.indices}


# --- properties ----------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(arrivals())
def test_order_and_repetition_change_no_evaluation(sets: tuple[list[Event], list[Event]]) -> None:
    straight, mixed = sets
    for agency, period, basis in product(AGENCIES[:2], PERIODS[:3], BASES):
        period_ = Period.parse(period)
        one = evaluate_events(straight, LAW, agency, period_, basis)
        assert one == evaluate_events(mixed, LAW, agency, period_, basis)


@settings(deadline=None)
@given(event_sets())
def test_a_quarter_is_the_sum_of_its_months(events: list[Event]) -> None:
    sums = measure_facts(fold_events(events))
    for agency, basis in product(AGENCIES, BASES):
        whole = _flat(sums, agency, Q1, basis)
        months = [_flat(sums, agency, Period("month", month), basis) for month in Q1.months]
        flows = sum((Counter(_flows(each)) for each in months), Counter())
        assert dict(flows) == _flows(whole)
        assert _states(whole) == _states(months[-1])


@settings(deadline=None)
@given(event_sets())
def test_sectors_add_up_to_the_agency(events: list[Event]) -> None:
    sums = measure_facts(fold_events(events))
    for agency in AGENCIES:
        parts = (
            Counter(_flat(sums, agency, YEAR, "live", sector=sector or "")) for sector in SECTORS
        )
        assert dict(sum(parts, Counter())) == _flat(sums, agency, YEAR, "live")


@settings(deadline=None)
@given(event_sets())
def test_live_is_settled_and_what_is_open(events: list[Event]) -> None:
    sums = measure_facts(fold_events(events))
    open_ = Counter(m.measure for m in sums if m.basis == "open" and m.agency == "H53.1"
                    and m.role in ("resolving", "participating"))  # fmt: skip
    settled, live = (_flat(sums, "H53.1", YEAR, basis) for basis in BASES)
    assert settled.items() <= live.items()
    added = Counter(name for name, outcome in live.keys() - settled.keys())
    assert set(added) == {m for m in open_ if m in ("time", "attitude", "steps")} == set(open_)


def _flat(
    sums: dict[Measure, int], agency: str, period: Period, basis: LiveBasis,
    sector: str | None = None,
) -> dict[tuple[str, str], int]:  # fmt: skip
    counts = counts_for(sums, agency, period, basis, sector=sector)
    return {(name, outcome): n for name, by in counts.items() for outcome, n in by.items()}


def _flows(flat: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {key: n for key, n in flat.items() if key[0] not in ("listing", "waiting")}


def _states(flat: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {key: n for key, n in flat.items() if key[0] in ("listing", "waiting")}


# --- a whole small agency ------------------------------------------------------------------------

FULL = {"one_stop": True, "whole_chain": True, "accurate": True, "posted": True,
        "electronic": True, "online_eligible": True, "online_level": 4}  # fmt: skip


def small_agency() -> list[Event]:
    return [
        registered("H53.1"),
        listing("1.000001", **FULL),
        received(channel="online"),
        started("1", "H53.1", by_day("2020-03-12")),
        completed("1", "2020-03-11"),
        resolved("2020-03-13"),
        filed("F-1", "2020-03-20"),
        answered("F-1", "2020-03-18"),
    ]


def test_everything_done_well_gives_18_points() -> None:
    found = evaluation(*small_agency())
    assert (found.total_tenths, found.counted, found.classification) == (180, 9, "xuất sắc")


def test_the_receiving_agency_can_be_looked_at_instead() -> None:
    events = small_agency()
    role = "receiving"
    found = evaluate_events(events, LAW, "H53.2", Q1, role=role)
    assert {i: t for i, t in tenths(found).items() if t is not None} == {
        1: 20, 3: 20, 4: 20, 7: 20, 8: 20,
    }  # fmt: skip
    assert tenths(evaluate_events(events, LAW, "H53.2", Q1))[1] is None
    own = evaluate_events(events, LAW, "H53.1", Q1, role=role)
    assert {i for i, t in tenths(own).items() if t is not None} == {2, 5, 6, 8}


def test_scores_can_be_asked_for_one_sector() -> None:
    other = received("D-2", sector="hộ-tịch"), resolved("2020-03-20", "D-2")
    events = [*small_agency(), *other]
    by_sector = {
        sector: tenths(evaluate_events(events, LAW, "H53.1", Q1, sector=sector))[1]
        for sector in (None, "đất-đai", "hộ-tịch", "thuế")
    }
    assert by_sector == {None: 10, "đất-đai": 20, "hộ-tịch": 0, "thuế": None}


def test_a_list_is_read_as_it_stands_at_the_end_of_the_period() -> None:
    events = [
        registered("H53.1"),
        listing("1.1", "2020-01-01"),
        listing("1.1", "2020-02-29", **FULL),
    ]
    assert tenths(evaluation(*events, period="2020-01"))[6] == 0
    assert tenths(evaluation(*events, period="2020-02"))[6] == 20
    assert tenths(evaluation(*events, period="2020"))[6] == 20
    assert tenths(evaluation(*events, period="2019"))[6] is None


# --- the last day of a quarter -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "quarter"),
    [("2020-03-31 00:00:01", "2020-Q1"), ("2020-03-31 23:59:59.999999", "2020-Q1"),
     ("2020-04-01 00:00:00", "2020-Q2")],
)  # fmt: skip
def test_the_last_day_belongs_to_the_quarter_to_its_last_instant(when: str, quarter: str) -> None:
    events = (received(deadline=by_day("2020-05-29")), resolved(when))
    found = {
        period: tenths(evaluation(*events, period=period))[1] for period in ("2020-Q1", "2020-Q2")
    }
    assert found == {"2020-Q1": None, "2020-Q2": None, quarter: 20}


# --- limits in working days ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "expected"),
    [("2020-01-31 16:59", 20), ("2020-02-03 00:00", 10), ("2020-02-03 21:00", 10),
     ("2020-02-04 00:00", 0)],
)  # fmt: skip
def test_five_working_days_across_tet(when: str, expected: int) -> None:
    start = "2020-01-20 09:00"  # off: 23 to 29 January, and the week-end
    deadline = due(at(start), c.Limit(amount=5), DEFAULT, date(2020, 1, 20))
    assert deadline == by_day("2020-02-03")
    events = (received(when=start, deadline=deadline), resolved(when))
    assert tenths(evaluation(*events, period="2020"))[1] == expected


@pytest.mark.parametrize(
    ("when", "expected"), [("2020-03-17", 20), ("2020-03-18 08:00", 10), ("2020-03-19", 0)]
)
def test_a_pause_of_two_working_days(when: str, expected: int) -> None:
    base = by_day("2020-03-16")
    paused = [(at("2020-03-05 10:00"), at("2020-03-09 10:00"))]  # Thursday to Monday
    effective = pushed(base, paused, DEFAULT, date(2020, 3, 5))
    moved = c.DeadlineMoved(dossier="D-1", base=base, effective=effective, pauses=("P-1",))
    events = (received(), event(moved, "2020-03-09 10:00"), resolved(when))
    assert tenths(evaluation(*events))[1] == expected


# --- time passes, corrections arrive -------------------------------------------------------------


def test_a_passed_deadline_changes_the_live_score_and_index_9_only() -> None:
    open_ = received("D-2", channel="online", deadline=by_day("2020-03-20"))
    gone = passed(by_day("2020-03-20"), "D-2")
    before = {basis: evaluation(*small_agency(), open_, basis=basis) for basis in BASES}
    after = {basis: evaluation(*small_agency(), open_, gone, basis=basis) for basis in BASES}
    assert before["settled"] == before["live"]
    assert _changed(before["settled"], after["settled"]) == {9: (20, 0)}
    assert _changed(before["live"], after["live"]) == {1: (20, 10), 7: (20, 10), 9: (20, 0)}


def test_an_open_step_past_due_lowers_live_index_2() -> None:
    step, gone = started("9", "H53.3", by_day("2020-03-10")), passed(by_day("2020-03-10"), step="9")
    events = (received(), step, gone)
    found = [tenths(evaluate_events(events, LAW, "H53.3", Q1, basis))[2] for basis in BASES]
    assert found == [None, 0]


def _dismissal() -> tuple[list[Event], Event]:
    raised = c.ComplaintRaised(dossier="D-1", feedback="F-9", raised_at=at("2020-03-20"))
    end = c.ComplaintDismissed(dossier="D-1", feedback="F-9", concluded_at=at("2020-05-11"))
    return [event(raised, "2020-03-20")], event(end, "2020-05-11")


def _fault() -> tuple[list[Event], Event]:
    contacts = [contact("1", fault="agency"), contact("2", fault="agency")]
    data = {**contacts[0].data.model_dump(), "fault": "applicant", "reason": "nhầm"}
    return contacts, event(c.ContactCorrected.model_validate(data), "2020-05-11")


def _due() -> tuple[list[Event], Event]:
    fixed = corrected("2020-05-11", channel="online", deadline=by_day("2020-03-12"))
    return [], fixed


@pytest.mark.parametrize(
    ("correction", "changed"),
    [
        (_dismissal, {7: (0, 20)}),
        (_fault, {3: (0, 10)}),
        (_due, {1: (20, 0), 7: (20, 0), 9: (20, 0)}),
    ],
)
def test_a_correction_moves_a_quarter_that_was_computed_before(
    correction: object, changed: dict[int, tuple[int, int]]
) -> None:
    first, later = correction()  # type: ignore[operator]
    events = [*small_agency(), *first]
    assert _changed(evaluation(*events), evaluation(*events, later)) == changed
    assert evaluation(later, *reversed(events)) == evaluation(*events, later)


def _changed(one: Evaluation, other: Evaluation) -> dict[int, tuple[int | None, int | None]]:
    before, after = tenths(one), tenths(other)
    return {n: (before[n], after[n]) for n in before if before[n] != after[n]}


def test_a_refused_dossier_leaves_the_average_but_was_received() -> None:
    refused = c.DossierRefused(dossier="D-2", refused_at=at("2020-03-20"), reason="thiếu")
    late = [received("D-2"), resolved("2020-03-19", "D-2")]
    assert tenths(evaluation(*small_agency(), *late))[1] == 10
    found = evaluation(*small_agency(), *late, event(refused, "2020-03-20"))
    assert tenths(found)[1] == 20
    assert found.indices[8].counts["received"] == 2


def test_ratings_are_counted_by_agency_month_scale_and_answer() -> None:
    sums = measure_facts(fold_events([rated("R-1"), rated("R-2", dossier=None), rated("R-2",
                                      dossier=None), rated("R-3", "2020-04-01")]))  # fmt: skip
    assert counts_for(sums, "H53.1", Q1) == {"rating": {"S3 Hài lòng": 2}}


# --- agencies ------------------------------------------------------------------------------------


def test_an_agency_as_it_was_last_registered_and_when_it_existed() -> None:
    data = c.AgencyRegistered(
        agency="H53.1", name="Huyện", level="district", valid_from=date(2019, 1, 1),
        valid_to=date(2025, 6, 30),
    )  # fmt: skip
    facts = next(iter(fold_events([registered("H53.1"), event(data, "2021-01-01")]).values()))
    assert agency_of(facts) == data
    assert level_of(facts) == "district"
    assert level_of({}) is None
    assert valid_on(data, date(2025, 6, 30))
    assert not valid_on(data, date(2025, 7, 1))
    assert not valid_on(data, date(2018, 12, 31))
    assert valid_on(data.model_copy(update={"valid_from": None, "valid_to": None}), date.min)
