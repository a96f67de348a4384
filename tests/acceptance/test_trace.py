"""One POST can be followed through every process to the score it moved."""

from __future__ import annotations

import json

import pytest
from aiokafka import AIOKafkaConsumer
from otlp import CollectedSpan, connected
from product import Product, eventually

STORY = {
    ("intake", "POST /dossiers"),
    ("intake", "send intake.dossiers"),
    ("workflow", "process intake.dossiers"),
    ("scoring", "process intake.dossiers"),
}
RESOLUTION_STORY = {
    ("workflow", "POST /dossiers/{dossier}/resolution"),
    ("workflow", "send workflow.dossiers"),
    ("scoring", "process workflow.dossiers"),
    ("scoring", "publish evaluation"),
    ("scoring", "send evaluation.changed"),
}


def story(product: Product, trace_id: str, expected: set[tuple[str, str]]) -> list[CollectedSpan]:
    """The connected spans of a request's trace, once the expected ones have arrived."""

    def told() -> list[CollectedSpan]:
        spans = list(product.collector.spans)
        start = [s for s in spans if s.trace_id == trace_id and not s.parent_id.strip("0")]
        return connected(spans, start[0]) if start else []

    return eventually(told, lambda s: expected <= {(x.service, x.name) for x in s}, 20)


async def last_changes(bootstrap: str, agency: str) -> list[tuple[str, dict[str, object]]]:
    """The trace id and data of every evaluation.changed of an agency so far."""
    consumer = AIOKafkaConsumer(
        "evaluation.changed", bootstrap_servers=bootstrap, auto_offset_reset="earliest",
        fetch_max_wait_ms=10,
    )  # fmt: skip
    await consumer.start()
    try:
        found = []
        batch = await consumer.getmany(timeout_ms=3000)
        while batch:
            for record in (r for records in batch.values() for r in records):
                data = json.loads(record.value)
                if data["agency"] == agency:
                    parent = dict(record.headers)["traceparent"].decode()
                    found.append((parent.split("-")[1], data))
            batch = await consumer.getmany(timeout_ms=500)
        return found
    finally:
        await consumer.stop()


@pytest.mark.asyncio
async def test_a_request_is_one_connected_story_up_to_the_published_score(product: Product) -> None:
    agency = product.agency()
    dossier = product.receive(agency, "2020-03-02T08:00:00+07:00")
    eventually(lambda: product.get_status("scoring", f"/dossiers/{dossier}"), lambda s: s == 200)
    answer = product.resolve(dossier, "2020-03-04T08:00:00+07:00")
    trace_id = answer.headers["x-trace-id"]
    eventually(lambda: product.tenths(agency, "2020-Q1", 1), lambda tenths: tenths == 20)

    spans = story(product, trace_id, RESOLUTION_STORY)

    assert {"workflow", "scoring"} <= {s.service for s in spans}
    published = eventually(
        lambda: [s for s in spans if s.name == "publish evaluation" and s.trace_id == trace_id],
        bool,
    )
    assert published[0].service == "scoring"
    changes = await last_changes(product.state.broker, agency)
    assert trace_id in {trace for trace, _ in changes}


def test_the_reception_reaches_workflow_and_scoring(product: Product) -> None:
    agency = product.agency()
    before = product.http.post(
        f"{product.state.url('intake')}/dossiers",
        json={
            "dossier": f"{agency}-1", "procedure": "1.000001", "receiving": agency,
            "resolving": agency, "received_at": "2020-03-02T08:00:00+07:00",
        },
    )  # fmt: skip
    spans = story(product, before.headers["x-trace-id"], STORY)
    process = [s for s in spans if s.name == "process intake.dossiers"]
    for span in process:
        assert span.attributes["messaging.system"] == "kafka"
        assert span.attributes["messaging.operation.name"] == "process"
        assert int(str(span.attributes["messaging.batch.message_count"])) >= 1
        assert span.links


def test_every_answer_carries_its_trace_id_also_an_error(product: Product) -> None:
    for path in ("/evaluations?period=2020", "/evaluations?period=never", "/nowhere"):
        answer = product.http.get(product.state.url("scoring") + path)
        assert len(answer.headers["x-trace-id"]) == 32, path
        if answer.status_code >= 400:
            assert answer.json()["trace_id"] == answer.headers["x-trace-id"]


def test_a_callers_trace_goes_on(product: Product) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = product.http.get(
        product.state.url("intake") + "/livez",
        headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"},
    )
    assert answer.headers["x-trace-id"] == trace_id
