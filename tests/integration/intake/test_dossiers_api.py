"""Dossiers over HTTP: received, corrected, restarted, ended; contacts; lists."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

DOSSIER = "000.00.15.H53-260302-0007"
RECEPTION: dict[str, Any] = {
    "dossier": DOSSIER,
    "procedure": "1.012766",
    "receiving": "H53.15",
    "resolving": "H53.15.01",
    "received_at": "2026-03-02T08:00:00+07:00",
}
PROCEDURE = {"name": "Cấp bản sao", "sector": "HT", "limit": {"amount": 3, "unit": "working_day"}}
CONTACT = {
    "body": "H53.15",
    "place": "one_stop_unit",
    "made_at": "2026-03-03T08:00:00+07:00",
}


async def receive(intake: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await intake.post("/dossiers", json=RECEPTION | more)
    assert answer.status_code == 201, answer.text
    return await shown(intake, str((RECEPTION | more)["dossier"]))


async def shown(intake: httpx.AsyncClient, code: str = DOSSIER) -> dict[str, Any]:
    answer = await intake.get(f"/dossiers/{code}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def told(intake: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]) -> None:
    """Tell intake something twice: recorded the first time, known the second."""
    first = await intake.request(method, path, json=body)
    assert (first.status_code, first.json()["recorded"]) == (201, 1), first.text
    again = await intake.request(method, path, json=body)
    assert (again.status_code, again.json()["duplicates"]) == (200, 1), again.text


@pytest.mark.asyncio
async def test_a_dossier_gets_its_due_date_and_sector_from_its_procedure(
    intake: httpx.AsyncClient,
) -> None:
    await told(intake, "PUT", "/procedures/1.012766.000.00.00.H53", PROCEDURE)
    view = await receive(intake, channel="ONLINE")
    assert view["sector"] == "HT"
    assert view["channel"] == "online"
    assert view["deadline"]["due_at"] == "2026-03-05T17:00:00+07:00"
    assert view["limit"] == {"amount": 3, "unit": "WORKING_DAY"}
    assert view["waiting_for"] == []
    assert view["parsed"] == {
        "agency": "000.00.15.H53",
        "province": "H53",
        "form": "2016",
        "day": "2026-03-02",
        "number": "0007",
    }
    assert view["procedure_parsed"]["short"] == "1.012766"


@pytest.mark.asyncio
async def test_everything_that_can_happen_to_a_dossier(intake: httpx.AsyncClient) -> None:
    path = f"/dossiers/{DOSSIER}"
    await told(intake, "PUT", "/procedures/1.012766", PROCEDURE)
    await told(intake, "POST", "/dossiers", RECEPTION)
    await told(intake, "PATCH", path, {"channel": "3", "reason": "nhầm kênh"})
    await told(intake, "POST", f"{path}/restart", {"restarted_at": "2026-03-09T08:00:00+07:00"})
    await told(intake, "POST", f"{path}/contacts", CONTACT | {"contact": "C1"})
    await told(
        intake, "PUT", f"{path}/contacts/C1", CONTACT | {"fault": "applicant", "reason": "x"}
    )
    for end, field, at in (
        ("refusal", "refused_at", "2026-03-10T08:00:00+07:00"),
        ("reopening", "reopened_at", "2026-03-11T08:00:00+07:00"),
        ("stop", "stopped_at", "2026-03-12T08:00:00+07:00"),
        ("withdrawal", "withdrawn_at", "2026-03-13T08:00:00+07:00"),
    ):
        await told(intake, "POST", f"{path}/{end}", {field: at, "reason": "theo quy định"})
    view = await shown(intake)
    assert view["channel"] == "postal"
    assert view["restarted_at"] == "2026-03-09T08:00:00+07:00"
    assert view["deadline"]["due_at"] == "2026-03-12T17:00:00+07:00"
    assert view["state"] == "withdrawn"
    assert view["ending"]["kind"] == "withdrawn"
    (contact,) = view["contacts"]
    assert (contact["fault"], contact["corrected_because"]) == ("applicant", "x")
    assert (await intake.get(f"{path}/contacts/C1")).json() == contact
    assert (await intake.get(f"{path}/contacts")).json() == {"items": [contact], "next": None}
    journal = (await intake.get(f"/journal/dossier/{DOSSIER}")).json()
    assert [each["type"].split(".")[1] for each in journal] == [
        "received", "corrected", "restarted", "made", "corrected", "refused", "reopened",
        "stopped", "withdrawn",
    ]  # fmt: skip


@pytest.mark.asyncio
async def test_things_that_come_before_their_reception_wait_for_it(
    intake: httpx.AsyncClient,
) -> None:
    path = f"/dossiers/{DOSSIER}"
    await told(intake, "POST", f"{path}/contacts", CONTACT | {"contact": "C1"})
    view = await shown(intake)
    assert (view["state"], view["waiting_for"]) == ("unknown", ["reception"])
    unknown = await intake.patch(path, json={"channel": "3", "reason": "x"})
    assert unknown.status_code == 404
    assert unknown.json()["errors"][0]["field"] == "dossier"
    await receive(intake)
    assert (await shown(intake))["waiting_for"] == ["procedure"]


@pytest.mark.asyncio
async def test_a_waiting_dossier_is_corrected_when_its_procedure_is_registered(
    intake: httpx.AsyncClient,
) -> None:
    view = await receive(intake)
    assert (view["deadline"], view["waiting_for"]) == (None, ["procedure"])
    assert (await intake.get("/dossiers?waiting=true")).json()["items"][0]["dossier"] == DOSSIER
    await intake.put("/procedures/1.012766", json=PROCEDURE | {"limit": None})
    for _ in range(200):
        view = await shown(intake)
        if view["sector"]:
            break
        await asyncio.sleep(0.02)
    assert (view["sector"], view["waiting_for"]) == ("HT", ["limit"])
    await intake.put("/procedures/1.012766", json=PROCEDURE)
    for _ in range(200):
        view = await shown(intake)
        if view["deadline"]:
            break
        await asyncio.sleep(0.02)
    assert view["deadline"]["due_at"] == "2026-03-05T17:00:00+07:00"
    assert view["waiting_for"] == []
    assert (await intake.get("/dossiers?waiting=true")).json()["items"] == []
    last = (await intake.get(f"/journal/dossier/{DOSSIER}")).json()[-1]
    assert (last["type"], last["data"]["reason"]) == (
        "dossier.corrected.v1",
        "procedure registered",
    )


@pytest.mark.asyncio
async def test_dossiers_are_listed_in_parts_and_by_filters(intake: httpx.AsyncClient) -> None:
    for number in range(5):
        more: dict[str, Any] = {"resolving": "B"} if number % 2 else {}
        await receive(intake, dossier=f"H53.15-260302-{number}", **more)
    await intake.post(
        "/dossiers/H53.15-260302-3/stop",
        json={"stopped_at": "2026-03-04T08:00:00+07:00", "reason": "luật"},
    )
    codes, cursor = [], ""
    while True:
        page = (await intake.get(f"/dossiers?limit=2{cursor}")).json()
        codes += [each["dossier"][-1] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert codes == ["0", "1", "2", "3", "4"]
    for query, expected in (
        ("resolving=B", "13"),
        ("resolving=B&state=stopped", "3"),
        ("receiving=H53.15", "01234"),
        ("procedure=1.012766.000.00.00.H53&state=received", "0124"),
        ("waiting=false", ""),
        ("receiving=nobody", ""),
    ):
        items = (await intake.get(f"/dossiers?{query}")).json()["items"]
        assert "".join(each["dossier"][-1] for each in items) == expected, query


@pytest.mark.asyncio
async def test_what_is_not_there_is_404(intake: httpx.AsyncClient) -> None:
    await receive(intake)
    for path in (
        "/dossiers/none",
        "/dossiers/none/contacts",
        f"/dossiers/{DOSSIER}/contacts/none",
        "/agencies/none",
        "/procedures/none",
        "/agencies/a/procedures/b",
        "/calendars/none",
        "/calendars/none/days/2026-01-01",
        "/nothing",
    ):
        answer = await intake.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
