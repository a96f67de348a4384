"""The catalogue over HTTP: agencies, procedures, listings, calendars and their days."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

HOURS = [{"opens": "08:00", "closes": "12:00"}]


async def put(intake: httpx.AsyncClient, path: str, **body: Any) -> None:
    answer = await intake.put(path, json=body)
    assert answer.status_code == 201, answer.text
    again = await intake.put(path, json=body)
    assert again.status_code == 200, again.text


async def got(intake: httpx.AsyncClient, path: str) -> Any:
    answer = await intake.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.asyncio
async def test_agencies(intake: httpx.AsyncClient) -> None:
    await put(intake, "/agencies/H53", name="Tỉnh Tây Ninh", level="province")
    await put(
        intake, "/agencies/H53.15", name="Huyện Châu Thành", level="DISTRICT", parent="H53",
        valid_from="2010-01-01", valid_to="2025-06-30", successors=["H53.99"],
        other_codes=["000.00.15.H53"], calendar="C",
    )  # fmt: skip
    await put(intake, "/agencies/so-tu-phap", name="Sở Tư pháp", level="province", parent="H53")
    view = await got(intake, "/agencies/H53.15")
    assert view["level"] == "district"
    assert view["parsed"] == {"agency": "H53.15", "form": "2020", "province": "H53"}
    assert view["successors"] == ["H53.99"]
    await put(intake, "/agencies/H53.15", name="Châu Thành", level="district", parent="H53")
    assert (await got(intake, "/agencies/H53.15"))["name"] == "Châu Thành"
    for query, codes in (
        ("", ["H53", "H53.15", "so-tu-phap"]),
        ("?level=province", ["H53", "so-tu-phap"]),
        ("?parent=H53&level=district", ["H53.15"]),
        ("?limit=1&cursor=H53", ["H53.15"]),
    ):
        page = await got(intake, f"/agencies{query}")
        assert [each["agency"] for each in page["items"]] == codes


@pytest.mark.asyncio
async def test_procedures(intake: httpx.AsyncClient) -> None:
    await put(intake, "/procedures/2.000815", name="Chứng thực", sector="CT")
    await put(
        intake, "/procedures/1.012766.000.00.00.H53", name="Bản sao", sector="HT",
        sector_name="Hộ tịch", limit={"amount": 8, "unit": "HOUR"},
    )  # fmt: skip
    view = await got(intake, "/procedures/1.012766.000.00.00.H53")
    assert view["parsed"] == {"short": "1.012766", "suffix": "000.00.00.H53", "province": "H53"}
    assert view["limit"] == {"amount": 8, "unit": "HOUR"}
    page = await got(intake, "/procedures?sector=CT")
    assert [each["procedure"] for each in page["items"]] == ["2.000815"]
    page = await got(intake, "/procedures?limit=1")
    assert page["next"] == "1.012766.000.00.00.H53"


@pytest.mark.asyncio
async def test_listings(intake: httpx.AsyncClient) -> None:
    path = "/agencies/H53.15/procedures/1.012766"
    await put(intake, path, effective_from="2020-01-01", one_stop=True, posted=True)
    await put(intake, path, effective_from="2020-07-01", one_stop=True, electronic=True)
    await put(intake, path, effective_from="2019-01-06", listed=False)
    await put(intake, "/agencies/H53.15/procedures/2.000815", effective_from="2020-01-01")
    await put(intake, "/agencies/H53.15x/procedures/2.000815", effective_from="2020-01-01")
    view = await got(intake, path)
    assert view["current"]["effective_from"] == "2020-07-01"
    assert [each["posted"] for each in view["states"]] == [False, True, False]
    page = await got(intake, "/agencies/H53.15/procedures?limit=1")
    assert page["next"] == "1.012766"
    assert page["items"][0]["electronic"] is True
    page = await got(intake, f"/agencies/H53.15/procedures?cursor={page['next']}")
    assert [each["procedure"] for each in page["items"]] == ["2.000815"]


@pytest.mark.asyncio
async def test_calendars_and_their_days_decide_due_dates(intake: httpx.AsyncClient) -> None:
    day = {"kind": "off", "announced_on": "2026-02-20", "name": "bão"}
    await put(intake, "/calendars/*/days/2026-03-03", **day)
    await put(intake, "/calendars/C/days/2026-03-04", **day)
    await put(intake, "/calendars/C", weekdays=[0, 1, 2, 3, 4], sessions=HOURS)
    await put(intake, "/agencies/A", name="A", level="commune", calendar="C")
    view = await got(intake, "/calendars/C")
    assert view["definition"]["weekdays"] == [0, 1, 2, 3, 4]
    assert [each["day"] for each in view["days"]] == ["2026-03-04"]
    assert (await got(intake, "/calendars/*/days"))["items"][0]["calendar"] is None
    assert (await got(intake, "/calendars/C/days/2026-03-04"))["name"] == "bão"
    page = await got(intake, "/calendars")
    assert [each["calendar"] for each in page["items"]] == ["*", "C"]
    for code, due in (("A", "2026-03-05T12:00:00+07:00"), ("B", "2026-03-04T17:00:00+07:00")):
        await intake.post(
            "/dossiers",
            json={
                "dossier": code,
                "procedure": "1.012766",
                "receiving": code,
                "resolving": code,
                "received_at": "2026-03-02T08:00:00+07:00",
                "limit": {"amount": 1},
            },
        )
        view = await got(intake, f"/dossiers/{code}")
        expected = due if code == "A" else "2026-03-04T17:00:00+07:00"
        assert view["deadline"]["due_at"] == expected


@pytest.mark.asyncio
async def test_a_listing_gets_its_sector_when_its_procedure_is_registered(
    intake: httpx.AsyncClient,
) -> None:
    path = "/agencies/H53.15/procedures/1.012766"
    await put(intake, path, effective_from="2020-01-01", one_stop=True)
    assert (await got(intake, path))["current"]["sector"] is None
    await put(intake, "/procedures/1.012766.000.00.00.H53", name="Bản sao", sector="HT")
    for _ in range(200):
        if (await got(intake, path))["current"]["sector"]:
            break
        await asyncio.sleep(0.02)
    assert (await got(intake, path))["current"]["sector"] == "HT"
    assert (await got(intake, path))["current"]["one_stop"] is True
