"""Prometheus metrics of a service, in base units, served at /metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastapi import APIRouter
from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.responses import Response

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The service's own registry, so that two services can live in one process.

    ``requests`` has the labels method, route, status; ``recorded`` the event type;
    ``refused`` the command's name.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.requests = Histogram(
            "http_server_request_duration_seconds", "Duration of HTTP requests.",
            ["method", "route", "status"], registry=self.registry, buckets=BUCKETS,
        )  # fmt: skip
        self.recorded = Counter(
            "motcua_events_recorded", "Events appended to the store.", ["type"],
            registry=self.registry,
        )  # fmt: skip
        self.refused = Counter(
            "motcua_commands_refused", "Commands the domain refused.", ["command"],
            registry=self.registry,
        )  # fmt: skip

    def gauge(self, name: str, text: str, label: str, read: Callable[[], dict[str, float]]) -> None:
        """A gauge read at scrape time: ``read`` gives the value for each value of ``label``."""
        self.registry.register(_Read(name, text, label, read))

    def router(self) -> APIRouter:
        """GET /metrics in the Prometheus text format."""
        router = APIRouter(include_in_schema=False)

        @router.get("/metrics")
        async def metrics() -> Response:
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return router


class _Read(Collector):
    def __init__(
        self, name: str, text: str, label: str, read: Callable[[], dict[str, float]]
    ) -> None:
        self._name, self._text, self._label, self._values = name, text, label, read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(self._name, self._text, labels=[self._label])
        for key, value in self._values().items():
            family.add_metric([key], value)
        yield family
