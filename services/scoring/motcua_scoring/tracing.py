"""Spans that go on with the trace of the event that caused something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

T = TypeVar("T")

MOST_SPANS = 64
"""Spans opened for one batch; whatever is beyond goes on with its cause's own context."""

_W3C = TraceContextTextMapPropagator()


def caused_by(
    tracer: trace.Tracer,
    name: str,
    by_cause: Mapping[str | None, T],
    attributes: Callable[[T], Mapping[str, str | int]],
) -> Iterator[tuple[str | None, str | None]]:
    """For each cause's ``traceparent`` the one to record with its effect.

    A sampled cause gets a span ``name`` as its child, and the effect that span's context. One that
    is not sampled, or none at all, is passed on as it is.
    """
    spans = 0
    for traceparent, effects in by_cause.items():
        if traceparent is None or not sampled(traceparent) or spans == MOST_SPANS:
            yield traceparent, traceparent
            continue
        spans += 1
        parent = _W3C.extract({"traceparent": traceparent})
        with tracer.start_as_current_span(name, parent, attributes=attributes(effects)):
            carrier: dict[str, str] = {}
            _W3C.inject(carrier)
        yield traceparent, carrier.get("traceparent", traceparent)


def sampled(traceparent: str) -> bool:
    """Whether the trace of a W3C ``traceparent`` is being recorded."""
    return traceparent[-2:].isalnum() and bool(int(traceparent[-2:], 16) & 1)


def trace_id(traceparent: str | None) -> str | None:
    """The trace id in a W3C ``traceparent``: 32 hex digits."""
    return None if traceparent is None else traceparent[3:35]
