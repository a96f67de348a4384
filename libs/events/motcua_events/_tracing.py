"""Spans of messaging, one per batch and topic, linked to what created the messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from opentelemetry import trace
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

MAX_LINKS = 128


@dataclass(frozen=True, slots=True)
class Batch:
    """What one span tells of a topic's part of a batch."""

    topic: str
    count: int
    traceparents: Iterable[str | None]
    partitions: frozenset[int] = frozenset()


def links_of(traceparents: Iterable[str | None]) -> tuple[list[Link], int]:
    """A link per distinct trace, at most 128, and how many traces were left out."""
    by_trace = {text[3:35]: text for text in traceparents if text}
    links = [
        Link(context)
        for text in islice(by_trace.values(), MAX_LINKS)
        if (context := _context(text))
    ]
    return links, max(0, len(by_trace) - MAX_LINKS)


@contextmanager
def batch_spans(
    tracer: trace.Tracer,
    operation: str,
    kind: SpanKind,
    batches: Iterable[Batch],
    attributes: Mapping[str, AttributeValue],
) -> Iterator[None]:
    """A span ``{operation} {topic}`` for each topic around the block; the first one is current."""
    spans = [_start(tracer, operation, kind, batch, attributes) for batch in batches]
    try:
        current = spans[0] if spans else trace.INVALID_SPAN
        with trace.use_span(current, record_exception=False, set_status_on_exception=False):
            yield
    except BaseException as error:
        for span in spans:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(Status(StatusCode.ERROR, str(error)))
        raise
    finally:
        for span in spans:
            span.end()


def _start(
    tracer: trace.Tracer,
    operation: str,
    kind: SpanKind,
    batch: Batch,
    attributes: Mapping[str, AttributeValue],
) -> trace.Span:
    links, left_out = links_of(batch.traceparents)
    own: dict[str, AttributeValue] = {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": batch.topic,
        "messaging.batch.message_count": batch.count,
        **attributes,
    }
    if len(batch.partitions) == 1:
        own["messaging.destination.partition.id"] = str(*batch.partitions)
    if left_out:
        own["motcua.links.left_out"] = left_out
    return tracer.start_span(
        f"{operation} {batch.topic}",
        trace.set_span_in_context(trace.INVALID_SPAN),
        kind,
        own,
        links,
    )


def _context(traceparent: str) -> SpanContext | None:
    _, trace_id, span_id, flags = traceparent.split("-")
    context = SpanContext(int(trace_id, 16), int(span_id, 16), True, TraceFlags(int(flags, 16)))
    return context if context.is_valid else None
