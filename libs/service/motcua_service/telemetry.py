"""Tracing by hand: one span per request, W3C context in and out.

``setup`` installs the SDK's tracer provider. With an OTLP endpoint configured, spans are exported
over HTTP in batches; without one nothing is recorded, only ids are made, which costs next to
nothing, and every answer still carries its trace id.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .metrics import Metrics
from .settings import ServiceSettings

EXPORT_EVERY_MS = 500
EXPORT_SECONDS = 3.0
"""How long one export may take, retries included: a collector that is away holds up nobody."""

SHUTDOWN_SECONDS = 3.0
_W3C = TraceContextTextMapPropagator()
CLIENT_GONE = 499
"""The status noted for a request whose client left before any answer."""

QUIET = frozenset({"/livez", "/readyz", "/metrics"})
"""Paths that machines poll: they get ids, but no span of their own is recorded."""


def setup(
    service: str, settings: ServiceSettings, processors: Sequence[SpanProcessor] = ()
) -> TracerProvider:
    """A tracer provider for the service; exporting only if an endpoint (or a processor) is given.

    It becomes the process's global provider if none was set before; ``shutdown`` ends it.
    """
    endpoint = settings.otlp_endpoint
    used = [*processors]
    if endpoint:
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        used.append(BatchSpanProcessor(exporter, schedule_delay_millis=EXPORT_EVERY_MS))
    sampler = ParentBased(TraceIdRatioBased(settings.trace_ratio)) if used else ALWAYS_OFF
    resource = Resource.create({"service.name": service, "service.instance.id": str(os.getpid())})
    provider = TracerProvider(sampler=sampler, resource=resource, shutdown_on_exit=False)
    for processor in used:
        provider.add_span_processor(processor)
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        trace.set_tracer_provider(provider)
    return provider


async def shutdown(provider: TracerProvider) -> None:
    """Export what is left, for at most three seconds."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        provider.shutdown()
        with suppress(RuntimeError):  # the loop did not wait
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=end, daemon=True).start()
    with suppress(TimeoutError):
        async with asyncio.timeout(SHUTDOWN_SECONDS):
            await ended.wait()


def current_traceparent() -> str | None:
    """The W3C ``traceparent`` of the current span, or None outside any span."""
    context = trace.get_current_span().get_span_context()
    return _written(context) if context.is_valid else None


def trace_id(span: Span | None = None) -> str | None:
    """The trace id (32 hex digits) of the span, or of the current one; None outside any."""
    context = (span or trace.get_current_span()).get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


class RequestSpan:
    """ASGI middleware: one server span per request, its context on the answer, its time counted.

    The span is named ``POST /feedback/{feedback}``; it honours an incoming ``traceparent``. Every
    answer, errors included, carries ``traceparent`` and ``x-trace-id``.
    """

    def __init__(self, app: ASGIApp, provider: TracerProvider, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics
        self._tracer = provider.get_tracer("motcua.http")
        self._quiet = TracerProvider(sampler=ALWAYS_OFF).get_tracer("motcua.http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), CLIENT_GONE
        tracer = self._quiet if scope["path"] in QUIET else self._tracer
        span = tracer.start_span(scope["method"], context=_incoming(scope), kind=SpanKind.SERVER)
        with trace.use_span(span, end_on_exit=True):
            headers = _outgoing(span)

            async def answer(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    message["headers"] = [*message.get("headers", ()), *headers]
                await send(message)

            try:
                await self._app(scope, receive, answer)
            finally:
                self._finish(span, scope, status, perf_counter() - began)

    def _finish(self, span: Span, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope["method"], _route(scope)
        self._metrics.requests.labels(method, route or "unknown", str(status)).observe(seconds)
        if not span.is_recording():
            return
        span.update_name(f"{method} {route}" if route else method)
        span.set_attributes(
            {
                "http.request.method": method,
                "http.response.status_code": status,
                "url.path": scope["path"],
                "url.scheme": scope.get("scheme", "http"),
            }
        )
        if route:
            span.set_attribute("http.route", route)
        if status >= 500:
            span.set_status(StatusCode.ERROR)


def _incoming(scope: Scope) -> Context | None:
    carrier = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in {b"traceparent", b"tracestate"}
    }
    return _W3C.extract(carrier) if carrier else None


def _outgoing(span: Span) -> list[tuple[bytes, bytes]]:
    parent = _written(span.get_span_context()).encode()
    return [(b"traceparent", parent), (b"x-trace-id", parent[3:35])]


def _written(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _route(scope: Scope) -> str | None:
    path = getattr(scope.get("route"), "path", None)
    return str(path) if path else None
