"""What the HTTP side takes and refuses, and the trace that every event keeps."""

from __future__ import annotations

from typing import Any

import pytest

CODE = "000.00.15.H53-200302-0007"
NINE = "2020-03-02T09:00:00+07:00"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

BAD: list[tuple[bytes, str | None]] = [
    (b"", "step"),
    (b"null", None),
    (b"[]", None),
    (b"{", None),
    (b"\xff\xfe", None),
    (b'{"step":' * 5000, None),
    (b'{"step":"S"}', "agency"),
    (b'{"step":"\\ud800"}', "step"),
    (b'{"step":"\\u0000"}', "step"),
    (b'{"started_at":"2020-02-30T09:00:00+07:00"}', "started_at"),
    (b'{"started_at":"2020-03-02T09:00:00"}', "started_at"),
    (b'{"started_at":"0001-01-01T00:00:00+14:00"}', "started_at"),
    (b'{"limit":{"amount":NaN}}', "limit.amount"),
    (b'{"limit":{"amount":1e400}}', "limit.amount"),
    (b'{"limit":{"amount":-1}}', "limit.amount"),
    (b'{"limit":{"amount":5,"unit":"week"}}', "limit.unit"),
    (b'{"limit":5}', "limit"),
    (b'{"dossier":"another"}', "dossier"),
    (b'{"do":"complete_step"}', "do"),
    (b'{"colour":"red"}', "colour"),
]


@pytest.mark.asyncio
async def test_bad_input_gets_a_problem_that_names_the_field(workflow: Any) -> None:
    for body, field in BAD:
        answer = await workflow.http.post(f"/dossiers/{CODE}/steps", content=body)
        assert answer.status_code == 422, body
        assert answer.headers["content-type"] == "application/problem+json"
        fields = [error.get("field") for error in answer.json()["errors"]]
        assert field in fields, (body, fields)
        bulk = await workflow.http.post("/bulk", content=body)
        assert bulk.status_code == 422, body
        assert bulk.json()["errors"][0]["line"] == 1
    assert await workflow.events() == []


@pytest.mark.asyncio
async def test_every_command_has_its_endpoint(workflow: Any) -> None:
    await workflow.post("steps", step="bước-1", agency="B", started_at=NINE)
    await workflow.post("steps/bước-1/completion", completed_at=NINE)
    await workflow.post("pauses", pause="P", paused_at=NINE, reason="other_legal")
    await workflow.post("pauses/P/end", resumed_at=NINE)
    await workflow.post(
        "extension", extended_at=NINE, new_due_at="2020-04-01T17:00:00+07:00", reason="xin lỗi"
    )
    await workflow.post("resolution", resolved_at=NINE)
    await workflow.post("return", returned_at=NINE)
    view = await workflow.dossier()
    assert view["status"] == "returned"
    assert view["extension"]["reason"] == "xin lỗi"
    assert [step["step"] for step in view["steps"]] == ["bước-1"]
    assert len(await workflow.events()) == 7


@pytest.mark.asyncio
async def test_the_api_describes_itself(workflow: Any) -> None:
    described = (await workflow.http.get("/openapi.json")).json()
    assert described["openapi"].startswith("3.1")
    paths = described["paths"]
    assert {"/bulk", "/loads/{id}", "/dossiers/{dossier}", "/dossiers/{dossier}/pauses/{pause}/end"
            } <= set(paths)  # fmt: skip
    assert "StartStep" in str(paths["/bulk"])


@pytest.mark.asyncio
async def test_events_keep_the_trace_that_caused_them(workflow: Any, intake: Any) -> None:
    parent = f"00-{TRACE}-00f067aa0ba902b7-01"
    answer = await workflow.http.post(
        f"/dossiers/{CODE}/resolution", json={"resolved_at": NINE}, headers={"traceparent": parent}
    )
    assert answer.headers["x-trace-id"] == TRACE
    await intake.tell(intake.reception(None))
    await workflow.until(lambda view: view["received_at"])
    entries = (await workflow.http.get(f"/journal/dossier/{CODE}")).json()
    assert [entry["type"] for entry in entries] == ["dossier.resolved.v1", "dossier.noted.v1"]
    assert TRACE in entries[0]["traceparent"]
    assert entries[1]["traceparent"] is not None


@pytest.mark.asyncio
async def test_health_and_metrics_know_the_loops(workflow: Any, intake: Any) -> None:
    ready = (await workflow.http.get("/readyz")).json()
    assert {"relay", "consumer.dossiers", "consumer.calendars", "timers"} <= set(ready["checks"])
    assert (await workflow.http.get("/livez")).status_code == 200
    await intake.tell(intake.reception(None))
    await workflow.until(lambda view: view["received_at"])
    metrics = (await workflow.http.get("/metrics")).text
    assert 'motcua_consumer_lag_events{consumer="workflow.dossiers"} 0.0' in metrics
    assert 'motcua_events_recorded_total{type="dossier.noted.v1"} 1.0' in metrics
