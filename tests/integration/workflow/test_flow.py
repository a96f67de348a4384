"""Workflow as a service: requests, intake's events in any order, deadlines that move."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from motcua_events.contracts import (
    AgencyRegistered,
    CalendarDefined,
    Deadline,
    DossierRefused,
    DossierRestarted,
    Limit,
)
from motcua_worktime import DEFAULT, VIETNAM, due

CODE = "000.00.15.H53-200302-0007"
MARCH_2 = "2020-03-02T09:00:00+07:00"


def ten_days(start: str = MARCH_2, days: int = 10) -> Deadline:
    at = datetime.fromisoformat(start)
    return due(at, Limit(amount=days), DEFAULT, at.date())


def day(view: dict[str, Any] | None) -> str:
    """The effective due day of a shown deadline."""
    return str(view["effective"]["due_at"])[:10] if view else ""


@pytest.mark.asyncio
async def test_everything_before_the_reception(workflow: Any, intake: Any) -> None:
    resolved = {"resolved_at": "2020-03-17T10:00:00+07:00"}
    await workflow.post("resolution", **resolved)
    await workflow.post("pauses/P/end", resumed_at="2020-03-06T09:00:00+07:00")
    await workflow.post(
        "pauses", pause="P", paused_at="2020-03-04T09:00:00+07:00", reason="supplement"
    )
    await workflow.post("steps/S/completion", completed_at="2020-03-05T09:00:00+07:00")
    await workflow.post("steps", step="S", agency="B", started_at=MARCH_2, limit={"amount": 3})
    waiting = await workflow.dossier()
    assert (waiting["status"], waiting["waiting_for"]) == ("resolved", ["reception"])
    await intake.tell(intake.reception(ten_days()))
    view = await workflow.until(lambda view: view["received_at"])
    assert day(view["deadline"]) == "2020-03-18"
    assert day(view["steps"][0]["deadline"]) == "2020-03-06"  # paused on the 4th
    assert view["waiting_for"] == []
    assert await workflow.events("deadline.passed.v1") == []


@pytest.mark.asyncio
async def test_what_comes_twice_changes_nothing(workflow: Any, intake: Any) -> None:
    told = await intake.tell(intake.reception(ten_days()))
    await workflow.until(lambda view: view["received_at"])
    step = {"step": "S", "agency": "B", "started_at": MARCH_2, "limit": {"amount": 3}}
    await workflow.post("steps", **step)
    assert (await workflow.post("steps", status=200, **step))["duplicates"] == 1
    await intake.tell(*told, *told)
    await intake.tell(DossierRefused(dossier=CODE, refused_at=ten_days().due_at, reason="no"))
    await workflow.until(lambda view: view["status"] == "closed")
    assert len(await workflow.events("dossier.noted.v1")) == 2
    assert len(await workflow.events()) == 3


@pytest.mark.asyncio
async def test_a_correction_in_intake_moves_the_deadline(workflow: Any, intake: Any) -> None:
    await intake.tell(intake.reception(ten_days()))
    await workflow.until(lambda view: view["received_at"])
    await workflow.post(
        "pauses", pause="P", paused_at="2020-03-04T09:00:00+07:00", reason="financial_duty"
    )
    await workflow.post("pauses/P/end", resumed_at="2020-03-05T09:00:00+07:00")
    assert day((await workflow.dossier())["deadline"]) == "2020-03-17"
    await intake.tell(intake.reception(ten_days(days=12), reason="the limit was wrong"))
    await workflow.until(lambda view: day(view["deadline"]) == "2020-03-19")
    moved = await workflow.events("deadline.moved.v1")
    assert [str(each["base"]["due_at"])[:10] for each in moved] == ["2020-03-16", "2020-03-18"]


@pytest.mark.asyncio
async def test_a_restart_counts_from_zero(workflow: Any, intake: Any) -> None:
    await intake.tell(intake.reception(ten_days()))
    await workflow.until(lambda view: view["received_at"])
    await workflow.post(
        "pauses", pause="P", paused_at="2020-03-03T09:00:00+07:00", reason="supplement"
    )
    await workflow.post("pauses/P/end", resumed_at="2020-03-05T09:00:00+07:00")
    again = ten_days("2020-03-09T09:00:00+07:00")
    at = again.due_at.replace(day=9, hour=9)
    await intake.tell(DossierRestarted(dossier=CODE, restarted_at=at, deadline=again))
    view = await workflow.until(lambda view: view["restarted_at"])
    assert day(view["deadline"]) == "2020-03-23"
    assert view["deadline"]["pauses"] == []


@pytest.mark.asyncio
async def test_the_catalogues_calendars_are_computed_with(workflow: Any, intake: Any) -> None:
    hours = [{"opens": "08:00", "closes": "12:00"}]
    six = {"calendar": "six", "weekdays": list(range(6)), "sessions": hours}
    await intake.tell(
        CalendarDefined.model_validate(six),
        AgencyRegistered(agency="B", name="B", level="district", calendar="six"),
    )
    step = {"agency": "B", "started_at": MARCH_2, "limit": {"amount": 5}}
    for attempt in range(500):
        code = f"S{attempt}"
        await workflow.post("steps", step=code, **step)
        view = await workflow.dossier()
        if view["steps"][-1]["deadline"]["base"]["due_at"] == "2020-03-07T12:00:00+07:00":
            return
        await asyncio.sleep(0.02)
    pytest.fail("the calendar never counted")


@pytest.mark.asyncio
async def test_requests_and_intake_meet_on_one_dossier(workflow: Any, intake: Any) -> None:
    """Concurrent writers of one stream: neither side loses anything."""
    corrections = [
        intake.reception(ten_days(days=n), reason=f"the {n}th time") for n in range(1, 40)
    ]

    async def tell() -> None:
        for each in corrections:
            await intake.tell(each)

    async def post() -> None:
        for n in range(60):
            await workflow.post("steps", step=f"S{n}", agency="B", started_at=MARCH_2)

    await asyncio.gather(tell(), post())
    view = await workflow.until(lambda view: day(view["deadline"]) == day_of(39))
    assert len(view["steps"]) == 60


@pytest.mark.asyncio
async def test_a_load_and_intakes_batches_take_turns(
    workflow: Any, intake: Any, caplog: pytest.LogCaptureFixture
) -> None:
    dossiers = [f"D{n}" for n in range(400)]
    lines = [
        {"do": "resolve_dossier", "dossier": each, "resolved_at": "2020-03-10T10:00:00+07:00"}
        for each in dossiers
    ]
    told = [intake.reception(ten_days(), each) for each in dossiers]
    await asyncio.gather(intake.tell(*told), workflow.bulk(lines[:200]), workflow.bulk(lines[200:]))
    for each in dossiers[::40]:
        view = await workflow.until(lambda view: view["received_at"], each)
        assert view["status"] == "resolved"
    assert "tries again" not in caplog.text


def day_of(days: int) -> str:
    return ten_days(days=days).due_at.astimezone(VIETNAM).date().isoformat()


@pytest.mark.asyncio
async def test_refusals_are_problems_that_name_the_field(workflow: Any, intake: Any) -> None:
    await intake.tell(intake.reception(ten_days()))
    await workflow.until(lambda view: view["received_at"])
    problem = await workflow.post(
        "extension", status=409, extended_at="2020-03-16T09:00:00+07:00",
        new_due_at="2020-03-30T09:00:00+07:00",
    )  # fmt: skip
    assert problem["errors"][0]["field"] == "extended_at"
    future = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    problem = await workflow.post("resolution", status=422, resolved_at=f"{future}T09:00:00+07:00")
    assert problem["errors"][0]["field"] == "resolved_at"
    problem = await workflow.post("resolution", status=422, resolved_at="yesterday")
    assert problem["errors"][0]["field"] == "resolved_at"
    assert (await workflow.http.get("/dossiers/unheard-of")).status_code == 404
    assert (await workflow.http.get("/dossiers/un%00heard")).status_code == 422


@pytest.mark.asyncio
async def test_a_bulk_is_taken_whole_or_not_at_all(workflow: Any) -> None:
    lines = [
        {"do": "start_step", "dossier": f"D{n}", "step": "S", "agency": "B", "started_at": MARCH_2,
         "limit": {"amount": 3}}
        for n in range(20)
    ]  # fmt: skip
    ends = [
        {"do": "complete_step", "dossier": f"D{n}", "step": "S", "completed_at": MARCH_2}
        for n in range(20)
    ]
    early = ends[7] | {"completed_at": "2020-03-01T09:00:00+07:00"}
    problem = await workflow.bulk([*lines, *ends[:7], early, *ends[8:]], status=422)
    assert problem["errors"][0]["line"] == 28
    assert await workflow.dossier("D0") == {}
    assert await workflow.bulk([*lines, *ends]) == {
        "accepted": 40, "recorded": 40, "duplicates": 0,
    }  # fmt: skip
    assert (await workflow.bulk([*lines, *ends], status=200))["duplicates"] == 40


@pytest.mark.asyncio
async def test_an_idempotency_key_replays_the_answer(workflow: Any) -> None:
    body = {"resolved_at": MARCH_2}
    path, headers = f"/dossiers/{CODE}/resolution", {"idempotency-key": "k1"}
    first = await workflow.http.post(path, json=body, headers=headers)
    again = await workflow.http.post(path, json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
