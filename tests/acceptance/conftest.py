"""The whole product as real processes, with a collector for its traces."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import httpx
import pytest
from motcua_command import Running, some_ports
from otlp import Collector
from product import Product


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, started as a user starts it, stopped with Ctrl-C; its logs are clean."""
    folder = tmp_path_factory.mktemp("product")
    with Collector() as collector, pytest.MonkeyPatch.context() as patch, httpx.Client() as http:
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        running = Running("up", folder / "data", "--ports", some_ports())
        try:
            state = running.until_up()
            logs = running.layout.log("intake").parent
            yield Product(state, collector, logs, http)
        finally:
            running.process.send_signal(signal.SIGINT)
            running.process.wait(30)
        assert running.stopped()
        for log in sorted(logs.glob("*.log")):
            assert "Traceback" not in log.read_text(encoding="utf-8"), log
