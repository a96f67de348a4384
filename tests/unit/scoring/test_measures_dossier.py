"""What a dossier adds to the counters, case by case."""

from __future__ import annotations

from datetime import date

import pytest
from scoring_events import (
    at,
    by_day,
    by_hour,
    completed,
    contact,
    corrected,
    event,
    passed,
    rated,
    received,
    resolved,
    started,
)

from motcua_events import contracts as c
from motcua_events.event import Event
from motcua_scoring.facts import Entity, fold
from motcua_scoring.measures import Measure, contributions

DUE = by_day("2020-03-16")
ENTITY = Entity("dossier", "D-1")


def counted(*events: Event) -> dict[Measure, int]:
    return contributions(ENTITY, fold({}, events))


def outcomes(name: str, *events: Event, role: str = "resolving") -> list[str]:
    found = counted(*events)
    return sorted(
        f"{m.month:%Y-%m} {m.basis} {m.outcome} {n:+}"
        for m, n in found.items()
        if m.measure == name and m.role == role
    )


def test_nothing_counts_before_the_dossier_is_received_but_its_ratings() -> None:
    found = counted(resolved("2020-03-13"), contact("1"), started("1", "H53.3", DUE))
    assert found == {}
    only = counted(rated("R-1"), resolved("2020-03-13"))
    month = date(2020, 3, 1)
    answer = Measure("H53.1", "rated", "", month, "settled", "rating", "S3 Hài lòng")
    assert only == {answer: 1}


@pytest.mark.parametrize(
    ("when", "word"),
    [
        ("2020-03-15 23:59:59.999999", "shorter"),
        ("2020-03-16 00:00:00", "equal"),
        ("2020-03-16 23:59:59.999999", "equal"),
        ("2020-03-17 00:00:00", "longer"),
    ],
)
def test_the_due_day_is_equal_from_midnight_to_midnight(when: str, word: str) -> None:
    events = (received(), resolved(when))
    assert outcomes("time", *events) == [f"2020-03 settled {word} +1"]
    assert outcomes("time", *events, role="receiving") == [f"2020-03 settled {word} +1"]
    assert outcomes("attitude", *events) == [f"2020-03 settled {word}:clear +1"]


@pytest.mark.parametrize(
    ("when", "word"),
    [("2020-03-16 14:00", "shorter"), ("2020-03-16 14:00:01", "equal"),
     ("2020-03-16 15:00", "equal"), ("2020-03-16 15:00:01", "longer")],
)  # fmt: skip
def test_limits_in_hours_are_compared_by_the_hour(when: str, word: str) -> None:
    found = outcomes("time", received(deadline=by_hour("2020-03-16 15:00")), resolved(when))
    assert found == [f"2020-03 settled {word} +1"]


def test_a_resolution_counts_in_the_month_that_vietnam_writes() -> None:
    assert outcomes("time", received(), resolved("2020-03-31 23:59:59")) == [
        "2020-03 settled longer +1"
    ]
    assert outcomes("time", received(), resolved("2020-04-01 00:00:00")) == [
        "2020-04 settled longer +1"
    ]


def test_without_a_limit_the_time_is_unknown() -> None:
    events = (received(deadline=None), resolved("2020-03-13"))
    assert outcomes("time", *events) == ["2020-03 settled unknown +1"]
    assert outcomes("attitude", *events) == ["2020-03 settled unknown:clear +1"]


def test_an_extension_does_not_hide_the_lateness_but_is_kept_in_the_outcome() -> None:
    def extended(until: str) -> Event:
        data = c.DossierExtended(dossier="D-1", extended_at=at("2020-03-13"), new_due_at=at(until))
        return event(data, "2020-03-13")

    late = (received(), resolved("2020-03-20 16:00"))
    kept, broken = extended("2020-03-20 11:00"), extended("2020-03-19 17:00")
    assert outcomes("time", *late, kept) == ["2020-03 settled longer_within_extension +1"]
    assert outcomes("time", *late, broken) == ["2020-03 settled longer +1"]
    early = (received(), resolved("2020-03-13 16:00"), kept)
    assert outcomes("time", *early) == ["2020-03 settled shorter +1"]
    hours = (received(deadline=by_hour("2020-03-16 15:00")), resolved("2020-03-20 16:00"))
    assert outcomes("time", *hours, kept) == ["2020-03 settled longer +1"]
    assert outcomes("time", received(), kept, passed(DUE)) == ["2020-03 open overdue_extended +1"]


class TestPausesAndCorrections:
    moved = event(
        c.DeadlineMoved(dossier="D-1", base=DUE, effective=by_day("2020-03-20")), "2020-03-06"
    )

    def test_a_pause_moves_the_deadline(self) -> None:
        late_by_base = resolved("2020-03-18 10:00")
        assert outcomes("time", received(), late_by_base) == ["2020-03 settled longer +1"]
        assert outcomes("time", received(), late_by_base, self.moved) == [
            "2020-03 settled shorter +1"
        ]

    def test_a_corrected_base_makes_a_moved_deadline_void(self) -> None:
        fixed = corrected("2020-03-19 08:00", deadline=by_day("2020-03-12"))
        events = (received(), self.moved, resolved("2020-03-18 10:00"), fixed)
        assert outcomes("time", *events) == ["2020-03 settled longer +1"]

    def test_the_move_holds_again_when_the_base_is_set_back(self) -> None:
        other = event(
            c.DeadlineMoved(
                dossier="D-1", base=by_day("2020-03-12"), effective=by_day("2020-03-13")
            ),
            "2020-03-19 08:00",
        )
        there = corrected("2020-03-19 08:00", deadline=by_day("2020-03-12"))
        back = corrected("2020-03-20 08:00", deadline=DUE)
        events = (received(), self.moved, resolved("2020-03-18 10:00"), there, other)
        assert outcomes("time", *events) == ["2020-03 settled longer +1"]
        assert outcomes("time", *events, back) == ["2020-03 settled shorter +1"]

    def test_of_two_moves_of_one_base_the_later_holds(self) -> None:
        less = event(
            c.DeadlineMoved(dossier="D-1", base=DUE, effective=by_day("2020-03-17")),
            "2020-03-09",
        )
        events = (received(), less, self.moved, resolved("2020-03-18 10:00"))
        assert outcomes("time", *events) == ["2020-03 settled longer +1"]

    def test_a_restart_starts_the_clock_from_zero(self) -> None:
        data = c.DossierRestarted(
            dossier="D-1", restarted_at=at("2020-03-10"), deadline=by_day("2020-03-24")
        )
        events = (received(), resolved("2020-03-20"), event(data, "2020-03-10"))
        assert outcomes("time", *events) == ["2020-03 settled shorter +1"]

    def test_a_due_date_that_is_fixed_moves_the_outcome(self) -> None:
        fixed = corrected("2020-04-20", deadline=by_day("2020-03-10"))
        events = (received(), resolved("2020-03-13"))
        assert outcomes("time", *events) == ["2020-03 settled shorter +1"]
        assert outcomes("time", *events, fixed) == ["2020-03 settled longer +1"]


class TestOpenAndPastDue:
    def test_it_counts_for_the_live_score_in_the_month_of_the_due_date(self) -> None:
        events = (received(channel="online"), passed(DUE))
        assert outcomes("time", *events) == ["2020-03 open overdue +1"]
        assert outcomes("attitude", *events) == ["2020-03 open overdue +1"]
        assert outcomes("online", *events) == ["2020-03 settled overdue +1"]
        assert outcomes("contacts", *events) == outcomes("bodies", *events) == []

    def test_it_stops_with_the_resolution(self) -> None:
        events = (received(channel="online"), passed(DUE), resolved("2020-04-02"))
        assert outcomes("time", *events) == ["2020-04 settled longer +1"]
        assert outcomes("online", *events) == ["2020-04 settled longer +1"]

    def test_an_earlier_deadline_has_passed_too_but_a_later_one_has_not(self) -> None:
        earlier = corrected("2020-04-01", deadline=by_day("2020-02-28"))
        later = corrected("2020-04-01", deadline=by_day("2020-05-04"))
        assert outcomes("time", received(), passed(DUE), earlier) == ["2020-02 open overdue +1"]
        assert outcomes("time", received(), passed(DUE), later) == []

    def test_nothing_passes_without_a_deadline(self) -> None:
        assert outcomes("time", received(deadline=None), passed(DUE)) == []


class TestClosed:
    refused = event(
        c.DossierRefused(dossier="D-1", refused_at=at("2020-03-05"), reason="thiếu"), "2020-03-05"
    )
    reopened = event(
        c.DossierReopened(dossier="D-1", reopened_at=at("2020-03-06"), reason="nhầm"), "2020-03-06"
    )

    def test_it_leaves_the_indices_and_is_counted_apart(self) -> None:
        steps = (started("1", "H53.3", DUE), completed("1", "2020-03-04"))
        events = (received(channel="online"), *steps, passed(DUE), resolved("2020-03-20"))
        found = counted(*events, self.refused)
        assert {m.measure for m in found} == {"received", "closed"}
        assert outcomes("closed", *events, self.refused) == ["2020-03 settled refused +1"]

    @pytest.mark.parametrize(
        ("data", "kind"),
        [
            (c.DossierWithdrawn(dossier="D-1", withdrawn_at=at("2020-03-05")), "withdrawn"),
            (c.DossierStopped(dossier="D-1", stopped_at=at("2020-03-05"), reason="-"), "stopped"),
        ],
    )
    def test_each_end_has_its_name(self, data: c.EventData, kind: str) -> None:
        assert outcomes("closed", received(), event(data, "2020-03-05")) == [
            f"2020-03 settled {kind} +1"
        ]

    def test_reopened_it_counts_again(self) -> None:
        events = (received(), self.refused, self.reopened, resolved("2020-03-13"))
        assert outcomes("time", *events) == ["2020-03 settled shorter +1"]
        assert outcomes("closed", *events) == []


class TestSteps:
    def steps(self, *events: Event) -> list[str]:
        found = counted(received(), *events)
        return sorted(
            f"{m.agency} {m.month:%Y-%m} {m.basis} {m.outcome} {n:+}"
            for m, n in found.items()
            if m.measure == "steps"
        )

    def test_each_agency_has_one_outcome_in_the_month_of_its_last_step(self) -> None:
        found = self.steps(
            started("1", "H53.3", DUE),
            completed("1", "2020-03-13"),
            started("2", "H53.3", by_day("2020-04-02")),
            completed("2", "2020-04-02 10:00"),
            started("3", "H53.1", by_day("2020-03-10")),
            completed("3", "2020-03-11"),
        )
        assert found == [
            "H53.1 2020-03 settled longer +1",
            "H53.3 2020-04 settled equal+shorter +1",
        ]

    def test_an_agency_waits_for_the_last_of_its_steps(self) -> None:
        done = (started("1", "H53.3", DUE), completed("1", "2020-03-13"))
        assert self.steps(*done, started("2", "H53.3", DUE)) == []

    def test_an_open_step_past_due_counts_once_in_the_month_of_the_first_due_date(self) -> None:
        found = self.steps(
            started("1", "H53.3", by_day("2020-04-02")),
            started("2", "H53.3", DUE),
            passed(by_day("2020-04-02"), step="1"),
            passed(DUE, step="2"),
        )
        assert found == ["H53.3 2020-03 open overdue +1"]

    def test_the_dossiers_own_deadline_is_not_the_steps(self) -> None:
        assert self.steps(started("1", "H53.3", DUE), passed(DUE)) == []

    def test_a_step_without_a_limit_and_one_without_a_start(self) -> None:
        found = self.steps(started("1", "H53.3", None), completed("1", "2020-03-13"))
        assert found == ["H53.3 2020-03 settled unknown +1"]
        assert self.steps(completed("9", "2020-03-13")) == []

    def test_a_pause_moves_a_steps_deadline(self) -> None:
        data = c.DeadlineMoved(dossier="D-1", step="1", base=DUE, effective=by_day("2020-03-20"))
        events = (started("1", "H53.3", DUE), completed("1", "2020-03-18"))
        assert self.steps(*events) == ["H53.3 2020-03 settled longer +1"]
        moved = (*events, event(data, "2020-03-10"))
        assert self.steps(*moved) == ["H53.3 2020-03 settled shorter +1"]

    def test_a_step_told_again_belongs_to_the_later_agency(self) -> None:
        again = started("1", "H53.1", DUE, "2020-03-05")
        found = self.steps(started("1", "H53.3", DUE), again, completed("1", "2020-03-13"))
        assert found == ["H53.1 2020-03 settled shorter +1"]


class TestContacts:
    def found(self, *events: Event) -> tuple[str, str]:
        end = resolved("2020-03-13")
        contacts = outcomes("contacts", received(), end, *events)
        bodies = outcomes("bodies", received(), end, *events)
        return contacts[0].split()[2], bodies[0].split()[2]

    def test_none(self) -> None:
        assert self.found() == ("none", "none")

    def test_contacts_are_counted_with_whose_fault_they_were(self) -> None:
        mine, theirs, unstated = ({"fault": f} for f in ("applicant", "agency", "unstated"))
        assert self.found(contact("1", **mine)) == ("one:0", "one_stop")
        assert self.found(contact("1", **theirs))[0] == "one:1"
        assert self.found(contact("1", **mine), contact("2", **mine))[0] == "several:0"
        assert self.found(contact("1", **mine), contact("2", **unstated))[0] == "several:1"
        assert self.found(*(contact(n, **theirs) for n in "123"))[0] == "several:2"

    def test_only_contacts_with_the_place_of_reception_count_for_index_3(self) -> None:
        elsewhere = contact("1", body="H53.9", place="other")
        assert self.found(elsewhere) == ("none", "other")
        assert self.found(elsewhere, contact("2", online=True)) == ("one:1", "one_stop+other")

    def test_one_body_contacted_often_is_one_body(self) -> None:
        assert self.found(*(contact(n, body="H53.9", place="other") for n in "123")) == (
            "none", "other",
        )  # fmt: skip

    def test_more_than_two_bodies_are_many(self) -> None:
        bodies = (contact(n, body=f"H53.{n}", place="other") for n in "345")
        assert self.found(*bodies)[1] == "other+other"

    def test_a_body_is_required_only_if_every_contact_with_it_is(self) -> None:
        law = contact("1", body="H53.9", place="other", required_by_law=True)
        again = contact("2", body="H53.9", place="other")
        assert self.found(law)[1] == "required"
        assert self.found(law, again)[1] == "other"

    def test_a_body_met_outside_the_one_stop_unit_too_is_not_the_one_stop_unit(self) -> None:
        inside, outside = contact("1"), contact("2", place="other")
        assert self.found(inside, outside)[1] == "other"
        check = contact("2", place="other", required_by_law=True)
        assert self.found(inside, check)[1] == "one_stop"

    def test_a_correction_changes_the_fault_or_takes_the_contact_away(self) -> None:
        def fixed(**changes: object) -> Event:
            data = contact("1", **changes).data.model_dump()
            needed = {"needed": changes.get("fault") != "unstated", "reason": "sửa"}
            return event(c.ContactCorrected.model_validate({**data, **needed}), "2020-04-01")

        assert self.found(contact("1"), fixed(fault="applicant")) == ("one:0", "one_stop")
        assert self.found(fixed(fault="unstated"), contact("1")) == ("none", "none")


class TestComplaintsAndReports:
    def attitude(self, *events: Event) -> str:
        return outcomes("attitude", received(), resolved("2020-03-13"), *events)[0].split()[2]

    @staticmethod
    def raised(feedback: str = "F-1") -> Event:
        data = c.ComplaintRaised(dossier="D-1", feedback=feedback, raised_at=at("2020-03-14"))
        return event(data, "2020-03-14")

    @staticmethod
    def dismissed(feedback: str = "F-1") -> Event:
        data = c.ComplaintDismissed(dossier="D-1", feedback=feedback, concluded_at=at("2020-03-13"))
        return event(data, "2020-03-13")

    def test_a_complaint_stands_until_it_is_dismissed(self) -> None:
        assert self.attitude(self.raised()) == "shorter:complaint"
        assert self.attitude(self.raised(), self.dismissed()) == "shorter:dismissed"
        assert self.attitude(self.raised(), self.raised("F-2"), self.dismissed()) == (
            "shorter:complaint"
        )

    def test_a_dismissal_that_arrives_first_is_not_a_complaint(self) -> None:
        assert self.attitude(self.dismissed()) == "shorter:clear"
        assert self.attitude(self.dismissed(), self.raised()) == "shorter:dismissed"

    def test_the_rating_forms_answers_are_kept_beside_what_was_recorded(self) -> None:
        reported = c.Reported(
            total_time="longer", contacts="one", bodies="none", attitude="complaint"
        )
        events = (received(), resolved("2020-03-13"), rated("R-1", reported=reported))
        for name, told in (
            ("time", "shorter~longer"), ("contacts", "none~one"), ("bodies", "none~none"),
            ("attitude", "shorter:clear~complaint"),
        ):  # fmt: skip
            assert outcomes(name, *events) == [f"2020-03 settled {told} +1"]

    def test_the_latest_form_that_asks_decides(self) -> None:
        first = rated("R-1", "2020-03-20", reported=c.Reported(contacts="several", bodies="none"))
        second = rated("R-2", "2020-03-21", reported=c.Reported(contacts="one"))
        third = rated("R-3", "2020-03-22")
        events = (third, second, first, received(), resolved("2020-03-13"))
        assert outcomes("contacts", *events) == ["2020-03 settled none~one +1"]
        assert outcomes("bodies", *events) == ["2020-03 settled none~none +1"]


def test_volumes_by_channel_and_the_stock_of_waiting_dossiers() -> None:
    returned = event(c.ResultReturned(dossier="D-1", returned_at=at("2020-05-04")), "2020-05-04")
    events = (received(channel="postal"), resolved("2020-04-30"), returned)
    assert outcomes("received", *events) == ["2020-03 settled postal +1"]
    assert outcomes("resolved", *events) == ["2020-04 settled postal +1"]
    assert outcomes("returned", *events) == ["2020-05 settled postal +1"]
    assert outcomes("waiting", *events) == ["2020-03 running open +1", "2020-04 running open -1"]
    assert outcomes("waiting", received(), resolved("2020-02-01")) == []


def test_an_online_dossier_resolved_late_counts_for_index_9() -> None:
    late = resolved("2020-04-02")
    assert outcomes("online", received(channel="online"), late) == ["2020-04 settled longer +1"]
    assert outcomes("online", received(channel="direct"), late) == []
    assert outcomes("online", received(channel="online"), resolved("2020-03-16")) == []
