"""The spans of the feedback service: one story from the request to the topic."""

from __future__ import annotations

import asyncio

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

FILING = {"feedback": "F1", "agency": "A", "filed_at": "2020-03-02T09:00:00+07:00"}


async def spans(exporter: InMemorySpanExporter, name: str) -> list:
    for _ in range(200):
        found = [span for span in exporter.get_finished_spans() if span.name == name]
        if found:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError([span.name for span in exporter.get_finished_spans()])


@pytest.mark.asyncio
async def test_a_request_is_linked_from_the_sending(served):
    exporter = InMemorySpanExporter()
    async with served([SimpleSpanProcessor(exporter)]) as client:
        await client.post("/feedback", json=FILING)
        (request,) = await spans(exporter, "POST /feedback")
        sent = await spans(exporter, "send feedback.feedback")
    assert request.kind is SpanKind.SERVER
    assert sent[0].kind is SpanKind.PRODUCER
    assert request.context.trace_id in {link.context.trace_id for link in sent[0].links}
    assert request.resource.attributes["service.name"] == "feedback"


@pytest.mark.asyncio
async def test_a_fired_timer_is_a_trace_of_its_own(served):
    exporter = InMemorySpanExporter()
    async with served([SimpleSpanProcessor(exporter)]) as client:
        await client.post("/feedback", json=FILING)
        (fired,) = await spans(exporter, "fire timers")
        journal = (await client.get("/journal/feedback/F1")).json()
    assert fired.parent is None
    assert journal[1]["traceparent"].split("-")[1] == f"{fired.context.trace_id:032x}"
