"""Nothing is resolved or returned before it was received; what came first is shown, not lost."""

from __future__ import annotations

from typing import Any

import pytest

from motcua_events.contracts import DossierResolved
from motcua_service.decider import Refusal
from motcua_workflow.views import view

ENDS = [("resolve_dossier", "resolved_at"), ("return_result", "returned_at")]


def contradictions(desk: Any) -> list[str]:
    return view(desk.state, desk.calendars).contradictions


@pytest.mark.parametrize(("do", "field"), ENDS)
def test_an_end_before_the_reception_is_refused_naming_both_instants(
    desk: Any, do: str, field: str
) -> None:
    desk.note(desk.received())  # on 2 March, at nine
    with pytest.raises(Refusal) as refused:
        desk.do(do, **{field: "03-02 08:59"})
    assert (refused.value.field, refused.value.status) == (field, 422)
    assert refused.value.detail == (
        f"{field} is 2020-03-02T08:59:00+07:00; it must not be before received_at, "
        "recorded as 2020-03-02T09:00:00+07:00."
    )
    assert desk.do(do, **{field: "03-02 09:00"})
    assert contradictions(desk) == []


@pytest.mark.parametrize(("do", "field"), ENDS)
def test_a_reception_that_comes_later_is_kept_and_the_contradiction_shown(
    desk: Any, do: str, field: str
) -> None:
    assert desk.do(do, **{field: "03-01 10:00"})
    assert contradictions(desk) == []
    assert desk.note(desk.received())
    assert contradictions(desk) == [
        f"{field} 2020-03-01T10:00:00+07:00 is before received_at 2020-03-02T09:00:00+07:00"
    ]
    assert desk.do(do, **{field: "03-03 10:00"})
    assert contradictions(desk) == []


def test_what_was_recorded_before_may_be_sent_again(desk: Any) -> None:
    desk.do("resolve_dossier", resolved_at="03-01 10:00")
    desk.note(desk.received())
    assert desk.do("resolve_dossier", resolved_at="03-01 10:00") == []
    with pytest.raises(Refusal, match="received_at"):
        desk.do("resolve_dossier", resolved_at="03-01 10:01")


def test_a_corrected_reception_contradicts_or_mends(desk: Any) -> None:
    desk.note(desk.received())
    desk.do("resolve_dossier", resolved_at="03-03 10:00")
    desk.note(desk.received(received_at="03-04 09:00", reason="wrong day"))
    assert len(contradictions(desk)) == 1
    desk.note(desk.received(received_at="03-03 10:00", reason="right day"))
    assert contradictions(desk) == []
    assert len(desk.recorded(DossierResolved)) == 1


def test_steps_and_pauses_may_begin_before_the_reception(desk: Any) -> None:
    desk.note(desk.received())
    assert desk.do("start_step", step="S", agency="B", started_at="03-02 08:00")
    assert desk.do("pause_dossier", pause="P", paused_at="03-02 08:30", reason="supplement")
