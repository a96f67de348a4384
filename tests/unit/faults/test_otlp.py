"""The collector of the tests takes spans, and lets other signals by."""

from __future__ import annotations

import httpx
import pytest
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from otlp import Collector, spans_of

METRIC = bytes.fromhex("0a08120612042a0208ff")
"""Read as a span, what a metric holds is a name that is not UTF-8."""


def test_it_takes_spans() -> None:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add().name = "POST /dossiers"
    with Collector() as collector:
        url = f"{collector.endpoint}/v1/traces"
        assert httpx.post(url, content=request.SerializeToString()).status_code == 200
        assert [span.name for span in collector.spans] == ["POST /dossiers"]


def test_metrics_are_no_spans() -> None:
    with Collector() as collector:
        answer = httpx.post(f"{collector.endpoint}/v1/metrics", content=METRIC)
        assert answer.status_code == 200
        assert collector.spans == []
    with pytest.raises(DecodeError, match="UTF-8"):
        spans_of(METRIC)
