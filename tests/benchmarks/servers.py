"""Real servers for a run: PostgreSQL, Apache Kafka, and our services as processes."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from motcua_events.kafka import TOPICS
from motcua_local.embedded import Postgres
from motcua_local.kafka import ApacheKafka
from motcua_local.running.guard import Guard
from motcua_local.running.ports import free_port

from .processes import Process

DIRECT_TOPICS = ("direct.dossiers", "direct.changed")
SERVICES = ("intake", "workflow", "feedback", "scoring")


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers of a run are, and its folder for logs and state."""

    postgres: Postgres
    kafka: str
    folder: Path
    guard: Guard

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """The address of an empty database, dropped at the end."""
        name = f"b{uuid.uuid4().hex[:12]}"
        await self._admin(f'create database "{name}"')
        try:
            yield self.postgres.url(name)
        finally:
            await self._admin(f'drop database "{name}" with (force)')

    async def topics(self, names: Sequence[str], partitions: int = 6) -> None:
        """Make topics."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
        finally:
            await admin.close()

    def service(self, name: str, database: str, port: int) -> Process:
        """One of our services, on its own settings as shipped."""
        environment = {
            "MOTCUA_DATABASE_URL": database,
            "MOTCUA_KAFKA_BOOTSTRAP": self.kafka,
            "MOTCUA_KAFKA_DURABLE": "true",
            "MOTCUA_PORT": str(port),
            "MOTCUA_LOG_LEVEL": "WARNING",
        }
        return self.process(f"motcua_{name}", environment)

    def process(
        self, module: str, environment: Mapping[str, str], python: str = sys.executable
    ) -> Process:
        """A module as a process; its log is named after it."""
        log = self.folder / f"{module.rpartition('.')[2]}.log"
        return Process(module, environment, log, python, self.guard)

    async def _admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self.postgres.url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


async def _forget(kafka: str) -> None:
    """Delete the topics of a run, and wait until they are gone."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        while there := {*TOPICS, *DIRECT_TOPICS} & set(await admin.list_topics()):
            await admin.delete_topics(sorted(there))
            await asyncio.sleep(0.5)
    finally:
        await admin.close()


@asynccontextmanager
async def servers(kafka: str | None = None) -> AsyncIterator[Servers]:
    """PostgreSQL and Apache Kafka in a temporary folder.

    With ``kafka`` the broker at that address serves, and motcua's topics there are deleted first.
    """
    folder = Path(tempfile.mkdtemp(prefix="motcua-bench-"))
    folder.chmod(0o755)
    guard = Guard()
    guard.delete_at_end(folder)
    postgres = Postgres(folder / "postgres", folder / "postgres.log", guard)
    broker = ApacheKafka(folder / "kafka", Path.home() / ".cache" / "motcua")
    try:
        await postgres.start()
        if kafka is None:
            _start(broker, guard)
        else:
            await _forget(kafka)
        yield Servers(postgres, kafka or broker.bootstrap, folder, guard)
    finally:
        _stop(broker, guard)
        await postgres.stop()
        guard.close()
        shutil.rmtree(folder, ignore_errors=True)


def _start(broker: ApacheKafka, guard: Guard) -> None:
    broker.start()
    if broker.process is not None:
        guard.started(broker.process.pid, signal.SIGTERM)


def _stop(broker: ApacheKafka, guard: Guard) -> None:
    broker.stop()
    if broker.process is not None:
        guard.ended(broker.process.pid)


@dataclass(frozen=True, slots=True)
class Running:
    """Our services while they run: processes, base addresses and databases by name."""

    servers: Servers
    processes: dict[str, Process]
    ports: dict[str, int]
    databases: dict[str, str]

    def url(self, name: str) -> str:
        """A service's base address."""
        return f"http://127.0.0.1:{self.ports[name]}"

    async def start(self, name: str) -> None:
        """Start a service, also again after a kill."""
        process = self.servers.service(name, self.databases[name], self.ports[name])
        self.processes[name] = process
        await process.ready(f"{self.url(name)}/readyz")


@asynccontextmanager
async def product(found: Servers, names: Sequence[str] = SERVICES) -> AsyncIterator[Running]:
    """Our services on fresh databases, ready for work."""
    async with _databases(found, names) as databases:
        running = Running(found, {}, {name: free_port() for name in names}, databases)
        try:
            for name in names:
                await running.start(name)
            yield running
        finally:
            for process in running.processes.values():
                process.stop()


@asynccontextmanager
async def _databases(found: Servers, names: Sequence[str]) -> AsyncIterator[dict[str, str]]:
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(found.database()) for name in names}
