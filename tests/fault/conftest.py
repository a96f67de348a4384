"""Fault runs need Java and Maven for Apache Kafka: missing in CI they fail, elsewhere they skip."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from faults.run import Outcome, run
from needs_kafka import needs_kafka


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Outcome]:
    """Runs the product under faults, in a folder of its own."""

    def running(seed: int, **options: Any) -> Outcome:
        folder = tmp_path_factory.mktemp("faults")
        folder.chmod(0o755)
        with needs_kafka():
            return asyncio.run(run(folder / "cluster", seed, **options))

    return running
