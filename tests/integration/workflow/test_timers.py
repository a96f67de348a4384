"""Deadlines that pass with nobody calling: once, in time, not during a pause or a load."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from motcua_events.contracts import Deadline, DossierRefused, DossierReopened

CODE = "000.00.15.H53-200302-0007"
PASSED = "deadline.passed.v1"


def hence(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def exact(due_at: datetime) -> Deadline:
    """A deadline in hours: it passes at its instant."""
    early = due_at - timedelta(hours=1)
    return Deadline(due_at=due_at, unit="HOUR", early_until=early, late_after=due_at)


async def passings(workflow: Any, dossier: str = CODE, number: int = 1, within: float = 5) -> Any:
    """The passings recorded, once there are so many."""
    end = hence(within)
    while len(found := await workflow.events(PASSED, dossier)) < number:
        assert datetime.now(UTC) < end, found
        await asyncio.sleep(0.01)
    return found


@pytest.mark.asyncio
async def test_a_deadline_passes_within_two_seconds_and_once(workflow: Any, intake: Any) -> None:
    due_at = hence(1.5)
    await intake.tell(intake.reception(exact(due_at)))
    await workflow.until(lambda view: view["received_at"])
    assert await workflow.events(PASSED) == []
    (passed,) = await passings(workflow)
    assert timedelta(0) < datetime.now(UTC) - due_at < timedelta(seconds=2)
    assert passed["step"] is None
    assert (await workflow.dossier())["deadline"]["passed"]
    await workflow.post("return", returned_at=due_at.isoformat())
    await asyncio.sleep(0.6)
    assert len(await workflow.events(PASSED)) == 1


@pytest.mark.asyncio
async def test_a_steps_deadline_passes_too(workflow: Any) -> None:
    due_at = hence(0.8)
    begin = {"agency": "B", "started_at": hence(0).isoformat(), "due_at": due_at.isoformat()}
    await workflow.post("steps", step="S", unit="HOUR", **begin)
    await workflow.post("steps", step="T", unit="HOUR", **begin)
    await workflow.post("steps/T/completion", completed_at=hence(0).isoformat())
    (passed,) = await passings(workflow)
    assert passed["step"] == "S"
    await asyncio.sleep(0.5)
    assert len(await workflow.events(PASSED)) == 1


@pytest.mark.asyncio
async def test_a_deadline_that_passes_while_the_service_is_down(running: Any, intake: Any) -> None:
    async with running() as workflow:
        await intake.tell(intake.reception(exact(hence(1))))
        await workflow.until(lambda view: view["received_at"])
    await asyncio.sleep(1.2)
    async with running() as workflow:
        assert len(await passings(workflow)) == 1
    async with running() as workflow:
        await asyncio.sleep(1)
        assert len(await workflow.events(PASSED)) == 1


@pytest.mark.asyncio
async def test_two_processes_announce_once(running: Any, intake: Any) -> None:
    async with running() as one, running() as two:
        due_at = hence(1.5)
        await intake.tell(*(intake.reception(exact(due_at), f"D{n}") for n in range(30)))
        for n in range(30):
            await passings(one, f"D{n}")
        await asyncio.sleep(0.5)
        for n in range(30):
            assert len(await two.events(PASSED, f"D{n}")) == 1


@pytest.mark.asyncio
async def test_a_pause_holds_the_timer(workflow: Any, intake: Any) -> None:
    await intake.tell(intake.reception(exact(hence(1.5))))
    await workflow.until(lambda view: view["received_at"])
    await workflow.post("pauses", pause="P", paused_at=hence(0).isoformat(), reason="supplement")
    await asyncio.sleep(2)
    assert await workflow.events(PASSED) == []
    resumed = await workflow.post("pauses/P/end", resumed_at=hence(0).isoformat())
    assert resumed["recorded"] in {1, 2}  # a move as well, in office hours


@pytest.mark.asyncio
async def test_closed_dossiers_do_not_pass_and_reopened_ones_do(workflow: Any, intake: Any) -> None:
    await intake.tell(
        intake.reception(exact(hence(1.5))),
        DossierRefused(dossier=CODE, refused_at=hence(0), reason="incomplete"),
    )
    await workflow.until(lambda view: view["status"] == "closed")
    await asyncio.sleep(2)
    assert await workflow.events(PASSED) == []
    await intake.tell(DossierReopened(dossier=CODE, reopened_at=hence(0), reason="mistake"))
    assert len(await passings(workflow)) == 1


@pytest.mark.asyncio
async def test_a_deadline_moved_by_a_correction_passes_again(workflow: Any, intake: Any) -> None:
    await intake.tell(intake.reception(exact(hence(0.5))))
    await passings(workflow)
    later = hence(0.8)
    await intake.tell(intake.reception(exact(later), reason="a later day"))
    await workflow.until(lambda view: not view["deadline"]["passed"])
    found = await passings(workflow, number=2)
    assert datetime.fromisoformat(found[1]["deadline"]["due_at"]) == later


@pytest.mark.asyncio
async def test_history_waits_for_its_load_and_what_it_resolves_never_passes(
    running: Any, intake: Any
) -> None:
    old = exact(datetime(2020, 3, 16, 10, tzinfo=UTC))
    load = "/loads/history"
    async with running(backfill_grace=0) as workflow:
        await workflow.http.put(load, json={"lease_seconds": 60})
        await intake.tell(intake.reception(old, "D1"), intake.reception(old, "D2"))
        for dossier in ("D1", "D2"):
            await workflow.until(lambda view: view["received_at"], dossier)
        await asyncio.sleep(0.6)
        resolved = {"do": "resolve_dossier", "resolved_at": "2020-03-10T10:00:00+07:00"}
        await workflow.bulk([resolved | {"dossier": "D1"}])
        assert (await workflow.http.delete(load)).status_code == 204
        await passings(workflow, "D2")
        assert await workflow.events(PASSED, "D1") == []


@pytest.mark.asyncio
async def test_live_deadlines_pass_during_a_load(workflow: Any, intake: Any) -> None:
    await workflow.http.put("/loads/history", json={"lease_seconds": 60})
    await intake.tell(intake.reception(exact(hence(0.6))))
    assert len(await passings(workflow)) == 1


@pytest.mark.asyncio
async def test_old_deadlines_are_held_for_a_grace_without_any_load(
    running: Any, intake: Any
) -> None:
    async with running(backfill_grace=1.5) as workflow:
        began = datetime.now(UTC)
        await intake.tell(intake.reception(exact(datetime(2020, 3, 16, 10, tzinfo=UTC))))
        await passings(workflow)
        assert datetime.now(UTC) - began > timedelta(seconds=1.5)
        (event,) = await workflow.events(PASSED)
        assert event["deadline"]["late_after"] == "2020-03-16T10:00:00Z"
