"""From counts to scores: rounding, ladders, totals and classes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua_events.contracts import Level
from motcua_scoring.evaluation import Evaluation, classify, evaluate, gather
from motcua_scoring.evaluation_averages import rounded_tenths
from motcua_scoring.evaluation_counts import Share
from motcua_scoring.rulebook import Rulebook, variant
from motcua_scoring.rulebook_files import load, raw

LAW = load("tt01-2018")
FULL = "listed+one_stop+whole_chain+accurate+posted+electronic+eligible+level4"


def book(**changes: dict[str, Any]) -> Rulebook:
    return Rulebook.model_validate(variant(raw("tt01-2018"), changes))


def score(
    index: int, counts: dict[str, dict[str, int]], rules: Rulebook = LAW, level: Level = "province"
) -> tuple[int | None, str]:
    found = evaluate(counts, rules, level).indices[index - 1]
    assert found.index == index
    return found.tenths, found.why.rule


# --- averages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "dossiers", "half_up", "half_even"),
    [(29, 20, 15, 14), (31, 20, 16, 16), (27, 20, 14, 14), (1, 3, 3, 3), (2, 3, 7, 7),
     (0, 7, 0, 0), (2, 1, 20, 20), (144, 100, 14, 14), (3, 20, 2, 2), (1, 20, 1, 0)],
)  # fmt: skip
def test_tenths_are_rounded_on_exact_integers(
    points: int, dossiers: int, half_up: int, half_even: int
) -> None:
    assert rounded_tenths(points, dossiers, LAW) == half_up
    even = book(aggregation={"rounding": "half_even"})
    assert rounded_tenths(points, dossiers, even) == half_even


@given(st.integers(1, 10**7), st.data())
def test_rounding_is_half_up_of_the_exact_fraction(dossiers: int, data: st.DataObject) -> None:
    points = data.draw(st.integers(0, 2 * dossiers))
    exact = Fraction(10 * points, dossiers) + Fraction(1, 2)
    assert rounded_tenths(points, dossiers, LAW) == exact.numerator // exact.denominator


def test_dossiers_are_averaged_and_unknown_ones_left_out() -> None:
    counts = {"time": {"shorter": 9, "equal": 11, "unknown": 50}}
    found = evaluate(counts, LAW, "province").indices[0]
    assert found.tenths == 15
    assert (found.why.points, found.why.dossiers) == (29, 20)
    assert found.counts == counts["time"]
    assert {(o.outcome, o.n, o.points) for o in found.why.outcomes} == {
        ("shorter", 9, 2), ("equal", 11, 1), ("unknown", 50, None),
    }  # fmt: skip


@pytest.mark.parametrize("index", [1, 2, 3, 4, 7])
def test_nothing_to_average_is_no_information(index: int) -> None:
    assert score(index, {}) == (None, "no_information")
    assert score(1, {"time": {"unknown": 3}}) == (None, "no_information")


# --- index 5 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "chain", "tenths"),
    [("province", 20, 20), ("province", 19, 10), ("district", 50, 20), ("district", 49, 10),
     ("commune", 100, 20), ("commune", 99, 10)],
)  # fmt: skip
def test_the_whole_chain_share_that_each_level_needs(level: Level, chain: int, tenths: int) -> None:
    states = {"listed+one_stop+whole_chain+level0": chain, "listed+one_stop+level0": 100 - chain}
    assert score(5, {"listing": states}, level=level)[0] == tenths


def test_under_100_percent_received_gives_nothing_but_the_whole_chain_suffices() -> None:
    states = {"listed+one_stop+level0": 99, "listed+level0": 1}
    assert score(5, {"listing": states}) == (0, "otherwise")
    chain = {"listed+one_stop+whole_chain+level0": 20, "listed+level0": 80}
    assert score(5, {"listing": chain}) == (20, "whole_chain")
    both = book(index_5={"whole_chain_suffices": False})
    assert score(5, {"listing": chain}, both) == (0, "otherwise")


def test_exempt_procedures_do_not_count_unless_the_rulebook_says_so() -> None:
    states = {"listed+one_stop+level0": 2, "listed+exempt+level0": 3}
    assert score(5, {"listing": states}) == (10, "all_received")
    everything = book(index_5={"counted": "all"}, index_6={"counted": "all"})
    assert score(5, {"listing": states}, everything) == (0, "otherwise")
    published = {"listed+accurate+posted+level0": 1, "listed+exempt+level0": 1}
    assert score(6, {"listing": published}) == (10, "one_way")
    assert score(6, {"listing": published}, everything) == (0, "otherwise")
    assert score(5, {"listing": {"listed+exempt+level0": 3}}) == (None, "no_information")
    assert score(6, {"listing": {"listed+exempt+level0": 3}}) == (None, "no_information")


def test_without_a_level_index_5_has_too_little_information() -> None:
    assert evaluate({"listing": {FULL: 1}}, LAW, None).indices[4].tenths is None


# --- index 6 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"listed+accurate+posted+electronic+level0": 3}, (20, "both")),
        ({"listed+accurate+posted+electronic+level0": 3, "listed+accurate+posted+level0": 1},
         (10, "one_way")),
        ({"listed+accurate+electronic+level0": 1, "listed+accurate+posted+level0": 1},
         (10, "one_way")),
        ({"listed+accurate+posted+electronic+level0": 99, "listed+posted+electronic+level0": 1},
         (0, "otherwise")),
        ({"listed+accurate+level0": 1}, (0, "otherwise")),
        ({}, (None, "no_information")),
    ],
)  # fmt: skip
def test_publicity(states: dict[str, int], expected: tuple[int | None, str]) -> None:
    assert score(6, {"listing": states}) == expected


def test_the_share_that_must_be_published_is_a_policy() -> None:
    states = {"listed+accurate+posted+electronic+level0": 9, "listed+level0": 1}
    most = book(index_6={"required_percent": 90})
    assert score(6, {"listing": states}, most) == (20, "both")


# --- index 8 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({}, (20, "no_feedback")),
        ({"pending": 3}, (20, "no_feedback")),
        ({"on_time": 10}, (20, "all_on_time")),
        ({"on_time": 9, "late": 1}, (10, "most_on_time")),
        ({"on_time": 899, "late": 101}, (0, "otherwise")),
        ({"on_time": 8, "overdue": 1}, (0, "otherwise")),
        ({"on_time": 9, "overdue": 1, "pending": 9}, (10, "most_on_time")),
        ({"on_time": 9, "on_time+prolonged": 1}, (0, "prolonged")),
        ({"pending+prolonged": 1}, (0, "prolonged")),
        ({"on_time": 1, "late+dismissed": 1}, (0, "otherwise")),
    ],
)
def test_feedback(found: dict[str, int], expected: tuple[int, str]) -> None:
    assert score(8, {"feedback": found}) == expected


def test_the_policies_of_feedback() -> None:
    long = {"feedback": {"on_time+prolonged": 1}}
    assert score(8, long, book(index_8={"prolonged": "ignored"})) == (20, "all_on_time")
    wrong = {"feedback": {"on_time": 1, "late+dismissed": 1}}
    assert score(8, wrong, book(index_8={"dismissed": "left_out"})) == (20, "all_on_time")
    assert score(8, {}, book(index_8={"no_feedback": 1})) == (10, "no_feedback")


# --- index 9 -------------------------------------------------------------------------------------


def online(
    offered: int, share: tuple[int, int], eligible: int = 100, **trouble: int
) -> dict[str, dict[str, int]]:
    yes, all_ = share
    return {
        "listing": {"listed+eligible+level3": offered, "listed+eligible+level2": eligible - offered,
                    "listed+level4": 7},
        "received": {"online": yes, "direct": all_ - yes},
        "online": trouble,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (online(20, (30, 100)), (20, "full")),
        (online(19, (30, 100)), (10, "few_offered")),
        (online(20, (299, 1000)), (10, "some")),
        (online(1, (15, 100)), (10, "some")),
        (online(20, (149, 1000)), (0, "otherwise")),
        (online(0, (90, 100)), (0, "none_offered")),
        (online(100, (100, 100), longer=1), (0, "overdue_found")),
        (online(100, (100, 100), overdue=1), (0, "overdue_found")),
        (online(100, (100, 100), longer_within_extension=1), (0, "overdue_found")),
        (online(5, (0, 0)), (None, "no_information")),
        (online(0, (0, 0)), (0, "none_offered")),
        (online(0, (40, 100), eligible=0), (None, "no_information")),
        (online(0, (10, 100), eligible=0), (0, "otherwise")),
        ({}, (None, "no_information")),
        ({"online": {"overdue": 1}}, (0, "overdue_found")),
    ],
)
def test_online_services(
    counts: dict[str, dict[str, int]], expected: tuple[int | None, str]
) -> None:
    assert score(9, counts) == expected


def test_the_policies_of_online_services() -> None:
    few = online(19, (30, 100))
    assert score(9, few, book(index_9={"few_offered": 0})) == (0, "few_offered")
    late = online(20, (30, 100), longer_within_extension=1)
    cured = book(dossiers={"extension": "counts_as_on_time"})
    assert score(9, late, cured) == (20, "full")
    open_ = online(20, (30, 100), overdue=1)
    assert score(9, open_, book(index_9={"overdue": "ignored"})) == (20, "full")
    by_resolved = book(index_9={"share_of": "resolved"})
    counts = {**online(20, (30, 100)), "resolved": {"online": 1, "postal": 9}}
    assert score(9, counts, by_resolved) == (0, "otherwise")


# --- totals and classes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "name"),
    [(180, "xuất sắc"), (150, "xuất sắc"), (149, "tốt"), (120, "tốt"), (119, "khá"), (90, "khá"),
     (89, "trung bình"), (60, "trung bình"), (59, "yếu"), (0, "yếu")],
)  # fmt: skip
def test_exactly_a_threshold_belongs_to_the_upper_class(total: int, name: str) -> None:
    assert classify(total, 9, LAW) == name
    assert classify(total, 5, LAW) == name


def test_thresholds_shrink_only_where_the_rulebook_says_so() -> None:
    shrinking = book(aggregation={"class_thresholds": "in_proportion"})
    assert classify(100, 6, shrinking) == "xuất sắc"
    assert classify(99, 6, shrinking) == "tốt"
    assert classify(0, 0, shrinking) == "yếu"


def _averaging(tenths: int) -> dict[str, int]:
    return {"shorter": tenths, "longer": 20 - tenths}


def nine(tenths: tuple[int, ...]) -> Evaluation:
    """An evaluation with these nine scores; 5, 6, 8 and 9 can only have 0, 10 or 20."""
    one, two, three, four, five, six, seven, eight, nine_ = tenths
    chain = {0: "", 10: "+one_stop", 20: "+one_stop+whole_chain"}[five]
    ways = {0: "", 10: "+accurate+posted", 20: "+accurate+posted+electronic"}[six]
    counts = {
        "time": _averaging(one),
        "steps": _averaging(two),
        "contacts": {"none": three, "several:2": 20 - three},
        "bodies": {"none": four, "other": 20 - four},
        "listing": {f"listed{chain}{ways}+eligible+level4": 1},
        "attitude": {"shorter:clear": seven, "longer:clear": 20 - seven},
        "feedback": {0: {"late": 1}, 10: {"on_time": 9, "late": 1}, 20: {}}[eight],
        "received": {"online": {0: 0, 10: 3, 20: 6}[nine_], "direct": 14},
    }
    found = evaluate(gather((m, o, n) for m, by in counts.items() for o, n in by.items()),
                     LAW, "province")  # fmt: skip
    assert tuple(each.tenths for each in found.indices) == tenths
    return found


def test_the_sum_that_floating_point_gets_wrong_is_excellent() -> None:
    values = (0, 17, 19, 18, 20, 20, 16, 20, 20)
    assert sum(each / 10 for each in values) < 15
    found = nine(values)
    assert (found.total_tenths, found.classification) == (150, "xuất sắc")


@pytest.mark.parametrize(("first", "name"), [(20, "xuất sắc"), (19, "tốt")])
def test_one_tenth_below_belongs_to_the_lower_class(first: int, name: str) -> None:
    assert nine((first, 20, 20, 20, 20, 20, 20, 0, 10)).classification == name


@given(
    st.tuples(*(st.sampled_from((0, 10, 20)) if n in (4, 5, 7, 8) else st.integers(0, 20)
                for n in range(9)))
)  # fmt: skip
def test_the_total_is_the_exact_sum_and_decides_the_class(tenths: tuple[int, ...]) -> None:
    found = nine(tenths)
    assert found.total_tenths == sum(tenths)
    assert found.classification == classify(sum(tenths), 9, LAW)
    assert (found.counted, found.insufficient) == (9, ())


def test_without_any_counts_only_index_8_has_a_score() -> None:
    found = evaluate({}, LAW, None)
    assert (found.total_tenths, found.counted, found.classification) == (20, 1, "yếu")
    assert found.insufficient == (1, 2, 3, 4, 5, 6, 7, 9)
    published = found.scores()
    assert published.total_tenths == 20
    assert [each.tenths for each in published.indices if each.index == 8] == [20]
    assert (found.rulebook, found.rulebook_version) == ("tt01-2018", LAW.version)


def test_shares_are_compared_exactly_and_an_empty_one_is_not_met() -> None:
    assert Share("x", 1, 3, 33).met is True
    assert Share("x", 1, 3, 34).met is False
    assert Share("x", 0, 0, 0).met is None
    assert Share("x", 0, 5, None).met is False
    assert Share("x", 1, 5, None).met is True


def test_gathering_sums_and_forgets_zeros() -> None:
    rows = [
        ("time", "shorter", 2),
        ("time", "equal", 1),
        ("time", "equal", -1),
        ("time", "shorter", 1),
    ]
    assert gather(rows) == {"time": {"shorter": 3}}
