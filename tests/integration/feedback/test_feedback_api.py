"""The feedback service over HTTP, with PostgreSQL and a broker."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from motcua_events import Event, encode
from motcua_events.contracts import AgencyRegistered, CalendarDefined, Session

FILING = {
    "feedback": "F1", "agency": "A", "dossier": "D1", "about": "conduct",
    "filed_at": "2020-03-02T09:00:00+07:00",
}  # fmt: skip
RATING = {
    "rating": "R1", "agency": "A", "scale": "faces", "answer": "good",
    "submitted_at": "2020-03-02T09:00:00+07:00",
}  # fmt: skip
SCALE = {"answers": ["good", "fair", "bad"], "satisfied": ["good"], "negative": ["bad"]}
ASSESSMENT = {
    "assessment": "X1", "agency": "A", "period": "2020", "kind": "appraisal",
    "scores": {"1": 20}, "by": "B", "assessed_at": "2020-12-31T09:00:00+07:00",
}  # fmt: skip


def bulk(*commands: dict) -> bytes:
    return "\n".join(json.dumps(each) for each in commands).encode()


async def until(client, path: str, ready, seconds: float = 10.0) -> dict:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = await client.get(path)
        if answer.status_code == 200 and ready(answer.json()):
            return answer.json()
        await asyncio.sleep(0.02)
    raise AssertionError(f"{path} stayed {answer.text}")


@pytest.mark.asyncio
async def test_feedback_from_filing_to_dismissal(client):
    filed = await client.post("/feedback", json=FILING)
    assert (filed.status_code, filed.json()["recorded"]) == (201, 2)
    again = await client.post("/feedback", json=FILING)
    assert (again.status_code, again.json()["duplicates"]) == (200, 1)
    at = "2020-03-03T09:00:00+07:00"
    prolonged = await client.post("/feedback/F1/prolongation", json={"prolonged_at": at})
    answered = await client.post("/feedback/F1/answer", json={"answered_at": at})
    dismissed = await client.post(
        "/feedback/F1/dismissal", json={"concluded_at": at, "conclusion": "wrong", "by": "B"}
    )
    assert [each.status_code for each in (prolonged, answered, dismissed)] == [201] * 3
    shown = (await client.get("/feedback/F1")).json()
    assert shown["status"] == "dismissed"
    assert shown["waiting_for"] == ["sector"]
    assert shown["filing"]["deadline"]["due_at"] == "2020-03-09T17:00:00+07:00"
    dossier = (await client.get("/dossiers/D1")).json()
    assert [(each["feedback"], each["dismissed"]) for each in dossier["complaints"]] == [
        ("F1", True)
    ]
    journal = (await client.get("/journal/feedback/F1")).json()
    assert [each["version"] for each in journal] == [1, 2, 3, 4]


@pytest.mark.asyncio
async def test_an_answer_before_its_filing_waits(client):
    at = {"answered_at": "2020-03-03T09:00:00+07:00"}
    assert (await client.post("/feedback/F1/answer", json=at)).status_code == 201
    shown = (await client.get("/feedback/F1")).json()
    assert (shown["status"], shown["waiting_for"]) == ("answered", ["filing"])


@pytest.mark.asyncio
async def test_ratings_scales_and_assessments(client):
    await client.post("/ratings", json=RATING)
    assert (await client.get("/ratings/R1")).json()["waiting_for"] == ["scale"]
    assert (await client.put("/scales/faces", json=SCALE)).status_code == 201
    assert (await client.put("/scales/faces", json=SCALE)).status_code == 200
    assert (await client.get("/ratings/R1")).json()["waiting_for"] == []
    assert (await client.get("/scales/faces")).json()["answers"] == SCALE["answers"]
    refused = await client.post("/ratings", json={**RATING, "rating": "R2", "answer": "?"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "answer")
    assert (await client.post("/assessments", json=ASSESSMENT)).status_code == 201
    assert (await client.get("/assessments/X1")).json()["scores"] == {"1": 20}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "path", ["/feedback/X", "/dossiers/X", "/ratings/X", "/scales/X", "/assessments/X",
             "/journal/feedback/X"],
)  # fmt: skip
async def test_what_is_not_known_is_a_404(client, path):
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["status"]) == (404, 404)


@pytest.mark.asyncio
async def test_strange_ids_are_a_422_or_404_never_a_500(client):
    for path in ("/feedback/a%00b", "/journal/feedback/a%00b", "/journal/Feedback/a",
                 "/feedback/%ff", "/scales/" + "x" * 65, "/feedback/%20"):  # fmt: skip
        answer = await client.get(path)
        assert answer.status_code in {404, 422}, path
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.asyncio
async def test_a_bulk_is_one_transaction(client):
    lines = bulk(
        {"do": "define_scale", "scale": "faces", **SCALE},
        {"do": "submit_rating", **RATING},
        {"do": "file_feedback", **FILING},
        {"do": "submit_rating", **RATING},
    )
    answer = await client.post("/bulk", content=lines)
    assert answer.json() == {"accepted": 4, "recorded": 4, "duplicates": 1}
    bad = bulk(
        {"do": "submit_rating", **RATING, "rating": "R2"},
        {"do": "submit_rating", **RATING, "rating": "R3", "answer": "?"},
    )
    refused = await client.post("/bulk", content=bad)
    assert (refused.status_code, refused.json()["errors"][0]["line"]) == (422, 2)
    assert (await client.get("/ratings/R2")).status_code == 404


@pytest.mark.asyncio
async def test_an_internal_command_cannot_be_sent(client):
    line = bulk({"do": "pass_deadline", "feedback": "F1", "late_after": FILING["filed_at"]})
    assert (await client.post("/bulk", content=line)).status_code == 422


@pytest.mark.asyncio
async def test_concurrent_requests_record_once(client):
    answers = await asyncio.gather(*(client.post("/feedback", json=FILING) for _ in range(8)))
    assert sorted(each.json()["recorded"] for each in answers) == [0] * 7 + [2]


@pytest.mark.asyncio
async def test_the_idempotency_key(client):
    key = {"Idempotency-Key": "k1"}
    first = await client.post("/feedback", json=FILING, headers=key)
    again = await client.post("/feedback", json=FILING, headers=key)
    other = await client.post("/feedback", json={**FILING, "agency": "B"}, headers=key)
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert other.status_code == 422
    refused = await client.post("/feedback", json={}, headers={"Idempotency-Key": "k2"})
    corrected = await client.post("/feedback", json=FILING, headers={"Idempotency-Key": "k2"})
    assert (refused.status_code, corrected.status_code) == (422, 200)


@pytest.mark.asyncio
async def test_one_key_at_the_same_time_runs_once(client):
    key = {"Idempotency-Key": "k1"}
    answers = await asyncio.gather(
        *(client.post("/feedback", json=FILING, headers=key) for _ in range(5))
    )
    codes = sorted(each.status_code for each in answers)
    assert codes == [201, 409, 409, 409, 409]


@pytest.mark.asyncio
async def test_a_passed_due_date_becomes_an_event_with_nobody_calling(client):
    await client.post("/feedback", json=FILING)
    shown = await until(client, "/feedback/F1", lambda each: each["deadline_passed"])
    assert shown["status"] == "overdue"
    journal = (await client.get("/journal/feedback/F1")).json()
    assert [each["type"] for each in journal] == [
        "feedback.filed.v1", "feedback.deadline_passed.v1",
    ]  # fmt: skip
    assert journal[1]["time"] == "2020-03-09T16:59:59.999999Z"
    assert journal[1]["traceparent"]


@pytest.mark.asyncio
async def test_history_loaded_under_a_load_fires_only_what_stays_open(client):
    assert (await client.put("/loads/year", json={"lease_seconds": 60})).status_code == 200
    await client.post("/feedback", json=FILING)
    await client.post("/feedback", json={**FILING, "feedback": "F2"})
    await asyncio.sleep(0.8)
    answered = {"answered_at": "2020-03-03T09:00:00+07:00"}
    await client.post("/feedback/F1/answer", json=answered)
    assert [each["id"] for each in (await client.get("/loads")).json()] == ["year"]
    assert (await client.get("/feedback/F2")).json()["status"] == "open"
    assert (await client.delete("/loads/year")).status_code == 204
    await until(client, "/feedback/F2", lambda each: each["deadline_passed"])
    assert (await client.get("/feedback/F1")).json()["status"] == "answered"
    assert len((await client.get("/journal/feedback/F1")).json()) == 2


@pytest.mark.asyncio
async def test_a_timer_survives_a_restart(served, postgres_url):
    async with served() as client:
        await client.put("/loads/l", json={"lease_seconds": 3600})
        await client.post("/feedback", json=FILING)
    async with served() as client:
        assert (await client.get("/feedback/F1")).json()["status"] == "open"
        await client.delete("/loads/l")
        await until(client, "/feedback/F1", lambda each: each["deadline_passed"])
    async with served() as client:
        await asyncio.sleep(0.5)
        assert len((await client.get("/journal/feedback/F1")).json()) == 2


@pytest.mark.asyncio
async def test_a_wrong_lease_is_refused(client):
    for wrong in ({"lease_seconds": 0}, {"lease_seconds": 3601}, {"other": 1}):
        assert (await client.put("/loads/l", json=wrong)).status_code == 422


@pytest.mark.asyncio
async def test_events_reach_kafka_with_their_trace(client, kafka):
    answer = await client.post("/feedback", json=FILING)
    consumer = AIOKafkaConsumer(
        "feedback.feedback", "feedback.dossiers", bootstrap_servers=kafka,
        auto_offset_reset="earliest", fetch_max_wait_ms=10,
    )  # fmt: skip
    await consumer.start()
    try:
        records = [await asyncio.wait_for(consumer.getone(), 10) for _ in range(2)]
    finally:
        await consumer.stop()
    found = {record.topic: record for record in records}
    assert found["feedback.feedback"].key == b"F1"
    assert found["feedback.dossiers"].key == b"D1"
    headers = dict(found["feedback.dossiers"].headers)
    assert headers["ce_type"] == b"complaint.raised.v1"
    assert answer.headers["traceparent"].encode() == headers["traceparent"]


@pytest.mark.asyncio
async def test_calendars_come_from_the_catalogue(client, kafka):
    session = Session(opens="08:00", closes="15:30")
    records = [
        AgencyRegistered(agency="A", name="A", level="commune", calendar="C"),
        CalendarDefined(calendar="C", weekdays=(0,), sessions=(session,)),
    ]
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    now = datetime.now(UTC)
    for n, data in enumerate(records):
        message = encode(Event(f"e{n}", now, data, "/intake", now))
        await producer.send_and_wait(
            message.topic, message.value, message.key, headers=message.headers
        )
    await producer.stop()
    due = "2020-04-06T15:30:00+07:00"
    end = time.monotonic() + 10
    while time.monotonic() < end:
        await client.post("/feedback", json=FILING)
        shown = (await client.get("/feedback/F1")).json()
        if shown["filing"]["deadline"]["due_at"] == due:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(shown)


@pytest.mark.asyncio
async def test_health_knows_the_database(client, served, postgres_url, kafka):
    ready = (await client.get("/readyz")).json()["checks"]
    loops = {"relay", "consumer.calendars", "consumer.dossiers", "timers"}
    assert {"database", "migrations"} | loops <= set(ready)
    assert set((await client.get("/livez")).json()["checks"]) == loops


@pytest.mark.asyncio
async def test_a_cut_connection_is_a_503_or_nothing(client, postgres_url):
    await client.post("/feedback", json=FILING)
    conn = await asyncpg.connect(postgres_url)
    await conn.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    await conn.close()
    answers = [await client.get("/feedback/F1") for _ in range(10)]
    assert {each.status_code for each in answers} <= {200, 503}
    assert answers[-1].status_code == 200
    assert (await client.post("/feedback", json={**FILING, "feedback": "F2"})).status_code == 201
