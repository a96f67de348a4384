"""Every point is explained: reason, article, events, and it adds up to the score."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from scoring_events import (
    AGENCIES,
    answered,
    at,
    by_day,
    by_hour,
    contact,
    event,
    event_sets,
    filed,
    listing,
    passed,
    rated,
    received,
    resolved,
)

from motcua_events import contracts as c
from motcua_events.event import Event
from motcua_scoring.evaluation import counts_for, evaluate
from motcua_scoring.facts import Entity, fold
from motcua_scoring.periods import Period
from motcua_scoring.reasons import Point, points_of
from motcua_scoring.reasons_text import at_text, due_text
from motcua_scoring.reference import fold_events, measure_facts
from motcua_scoring.rulebook_files import load, rulebooks

LAW = load("tt01-2018")
DUE = by_day("2020-03-16")
AVERAGES = (1, 2, 3, 4, 7)


def points(*events: Event, kind: str = "dossier", role: str | None = None) -> dict[int, Point]:
    found = points_of(Entity(kind, "D-1"), fold({}, events), LAW)
    wanted = (role,) if role else ("resolving", "participating", "addressed", "listing")
    return {point.index: point for point in found if point.role in wanted}


@settings(max_examples=60, deadline=None)
@given(event_sets())
def test_points_add_up_to_the_scores_under_every_rulebook(events: list[Event]) -> None:
    facts = fold_events(events)
    sums = measure_facts(facts)
    year = Period.parse("2020")
    for rules, agency in product(rulebooks().values(), AGENCIES[:2]):
        all_points = [p for e, its in facts.items() for p in points_of(e, its, rules)]
        result = evaluate(counts_for(sums, agency, year, "live"), rules, "province")
        for index in AVERAGES:
            role = "participating" if index == 2 else "resolving"
            given = [p.points for p in all_points if p.points is not None
                     and (p.index, p.agency, p.role) == (index, agency, role)]  # fmt: skip
            why = result.indices[index - 1].why
            assert (sum(given), len(given)) == (why.points, why.dossiers)


@settings(deadline=None)
@given(event_sets())
def test_every_point_has_its_article_its_reason_and_real_events(events: list[Event]) -> None:
    for entity, facts in fold_events(events).items():
        ids = {each.id for each in facts.values()}
        for point in points_of(entity, facts, LAW):
            assert "01/2018/TT-VPCP" in point.article
            assert point.events
            assert set(point.events) <= ids
            for text in (point.reason.vi, point.reason.en):
                assert "$" not in text
                assert text.endswith(".")


def test_a_dossier_in_time_is_explained_by_its_reception_and_resolution() -> None:
    start, end = received(), resolved("2020-03-13 10:05")
    found = points(start, end)
    assert sorted(found) == [1, 3, 4, 7]
    assert found[1].reason.vi == "Giải quyết xong 13/03/2020 10:05, sớm hơn hạn 16/03/2020."
    assert found[1].reason.en == "Resolved 13/03/2020 10:05, earlier than due 16/03/2020."
    assert (found[1].points, found[1].events) == (2, (start.id, end.id))
    assert {p.agency for p in points(start, end, role="receiving").values()} == {"H53.2"}


def test_a_pause_is_part_of_the_story() -> None:
    moved = event(
        c.DeadlineMoved(dossier="D-1", base=DUE, effective=by_day("2020-03-18"), pauses=("P",)),
        "2020-03-09",
    )
    pause = event(
        c.DossierPaused(
            dossier="D-1", pause="P", paused_at=at("2020-03-05"), reason="financial_duty"
        ),
        "2020-03-05",
    )
    found = points(received(), moved, pause, resolved("2020-03-18"))
    assert {moved.id, pause.id} <= set(found[1].events)
    assert "18/03/2020" in found[1].reason.vi


def test_contacts_and_bodies_are_named() -> None:
    contacts = (contact("1", fault="applicant"), contact("2"), contact("3", body="H53.9"))
    found = points(received(), resolved("2020-03-13"), *contacts)
    assert found[3].reason.en.startswith("3 contacts")
    assert found[3].reason.en.endswith("own fault: 2.")
    assert {each.id for each in contacts} <= set(found[3].events)
    assert found[4].reason.en == "More than one body had to be contacted: H53.2, H53.9."


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({}, "Only the one-stop unit"),
        ({"required_by_law": True}, "Contacts only as the law requires"),
        ({"place": "other"}, "One body other than"),
    ],
)
def test_a_single_body_is_told_by_its_kind(changes: dict[str, object], start: str) -> None:
    found = points(received(), resolved("2020-03-13"), contact("1", **changes))
    assert found[4].reason.en.startswith(start)


def test_a_rating_form_that_lowers_the_points_is_named() -> None:
    form = rated("R-1", reported=c.Reported(contacts="several", bodies="none"))
    found = points(received(), resolved("2020-03-13"), form)
    assert found[3].points == 0
    assert found[3].reason.vi.endswith("khác (phải liên hệ nhiều lần) và cho điểm thấp hơn.")
    assert "(more than one contact)" in found[3].reason.en
    assert form.id in found[3].events
    assert form.id not in found[4].events


def test_a_complaint_and_its_dismissal() -> None:
    raised = event(
        c.ComplaintRaised(dossier="D-1", feedback="F-1", raised_at=at("2020-03-14")), "2020-03-14"
    )
    end = event(
        c.ComplaintDismissed(dossier="D-1", feedback="F-1", concluded_at=at("2020-03-20")),
        "2020-03-20",
    )
    stands = points(received(), resolved("2020-03-13"), raised)[7]
    assert (stands.points, raised.id in stands.events) == (0, True)
    assert "F-1" in stands.reason.vi
    gone = points(received(), resolved("2020-03-13"), raised, end)[7]
    assert (gone.points, end.id in gone.events) == (2, True)
    assert "wrong or slanderous" in gone.reason.en


def test_an_online_dossier_past_due_counts_for_1_7_and_9() -> None:
    gone = passed(DUE)
    found = points(received(channel="online"), gone)
    assert {n: (p.points, p.basis) for n, p in found.items()} == {
        1: (0, "open"), 7: (0, "open"), 9: (None, "settled"),
    }  # fmt: skip
    assert all(gone.id in p.events for p in found.values())


def test_feedback_is_part_of_a_share() -> None:
    events = (filed("F-1", "2020-03-20"), answered("F-1", "2020-03-23 08:00"))
    point = points(*events, kind="feedback")[8]
    assert (point.points, point.outcome) == (None, "late")
    assert point.reason.en == "Answered 23/03/2020 08:00, later than due 20/03/2020."
    long = event(c.FeedbackProlonged(feedback="F-1", prolonged_at=at("2020-03-19")), "2020-03-19")
    assert points(*events, long, kind="feedback")[8].reason.en.endswith("was prolonged.")


@pytest.mark.parametrize(
    ("flags", "keys"),
    [
        ({}, ("listed_elsewhere", "listed_badly", "not_eligible")),
        ({"exempt": True}, ("exempt", "exempt", "not_eligible")),
        ({"one_stop": True, "accurate": True, "posted": True, "online_eligible": True},
         ("listed_one_stop", "listed_one_way", "listed_not_offered")),
        ({"whole_chain": True, "accurate": True, "posted": True, "electronic": True,
          "online_eligible": True, "online_level": 3},
         ("listed_whole_chain", "listed_both", "listed_offered")),
    ],
)  # fmt: skip
def test_a_listed_procedure_is_part_of_three_shares(
    flags: dict[str, object], keys: tuple[str, str, str]
) -> None:
    found = points(listing("1.000001", **flags), kind="listing")
    for index, key in zip((5, 6, 9), keys, strict=True):
        text = LAW.text(index, key).en.replace("$procedure", "1.000001").replace("$level", "3")
        assert found[index].reason.en == text


def test_kinds_without_points_have_none() -> None:
    assert points_of(Entity("agency", "H53.1"), {}, LAW) == []
    assert points_of(Entity("dossier", "D-1"), {}, LAW) == []


def test_due_dates_are_written_by_their_unit() -> None:
    assert due_text(DUE) == "16/03/2020"
    assert due_text(by_hour("2020-03-16 15:00")) == "16/03/2020 15:00"
    assert at_text(at("2020-03-16 05:07")) == "16/03/2020 05:07"
