"""Bulk: in order, all or nothing, a handful of queries; Idempotency-Key; what reaches Kafka."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from motcua_events.kafka import KafkaConfig, ensure_topics

AT = "2026-03-02T08:00:00+07:00"


def dossier(code: str, **more: Any) -> dict[str, Any]:
    return {
        "do": "receive_dossier",
        "dossier": code,
        "procedure": "1.012766",
        "receiving": "R",
        "resolving": "A",
        "received_at": AT,
    } | more


CATALOGUE: list[dict[str, Any]] = [
    {
        "do": "define_calendar",
        "calendar": "C",
        "weekdays": [0, 1, 2, 3, 4],
        "sessions": [{"opens": "07:00", "closes": "16:30"}],
    },
    {
        "do": "override_day",
        "calendar": "C",
        "day": "2026-03-04",
        "kind": "off",
        "announced_on": "2026-02-01",
        "name": "lễ",
    },
    {"do": "register_agency", "agency": "A", "name": "A", "level": "commune", "calendar": "C"},
    {
        "do": "register_procedure",
        "procedure": "1.012766.000.00.00.H53",
        "name": "Bản sao",
        "sector": "HT",
        "limit": {"amount": 2},
    },
    {
        "do": "list_procedure",
        "agency": "A",
        "procedure": "1.012766",
        "effective_from": "2026-01-01",
    },
]


async def bulk(
    intake: httpx.AsyncClient, lines: list[Any], headers: dict[str, str] | None = None
) -> httpx.Response:
    body = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    return await intake.post("/bulk", content=body, headers=headers)


@pytest.mark.asyncio
async def test_later_lines_see_what_earlier_lines_registered(intake: httpx.AsyncClient) -> None:
    answer = await bulk(intake, [*CATALOGUE, dossier("D1"), "", dossier("D1"), dossier("D2")])
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"accepted": 8, "recorded": 7, "duplicates": 1}
    view = (await intake.get("/dossiers/D1")).json()
    assert view["deadline"]["due_at"] == "2026-03-05T16:30:00+07:00"
    assert view["sector"] == "HT"
    again = await bulk(intake, [*CATALOGUE, dossier("D1"), dossier("D2")])
    assert (again.status_code, again.json()["recorded"]) == (200, 0)


@pytest.mark.asyncio
async def test_a_procedure_on_a_later_line_settles_the_dossier_soon(
    intake: httpx.AsyncClient,
) -> None:
    answer = await bulk(intake, [dossier("D1"), *CATALOGUE])
    assert answer.json()["recorded"] == 6
    view: dict[str, Any] = {"deadline": None}
    async with asyncio.timeout(5):
        while view["deadline"] is None:
            view = (await intake.get("/dossiers/D1")).json()
    assert view["deadline"]["due_at"] == "2026-03-05T16:30:00+07:00"
    assert view["waiting_for"] == []


@pytest.mark.asyncio
async def test_a_whole_dossier_in_one_bulk(intake: httpx.AsyncClient) -> None:
    lines = [
        {"do": "stop_dossier", "stopped_at": "2026-03-05T08:00:00Z", "reason": "x"},
        dossier("D1"),
        {"do": "correct_dossier", "reason": "x", "resolving": "B"},
        {
            "do": "record_contact", "contact": "C1", "body": "R", "place": "other",
            "made_at": AT,
        },
        {
            "do": "correct_contact", "contact": "C1", "body": "R",
            "place": "other", "made_at": AT, "needed": False, "reason": "x",
        },
        {"do": "restart_dossier", "restarted_at": AT},
        {"do": "refuse_dossier", "refused_at": "2026-03-03T08:00:00Z", "reason": "x"},
        {"do": "reopen_dossier", "reopened_at": "2026-03-04T08:00:00Z", "reason": "x"},
        {"do": "withdraw_dossier", "withdrawn_at": "2026-03-02T09:00:00Z"},
    ]  # fmt: skip
    answer = await bulk(intake, [{"dossier": "D1"} | each for each in lines])
    assert answer.json() == {"accepted": 9, "recorded": 9, "duplicates": 0}, answer.text
    view = (await intake.get("/dossiers/D1")).json()
    assert (view["state"], view["resolving"]) == ("stopped", "B")
    assert view["contacts"][0]["needed"] is False


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("bad", "status", "field"),
    [
        (dossier("D2", received_at="2026-03-02T08:00:00"), 422, "received_at"),
        (dossier("D2", received_at="2999-03-02T08:00:00Z"), 422, "received_at"),
        (dossier("D2", received_at="2080-03-02T08:00:00Z"), 422, "received_at"),
        ({"do": "fly_dossier"}, 422, "do"),
        ({"dossier": "D2"}, 422, "do"),
        ({"do": "correct_dossier", "dossier": "D9", "reason": "x", "channel": "1"}, 404, "dossier"),
        ("{", 422, None),
        ("[1]", 422, None),
    ],
)
async def test_one_bad_line_and_nothing_is_recorded(
    intake: httpx.AsyncClient, bad: Any, status: int, field: str | None
) -> None:
    answer = await bulk(intake, [dossier("D1"), "", bad, dossier("D3")])
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert (error["line"], error.get("field")) == (3, field)
    assert (await intake.get("/dossiers")).json()["items"] == []
    assert (await intake.get("/dossiers/D1")).status_code == 404


@pytest.mark.asyncio
async def test_every_bad_line_is_named(intake: httpx.AsyncClient) -> None:
    answer = await bulk(intake, [{"do": "x"}, dossier("D1"), dossier("D 2"), "nonsense"])
    assert [each["line"] for each in answer.json()["errors"]] == [1, 3, 4]


@pytest.mark.asyncio
async def test_too_many_lines_and_too_large_bodies_are_413(intake: httpx.AsyncClient) -> None:
    answer = await bulk(intake, [{}] * 5001)
    assert answer.status_code == 413
    answer = await intake.post("/bulk", content=b" " * (16 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    answer = await intake.post("/dossiers", content=b" " * (2 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.asyncio
async def test_five_thousand_dossiers_in_one_request(intake: httpx.AsyncClient) -> None:
    await bulk(intake, CATALOGUE)
    lines = [dossier(f"H53.15-260302-{number:05}") for number in range(5000)]
    began = time.perf_counter()
    answer = await bulk(intake, lines)
    assert answer.json() == {"accepted": 5000, "recorded": 5000, "duplicates": 0}
    assert time.perf_counter() - began < 20
    page = (await intake.get("/dossiers?resolving=A&limit=1000")).json()
    assert len(page["items"]) == 1000
    assert {each["due_at"] for each in page["items"]} == {"2026-03-05T09:30:00Z"}


@pytest.mark.asyncio
async def test_the_same_key_gets_the_same_answer(intake: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k1"}
    body = {name: value for name, value in dossier("D1").items() if name != "do"}
    first = await intake.post("/dossiers", json=body, headers=key)
    again = await intake.post("/dossiers", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    other = await intake.post("/dossiers", json=body | {"dossier": "D2"}, headers=key)
    assert other.status_code == 422
    assert (await intake.get("/dossiers/D2")).status_code == 404
    lines = [dossier("D3")]
    assert (await bulk(intake, lines, {"Idempotency-Key": "k2"})).json()["recorded"] == 1
    assert (await bulk(intake, lines, {"Idempotency-Key": "k2"})).json()["recorded"] == 1


@pytest.mark.asyncio
async def test_requests_for_one_dossier_at_once_are_all_recorded(
    intake: httpx.AsyncClient,
) -> None:
    answers = await asyncio.gather(
        *(
            intake.post(
                "/dossiers/D1/contacts",
                json={"contact": f"C{number}", "body": "R", "place": "other", "made_at": AT},
            )
            for number in range(12)
        )
    )
    assert {each.status_code for each in answers} == {201}
    assert len((await intake.get("/dossiers/D1/contacts")).json()["items"]) == 12


@pytest.mark.asyncio
async def test_events_reach_kafka_by_dossier_with_the_requests_trace(
    intake: httpx.AsyncClient, kafka: str
) -> None:
    await ensure_topics(KafkaConfig(kafka, partitions=2))
    await bulk(intake, CATALOGUE)
    answer = await bulk(intake, [dossier("D1"), dossier("D2")])
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, fetch_max_wait_ms=10)
    await consumer.start()
    try:
        partitions = [TopicPartition("intake.dossiers", number) for number in range(2)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        found: dict[bytes, Any] = {}
        async with asyncio.timeout(20):
            while len(found) < 2:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found |= {each.key: each for each in records}
    finally:
        await consumer.stop()
    assert set(found) == {b"D1", b"D2"}
    headers = {name: value.decode() for name, value in found[b"D1"].headers}
    assert headers["ce_type"] == "dossier.received.v1"
    assert headers["ce_source"] == "/intake"
    assert answer.headers["x-trace-id"] in headers["traceparent"]
    assert json.loads(found[b"D1"].value)["deadline"]["due_at"] == "2026-03-05T16:30:00+07:00"


@pytest.mark.asyncio
async def test_many_dossiers_at_once_are_listed_as_one_by_one(intake: httpx.AsyncClient) -> None:
    """The rows of many new dossiers are copied, those of known ones are replaced."""
    codes = [f"H53.15-{n:04}" for n in range(130)]
    contact = {"do": "record_contact", "contact": "C1", "body": "A", "place": "office"}
    await bulk(intake, [*CATALOGUE, *(dossier(code) for code in codes[:40:2])])
    await bulk(intake, [{**contact, "dossier": codes[1], "made_at": AT}])
    lines = [dossier(code, channel="online" if n < 40 else "direct")
             for n, code in enumerate(codes)]  # fmt: skip
    refusal = {"do": "refuse_dossier", "dossier": codes[99], "refused_at": AT, "reason": "thiếu"}
    answer = await bulk(intake, [*lines, refusal])
    assert answer.json() == {"accepted": 131, "recorded": 131, "duplicates": 0}
    page = (await intake.get("/dossiers", params={"limit": 200})).json()["items"]
    assert [each["dossier"] for each in page] == codes
    assert {each["channel"] for each in page[:40]} == {"online"}
    assert [each["state"] for each in page].count("refused") == 1
    assert page[99]["state"] == "refused"
    assert len({each["due_at"] for each in page}) == 1
