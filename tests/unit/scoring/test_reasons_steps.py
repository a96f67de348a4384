"""Index 2 is explained step by step: start, completion, due time, and the pauses behind it."""

from __future__ import annotations

from scoring_events import at, by_day, by_hour, completed, event, passed, received, started

from motcua_events import contracts as c
from motcua_events.event import Event
from motcua_scoring.facts import Entity, fold
from motcua_scoring.reasons import Point, points_of
from motcua_scoring.rulebook_files import load

DUE = by_day("2020-03-16")
DOSSIER = Entity("dossier", "D-1")


def of_steps(*events: Event) -> list[Point]:
    found = points_of(DOSSIER, fold({}, [received(), *events]), load("tt01-2018"))
    return [point for point in found if point.index == 2]


def test_a_step_is_named_with_its_start_its_completion_and_its_due_time() -> None:
    told = (started("thẩm-định", "H53.3", DUE), completed("thẩm-định", "2020-03-20 15:30"))
    [found] = of_steps(*told)
    assert (found.agency, found.points) == ("H53.3", 0)
    assert found.events == tuple(each.id for each in told)
    assert found.reason.vi == (
        "Cơ quan H53.3, bước thẩm-định (bắt đầu 03/03/2020 08:00): "
        "hoàn thành 20/03/2020 15:30, trễ hạn 16/03/2020."
    )
    assert found.reason.en == (
        "Agency H53.3, step thẩm-định (started 03/03/2020 08:00): "
        "completed 20/03/2020 15:30, later than due 16/03/2020."
    )


def test_the_steps_of_one_agency_are_told_each_by_their_start() -> None:
    [found] = of_steps(
        started("A", "H53.3", by_hour("2020-03-05 10:00"), "2020-03-04 08:00"),
        completed("A", "2020-03-05 09:30"),
        started("B", "H53.3", DUE),
        completed("B", "2020-03-13 10:00"),
        started("C", "H53.3", None, "2020-03-05 08:00"),
        completed("C", "2020-03-06 10:00"),
    )
    assert found.outcome == "equal+shorter+unknown"
    vi = found.reason.vi
    assert vi.index("bước B") < vi.index("bước A") < vi.index("bước C")
    assert "đúng hạn 05/03/2020 10:00." in vi
    assert vi.endswith("hoàn thành 06/03/2020 10:00; chưa có thời hạn để so sánh.")


def test_while_a_step_is_past_due_it_alone_is_told() -> None:
    [found] = of_steps(
        started("A", "H53.3", DUE),
        completed("A", "2020-03-13 10:00"),
        started("B", "H53.3", DUE),
        passed(DUE, step="B"),
        started("C", "H53.3", by_day("2020-04-30")),
    )
    assert (found.basis, found.outcome, found.points) == ("open", "overdue", 0)
    assert found.reason.vi == (
        "Cơ quan H53.3, bước B (bắt đầu 03/03/2020 08:00): "
        "đã quá hạn 16/03/2020 mà chưa hoàn thành."
    )


def test_a_pause_moves_the_due_time_that_is_told() -> None:
    pause = event(
        c.DossierPaused(dossier="D-1", pause="P", paused_at=at("2020-03-05"), reason="supplement"),
        "2020-03-05",
    )
    moved = event(
        c.DeadlineMoved(
            dossier="D-1", step="A", base=DUE, effective=by_day("2020-03-18"), pauses=("P",)
        ),
        "2020-03-09",
    )
    [found] = of_steps(started("A", "H53.3", DUE), pause, moved, completed("A", "2020-03-18 10:00"))
    assert "đúng hạn 18/03/2020" in found.reason.vi
    assert {pause.id, moved.id} <= set(found.events)


def test_each_agency_hears_of_its_own_steps() -> None:
    found = of_steps(
        started("A", "H53.3", DUE), completed("A", "2020-03-13"),
        started("B", "H53.4", DUE), completed("B", "2020-03-13"),
    )  # fmt: skip
    assert [point.agency for point in found] == ["H53.3", "H53.4"]
    assert "bước B" not in found[0].reason.vi


def test_many_steps_are_all_told() -> None:
    names = [f"S{n:02}" for n in range(30)]
    begun = [started(name, "H53.3", DUE) for name in names]
    [found] = of_steps(*begun, *(completed(name, "2020-03-13") for name in names))
    assert found.reason.vi.count("hoàn thành") == 30
