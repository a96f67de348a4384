"""What a missing Apache Kafka means for a test: a failure in CI, a skip elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from motcua_local.kafka import KafkaUnavailable


@contextmanager
def needs_kafka() -> Iterator[None]:
    """Around whatever starts an Apache Kafka."""
    try:
        yield
    except KafkaUnavailable as missing:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs Apache Kafka: {missing}")
        pytest.skip(str(missing))
