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

from .processes import Process, tree_cpu

DIRECT_TOPICS = ("direct.dossiers", "direct.changed")
SERVICES = ("intake", "workflow", "feedback", "scoring")
TABLE_SIZES = """
select relname as name, pg_total_relation_size(oid) as bytes from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace order by 2 desc
"""
OWN = "bench-"
"""How the names of topics begin that only a benchmark has."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers of a run are, and its folder for logs and state."""

    postgres: Postgres
    kafka: str
    folder: Path
    guard: Guard
    broker: int | None = None

    def cpu(self) -> float:
        """CPU seconds that PostgreSQL has used, and Apache Kafka where it is our own."""
        return self.database_cpu() + (tree_cpu(self.broker) if self.broker else 0.0)

    def database_cpu(self) -> float:
        """CPU seconds that PostgreSQL has used, all its processes together."""
        return tree_cpu(self.postgres.child.pid) if self.postgres.child else 0.0

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
        piped = module.startswith("benchmarks.")
        name = module.rpartition(".")[2]
        return self.run([python, "-m", module], environment, name, piped=piped)

    def run(
        self, command: Sequence[str], environment: Mapping[str, str], name: str, *, piped: bool
    ) -> Process:
        """A command as a process with a log."""
        log = self.folder / f"{name}.log"
        return Process(command, environment, log, self.guard, piped=piped)

    async def _admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self.postgres.url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


async def forget(kafka: str, prefix: str = OWN) -> None:
    """Delete topics that begin with ``prefix``, and wait until they are gone.

    Without a prefix all topics of a run: the product's, and what peers made.
    """
    fixed = {*TOPICS, *DIRECT_TOPICS} if prefix == OWN else set()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        while there := [
            topic for topic in await admin.list_topics()
            if topic in fixed or topic.startswith(prefix)
        ]:  # fmt: skip
            await admin.delete_topics(there)
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
            await asyncio.to_thread(_start, broker, guard)
        else:
            await forget(kafka)
        own = broker.process and broker.process.pid
        yield Servers(postgres, kafka or broker.bootstrap, folder, guard, own)
    finally:
        await asyncio.to_thread(_stop, broker, guard)
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
            await asyncio.gather(*map(running.start, names))
            yield running
        finally:
            for process in running.processes.values():
                process.stop()


@asynccontextmanager
async def _databases(found: Servers, names: Sequence[str]) -> AsyncIterator[dict[str, str]]:
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(found.database()) for name in names}
