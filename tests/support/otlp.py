"""An OTLP/HTTP collector for tests, and the story that the collected spans tell."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class CollectedSpan:
    """One finished span as it was exported."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    links: frozenset[tuple[str, str]]
    attributes: dict[str, object]


def _value(value: object) -> object:
    kind = value.WhichOneof("value")  # type: ignore[attr-defined]
    return getattr(value, kind) if kind else None


def spans_of(body: bytes) -> list[CollectedSpan]:
    """The spans in one export request."""
    request = ExportTraceServiceRequest.FromString(body)
    found = []
    for resource in request.resource_spans:
        names = {a.key: _value(a.value) for a in resource.resource.attributes}
        for scope in resource.scope_spans:
            found += [
                CollectedSpan(
                    service=str(names.get("service.name", "")),
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    links=frozenset((li.trace_id.hex(), li.span_id.hex()) for li in span.links),
                    attributes={a.key: _value(a.value) for a in span.attributes},
                )
                for span in scope.spans
            ]
    return found


TRACES = "/v1/traces"
"""Where spans are posted. Other signals are taken and dropped: the embedded broker, which heeds the
same setting, posts metrics once a minute, and a metric read as a span is bad UTF-8."""


class Collector:
    """Listens on loopback; ``spans`` grows as services export. Use as a context manager."""

    def __init__(self) -> None:
        self.spans: list[CollectedSpan] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                if self.path == TRACES:
                    collector.spans.extend(spans_of(body))
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def endpoint(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT is set to."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Collector:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def connected(spans: list[CollectedSpan], start: CollectedSpan) -> list[CollectedSpan]:
    """The spans reachable from ``start`` through parents and links, in either direction."""
    by_id = {(s.trace_id, s.span_id): s for s in spans}
    edges: dict[tuple[str, str], set[tuple[str, str]]] = {key: set() for key in by_id}
    for key, span in by_id.items():
        for other in {(span.trace_id, span.parent_id), *span.links} & set(by_id):
            edges[key].add(other)
            edges[other].add(key)
    seen, todo = set(), [(start.trace_id, start.span_id)]
    while todo:
        key = todo.pop()
        if key not in seen:
            seen.add(key)
            todo.extend(edges[key])
    return [by_id[key] for key in seen]
