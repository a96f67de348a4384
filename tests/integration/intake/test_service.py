"""The service as a whole: its documents, its checks, what is left after a restart."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from motcua_intake.api import ENDPOINTS
from motcua_intake.app import create
from motcua_intake.settings import IntakeSettings


@pytest.mark.asyncio
async def test_every_endpoint_is_documented(intake: httpx.AsyncClient) -> None:
    document = (await intake.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    for endpoint in ENDPOINTS:
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        assert operation["summary"]
        assert "application/problem+json" in operation["responses"]["4XX"]["content"]
    lists = ["/agencies", "/procedures", "/calendars", "/dossiers"]
    assert all("get" in document["paths"][path] for path in lists)
    assert (await intake.get("/docs")).status_code == 200


@pytest.mark.asyncio
async def test_it_is_alive_and_becomes_ready(intake: httpx.AsyncClient) -> None:
    assert (await intake.get("/livez")).status_code == 200
    for _ in range(100):
        answer = await intake.get("/readyz")
        if answer.status_code == 200:
            break
        await asyncio.sleep(0.05)
    assert "settler" in answer.json()["checks"]
    assert "motcua_events_recorded" in (await intake.get("/metrics")).text


@pytest.mark.asyncio
async def test_a_restarted_service_knows_long_procedure_codes(
    postgres_url: str, kafka: str
) -> None:
    settings = IntakeSettings(database_url=postgres_url, kafka_bootstrap=kafka, partitions=2)
    for step in ("register", "receive"):
        app = create(settings)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://intake") as client,
        ):
            await _do(client, step)


async def _do(client: httpx.AsyncClient, step: str) -> None:
    if step == "register":
        body = {"name": "Bản sao", "sector": "HT", "limit": {"amount": 2}}
        answer = await client.put("/procedures/1.012766.000.00.00.H53", json=body)
        assert answer.status_code == 201
        return
    reception = {
        "dossier": "D1",
        "procedure": "1.012766",
        "receiving": "A",
        "resolving": "A",
        "received_at": "2026-03-02T08:00:00+07:00",
    }
    assert (await client.post("/dossiers", json=reception)).json()["recorded"] == 1
    view = (await client.get("/dossiers/D1")).json()
    assert view["deadline"]["due_at"] == "2026-03-04T17:00:00+07:00"
    assert len((await client.get("/journal/dossier/D1")).json()) == 1
