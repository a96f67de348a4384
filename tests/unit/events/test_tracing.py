"""Spans: names, kinds, attributes and links of a batch."""

from __future__ import annotations

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from motcua_events._tracing import Batch, batch_spans, links_of


def traceparent(trace_number: int, span_number: int = 1) -> str:
    return f"00-{trace_number:032x}-{span_number:016x}-01"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> trace.Tracer:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider.get_tracer("test")


def test_a_trace_is_linked_once_and_what_is_no_trace_never() -> None:
    links, left_out = links_of([traceparent(1), None, traceparent(1, 2), traceparent(2), ""])
    assert {link.context.trace_id for link in links} == {1, 2}
    assert all(link.context.is_remote and link.context.trace_flags.sampled for link in links)
    assert left_out == 0


def test_an_invalid_context_is_not_linked() -> None:
    assert links_of([traceparent(0)]) == ([], 0)


def test_at_most_128_traces_are_linked_and_the_rest_counted() -> None:
    links, left_out = links_of(traceparent(number) for number in range(1, 201))
    assert (len(links), left_out) == (128, 72)


def test_each_topic_has_its_span(tracer: trace.Tracer, exporter: InMemorySpanExporter) -> None:
    batches = [
        Batch("a", 2, [traceparent(1), traceparent(2)], frozenset({4})),
        Batch("b", 200, (traceparent(number) for number in range(1, 201)), frozenset({1, 2})),
    ]
    with batch_spans(tracer, "process", SpanKind.CONSUMER, batches, {"extra": "x"}):
        assert trace.get_current_span().get_span_context().is_valid
    first, second = exporter.get_finished_spans()
    assert [first.name, second.name] == ["process a", "process b"]
    assert first.kind is SpanKind.CONSUMER
    assert first.parent is None
    assert dict(first.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "a",
        "messaging.batch.message_count": 2,
        "messaging.destination.partition.id": "4",
        "extra": "x",
    }
    assert {link.context.trace_id for link in first.links} == {1, 2}
    assert len(second.links) == 128
    assert (second.attributes or {})["motcua.links.left_out"] == 72
    assert "messaging.destination.partition.id" not in (second.attributes or {})


def test_an_error_marks_every_span_and_goes_on(
    tracer: trace.Tracer, exporter: InMemorySpanExporter
) -> None:
    with (
        pytest.raises(RuntimeError, match="broken"),
        batch_spans(tracer, "send", SpanKind.PRODUCER, [Batch("a", 1, []), Batch("b", 1, [])], {}),
    ):
        raise RuntimeError("broken")
    for span in exporter.get_finished_spans():
        assert span.status.status_code is StatusCode.ERROR
        assert (span.attributes or {})["error.type"] == "RuntimeError"


def test_a_batch_of_nothing_has_no_span(
    tracer: trace.Tracer, exporter: InMemorySpanExporter
) -> None:
    with batch_spans(tracer, "process", SpanKind.CONSUMER, [], {}):
        pass
    assert exporter.get_finished_spans() == ()


def test_spans_do_not_hang_below_whatever_runs_around_them(
    tracer: trace.Tracer, exporter: InMemorySpanExporter
) -> None:
    with (
        tracer.start_as_current_span("outer"),
        batch_spans(tracer, "send", SpanKind.PRODUCER, [Batch("a", 1, [])], {}),
    ):
        pass
    assert exporter.get_finished_spans()[0].parent is None
