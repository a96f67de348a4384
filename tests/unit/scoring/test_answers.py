"""Answers, ranking, satisfaction, the rulebook in force, and what a dossier waits for."""

from __future__ import annotations

from datetime import date

import pytest
import scoring_events as given

from motcua_events import Event
from motcua_events import contracts as c
from motcua_scoring.answers import Agency, Answer, Question, again, answered, existed
from motcua_scoring.dossier_waiting import waiting_for
from motcua_scoring.evaluation import counts_for, evaluate
from motcua_scoring.facts import fold
from motcua_scoring.index_names import INDEX_NAMES
from motcua_scoring.periods import Period
from motcua_scoring.ranking import class_table, ranked
from motcua_scoring.reference import fold_events, measure_facts
from motcua_scoring.rulebook_files import rulebooks
from motcua_scoring.rulebooks_in_force import Rulebooks
from motcua_scoring.satisfaction import results
from motcua_scoring.tracing import sampled, trace_id

BOOK = rulebooks()["tt01-2018"]
STRICT = rulebooks()["tt01-2018-strict"]
QUARTER = Period.parse("2020-Q1")


def agency(code: str, level: c.Level | None = "commune", **other: object) -> Agency:
    if level is None:
        return Agency(code)
    data = {"agency": code, "name": code, "level": level, **other}
    return Agency(code, c.AgencyRegistered.model_validate(data))


def an_answer(code: str, contacts: dict[str, int], level: c.Level | None = "commune") -> Answer:
    counts = {"contacts": contacts}
    return Answer(agency(code, level), counts, evaluate(counts, BOOK, level))


def test_equal_totals_share_a_rank_and_the_next_one_is_skipped() -> None:
    found = ranked([
        an_answer("C", {"one:0": 1}), an_answer("B", {"none": 1}), an_answer("A", {"none": 3}),
        an_answer("D", {"several:2": 1}),
    ])  # fmt: skip
    assert [(one.rank, one.answer.agency.code) for one in found] == [
        (1, "A"), (1, "B"), (3, "C"), (4, "D"),
    ]  # fmt: skip


def test_ranking_nobody_is_empty() -> None:
    assert ranked([]) == []
    assert class_table([], ["tốt"]) == []


def test_the_class_table_goes_by_level() -> None:
    answers = [
        an_answer("A", {"none": 1}), an_answer("B", {"none": 1}, "province"),
        an_answer("C", {"none": 1}, None),
    ]  # fmt: skip
    table = class_table(answers, ["xuất sắc", "yếu"])
    assert [(row.level, row.agencies, row.classes) for row in table] == [
        ("province", 1, {"xuất sắc": 0, "yếu": 1}),
        ("commune", 1, {"xuất sắc": 0, "yếu": 1}),
    ]


def test_another_rulebook_on_the_same_counts() -> None:
    events = [given.received(), given.contact("1", fault="applicant"), given.contact("2"),
              given.resolved("2020-03-10 09:00")]  # fmt: skip
    sums = measure_facts(fold_events(events))
    counts = counts_for(sums, "H53.1", QUARTER)
    found = answered(agency("H53.1"), counts, Question(QUARTER, BOOK))
    assert found.evaluation.indices[2].tenths == 10
    assert again(found, STRICT).evaluation.indices[2].tenths == 0
    assert again(found, BOOK) == found


def test_an_agency_of_which_only_old_dossiers_wait_is_not_informed() -> None:
    sums = measure_facts(fold_events([given.received()]))
    for period, informed in ((Period.parse("2021"), False), (QUARTER, True)):
        counts = counts_for(sums, "H53.1", period)
        assert answered(agency("H53.1"), counts, Question(period, BOOK)).informed == informed


def test_the_role_is_the_rulebooks_unless_one_is_asked_for() -> None:
    assert Question(QUARTER, BOOK).role == "resolving"
    assert Question(QUARTER, BOOK, asked_role="receiving").role == "receiving"


@pytest.mark.parametrize(
    ("begun", "ended", "expected"),
    [
        (None, None, True),
        (date(2020, 3, 31), None, True),
        (date(2020, 4, 1), None, False),
        (None, date(2020, 1, 1), True),
        (None, date(2019, 12, 31), False),
    ],
)
def test_an_agency_exists_for_a_period(
    begun: date | None, ended: date | None, expected: bool
) -> None:
    assert existed(agency("A", valid_from=begun, valid_to=ended), QUARTER) is expected


def test_an_agency_nobody_registered_exists_in_no_period() -> None:
    assert not existed(agency("A", None), QUARTER)


SCALE = c.ScaleDefined(scale="S", answers=("a", "b", "c"), satisfied=("a",), negative=("c",))


def test_satisfaction_keeps_the_scales_order_and_rounds_half_up() -> None:
    [found] = results({"S b": 7, "S a": 1}, [SCALE])
    assert [(one.answer, one.n) for one in found.answers] == [("a", 1), ("b", 7), ("c", 0)]
    assert (found.total, found.satisfied, found.satisfied_tenths) == (8, 1, 125)
    [half] = results({"S a": 1, "S b": 1999}, [SCALE])
    assert half.satisfied_tenths == 1


def test_a_scale_nobody_defined_has_no_rate() -> None:
    [found] = results({"X rất tốt lắm": 2}, [SCALE])
    assert (found.scale, found.total, found.satisfied_tenths) == ("X", 2, None)
    assert found.answers[0].answer == "rất tốt lắm"


def test_an_answer_its_scale_does_not_name_is_counted_last() -> None:
    [found] = results({"S z": 1, "S a": 1}, [SCALE])
    assert [(one.answer, one.satisfied) for one in found.answers][-1] == ("z", False)
    assert found.satisfied_tenths == 500


def test_a_scale_without_a_negative_answer_says_so() -> None:
    kind = SCALE.model_copy(update={"negative": ()})
    assert results({"S a": 1}, [kind])[0].has_negative is False


def test_the_rulebook_valid_on_the_last_day_is_taken() -> None:
    newer = BOOK.model_copy(update={"id": "new", "valid_from": date(2025, 7, 1), "valid_to": None})
    books = Rulebooks.of({"old": BOOK, "new": newer}, ["old", "new"])
    assert books.valid_for(Period.parse("2025-06")) is BOOK
    assert books.valid_for(Period.parse("2025")) is newer
    assert books.valid_for(Period.parse("2018")) is BOOK


@pytest.mark.parametrize("names", [[], ["none"]])
def test_rulebooks_in_force_must_be_known(names: list[str]) -> None:
    with pytest.raises(ValueError, match="unknown rulebook"):
        Rulebooks.of(rulebooks(), names)


def waits(*events: Event) -> list[str]:
    return waiting_for(fold({}, events))


def test_a_dossier_names_what_it_waits_for() -> None:
    resumed = c.DossierResumed(dossier="D-1", pause="P", resumed_at=given.at("2020-03-04"))
    dismissed = c.ComplaintDismissed(
        dossier="D-1", feedback="F", concluded_at=given.at("2020-03-04")
    )
    assert waits(given.received()) == []
    assert waits(given.received(deadline=None)) == ["deadline"]
    assert waits(given.completed("1", "2020-03-04")) == ["reception", "step 1"]
    assert waits(given.received(), given.event(resumed, "2020-03-04")) == ["pause P"]
    assert waits(given.received(), given.event(dismissed, "2020-03-04")) == ["complaint F"]


def test_every_index_has_a_name() -> None:
    assert set(INDEX_NAMES) == set(range(1, 10))


def test_traceparents_are_read() -> None:
    parent = f"00-{'a' * 32}-{'b' * 16}-"
    assert sampled(f"{parent}01")
    assert not sampled(f"{parent}00")
    assert trace_id(f"{parent}00") == "a" * 32
    assert trace_id(None) is None
