"""Requests that come at the same moment: shared transactions, answers of their own."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

RECEIVED = "2026-03-02T08:00:00+07:00"


def body(number: int, **more: Any) -> dict[str, Any]:
    return {
        "dossier": f"H53.20.01-{number:04}", "procedure": "1.012766", "receiving": "H53.20.01",
        "resolving": "H53.20.01", "received_at": RECEIVED, **more,
    }  # fmt: skip


async def at_once(intake: httpx.AsyncClient, requests: list[tuple[Any, ...]]) -> list[Any]:
    """Answers to requests (body, headers) sent at the same moment."""
    sent = (intake.post("/dossiers", json=body, headers=headers) for body, headers in requests)
    return await asyncio.gather(*sent)


@pytest.mark.asyncio
async def test_many_receptions_share_transactions_and_keep_their_traces(
    intake: httpx.AsyncClient, postgres_url: str
) -> None:
    answers = await at_once(intake, [(body(n), {}) for n in range(60)])
    assert {each.status_code for each in answers} == {201}
    conn = await asyncpg.connect(postgres_url)
    rows = await conn.fetch("select stream, tx::text as tx, traceparent from events")
    await conn.close()
    assert len(rows) == 60
    assert len({row["tx"] for row in rows}) < 30
    told = {f"dossier/H53.20.01-{n:04}": a.headers["x-trace-id"] for n, a in enumerate(answers)}
    assert {row["stream"]: row["traceparent"][3:35] for row in rows} == told


@pytest.mark.asyncio
async def test_one_dossier_sent_by_many_is_received_once(intake: httpx.AsyncClient) -> None:
    answers = await at_once(intake, [(body(1), {}) for _ in range(20)])
    assert sorted(each.status_code for each in answers) == [200] * 19 + [201]
    journal = (await intake.get("/journal/dossier/H53.20.01-0001")).json()
    assert len(journal["events"] if isinstance(journal, dict) else journal) == 1


@pytest.mark.asyncio
async def test_a_refusal_among_others_is_its_own(intake: httpx.AsyncClient) -> None:
    late = body(3, received_at="2080-01-01T08:00:00+07:00")
    answers = await at_once(intake, [(body(1), {}), (body(2), {}), (late, {}), (body(4), {})])
    assert [each.status_code for each in answers] == [201, 201, 422, 201]
    assert answers[2].json()["errors"][0]["field"] == "received_at"
    assert (await intake.get("/dossiers/H53.20.01-0003")).status_code == 404


@pytest.mark.asyncio
async def test_keys_are_honoured_within_a_group(intake: httpx.AsyncClient) -> None:
    keyed = [(body(n), {"Idempotency-Key": f"k{n}"}) for n in range(10)]
    first = await at_once(intake, keyed)
    assert {each.status_code for each in first} == {201}
    again = await at_once(intake, [*keyed, (body(11), {})])
    assert [each.headers.get("idempotent-replayed") for each in again] == ["true"] * 10 + [None]
    assert [each.content for each in again[:10]] == [each.content for each in first]
    other = await at_once(intake, [(body(12), {"Idempotency-Key": "k1"}), (body(13), {})])
    assert [each.status_code for each in other] == [422, 201]
    assert (await intake.get("/dossiers/H53.20.01-0012")).status_code == 404


@pytest.mark.asyncio
async def test_a_stored_answer_holds_even_where_the_request_would_be_refused_now(
    intake: httpx.AsyncClient,
) -> None:
    assert (await intake.post("/dossiers", json=body(1))).status_code == 201
    key = {"Idempotency-Key": "restart"}
    path, restart = "/dossiers/H53.20.01-0001/restart", {"restarted_at": RECEIVED}
    first = await intake.post(path, json=restart, headers=key)
    later = {"received_at": "2026-03-03T08:00:00+07:00", "reason": "the day was wrong"}
    assert (await intake.patch("/dossiers/H53.20.01-0001", json=later)).status_code == 201
    assert (await intake.post(path, json=restart)).status_code == 409
    again = await intake.post(path, json=restart, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
