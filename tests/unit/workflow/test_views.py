"""How a dossier is shown: its status, and what it waits for."""

from __future__ import annotations

from typing import Any

from motcua_workflow.views import DossierView, view


def shown(desk: Any) -> DossierView:
    return view(desk.state, desk.calendars)


def test_a_step_alone_waits_for_the_reception(desk: Any) -> None:
    desk.do("start_step", step="S", agency="B", started_at="03-02 10:00", limit={"amount": 2})
    seen = shown(desk)
    assert (seen.status, seen.waiting_for) == ("waiting", ["reception"])
    assert seen.deadline is None
    assert seen.steps[0].deadline is not None
    assert seen.steps[0].deadline.running


def test_ends_without_begins_are_waited_for(desk: Any) -> None:
    desk.note(desk.received(deadline=None))
    desk.do("complete_step", step="S", completed_at="03-04 10:00")
    desk.do("resume_dossier", pause="P", resumed_at="03-04 10:00")
    seen = shown(desk)
    assert seen.waiting_for == ["deadline", "step S", "pause P"]
    assert (seen.steps[0].agency, seen.pauses[0].reason) == (None, None)
    assert seen.status == "open"


def test_the_status_follows_the_dossier(desk: Any) -> None:
    desk.note(desk.received())
    assert shown(desk).status == "open"
    desk.do("pause_dossier", pause="P", paused_at="03-03 10:00", reason="supplement")
    assert shown(desk).status == "paused"
    desk.do("resume_dossier", pause="P", resumed_at="03-04 10:00")
    assert shown(desk).status == "open"
    desk.do("extend_dossier", extended_at="03-05 10:00", new_due_at="03-30 17:00")
    desk.do("resolve_dossier", resolved_at="03-06 10:00")
    assert shown(desk).status == "resolved"
    desk.do("return_result", returned_at="03-07 10:00")
    seen = shown(desk)
    assert seen.status == "returned"
    assert seen.waiting_for == []
    assert seen.extension is not None
    assert seen.deadline is not None
    assert seen.deadline.pauses == ["P"]
    assert not seen.deadline.running
    desk.note(desk.refused("03-08 09:00"))
    assert shown(desk).status == "closed"


def test_a_passed_deadline_is_shown(desk: Any) -> None:
    desk.note(desk.received())
    desk.pass_("")
    seen = shown(desk)
    assert seen.deadline is not None
    assert seen.deadline.passed
    assert seen.deadline.running
