"""Fault runs need Java and Maven for Apache Kafka: missing in CI they fail, elsewhere they skip."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import pytest
from faults.run import Outcome, run

from motcua_local.kafka import KafkaUnavailable


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Outcome]:
    """Runs the product under faults, in a folder of its own."""

    def running(seed: int, **options: Any) -> Outcome:
        folder = tmp_path_factory.mktemp("faults")
        folder.chmod(0o755)
        try:
            return asyncio.run(run(folder / "cluster", seed, **options))
        except KafkaUnavailable as missing:
            if os.environ.get("CI"):
                pytest.fail(f"CI needs Apache Kafka: {missing}")
            pytest.skip(str(missing))

    return running
