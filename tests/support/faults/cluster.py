"""What a fault run runs on: real PostgreSQL, real Apache Kafka, services and subscribers."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import aiohttp
import asyncpg
from faults import sessions
from faults.clock import Clock, tidy
from faults.disk import Disk
from faults.trap import Trap

from motcua_local.embedded import Postgres
from motcua_local.errors import LocalError
from motcua_local.kafka import ApacheKafka
from motcua_local.running.child import Command
from motcua_local.running.guard import Guard
from motcua_local.running.ports import free_port
from motcua_local.running.supervisor import Keeper, Service, gather_all, is_ready

SERVICES = ("intake", "workflow", "feedback", "scoring")
MORE = ("subscriber", "replayed", "elsewhere")
"""Databases beside the services' own."""

SUPPORT = Path(__file__).resolve().parents[1]
PRODUCT = "faults.staged"
"""The entry module that runs a process as it is, with traps."""

POSTGRES_MB, KAFKA_MB = 768, 384
"""Room on the disks of the servers."""

KAFKA = {
    "broker.session.timeout.ms": "2000", "broker.heartbeat.interval.ms": "500", **sessions.BROKER
}  # fmt: skip
"""A broker that was killed may come back once its session is over: by default after 9 seconds."""

JVM = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
"""Halves what it takes to start the broker, which is done often."""


class _Server(Postgres):
    """PostgreSQL by a clock of its own."""

    def __init__(self, folder: Path, log: Path, guard: Guard, clock: Clock) -> None:
        super().__init__(folder, log, guard)
        self._clock = clock

    def _command(self) -> Command:
        return replace(super()._command(), environment=self._clock.environment())


class Cluster:
    """The product as a province runs it: one database server, one broker, processes.

    ``modules`` names other entry modules for some processes. Processes that die are started again,
    as their supervisor would; so is PostgreSQL. Names: the services; ``scoring-2``, ``scoring-3``;
    ``subscriber-1``, ``subscriber-2``. The services, PostgreSQL and Kafka have a clock each; the
    servers have a disk each.
    """

    def __init__(self, folder: Path, modules: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.modules = dict(modules or {})
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True)
        self.disk = Disk(folder / "disk", POSTGRES_MB)
        self.kafka_disk = Disk(folder / "kafka", KAFKA_MB)
        clocks = ("services", "postgres", "kafka")
        self.clocks = {name: Clock(folder / f"{name}.clock") for name in clocks}
        self.guard = Guard()
        self.postgres = _Server(
            self.disk.folder / "pg", self.logs / "postgres.log", self.guard, self.clocks["postgres"]
        )
        self.kafka = self._broker(0)
        self.keepers: dict[str, Keeper] = {}
        self.clusters = 1
        self._port = {name: free_port() for name in (*SERVICES, "scoring-2", "scoring-3")}
        self._watch: asyncio.Task[None] | None = None

    @property
    def urls(self) -> dict[str, str]:
        """Where each service answers."""
        return {name: self.url(name) for name in SERVICES}

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._port[name]}"

    def trap(self, name: str) -> Trap:
        """The trap of the process under a name."""
        return Trap(self.folder / "traps", name)

    def restarts(self, name: str) -> int:
        """How often the process under a name was started again."""
        return self.keepers[name].restarts

    async def start(self) -> None:
        """Brings everything up. Raises KafkaUnavailable or LocalError."""
        await asyncio.gather(self._start_postgres(), asyncio.to_thread(self.kafka.start))
        await gather_all(self.run(name) for name in SERVICES)
        await gather_all(self.run(f"subscriber-{number}") for number in (1, 2))

    async def stop(self) -> None:
        """Ends everything that was started here."""
        for name in self.keepers:
            self.signal(name, signal.SIGCONT)
        await asyncio.gather(*(keeper.stop() for keeper in self.keepers.values()))
        await asyncio.to_thread(self.kafka.kill)
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self.postgres.child is not None:
            await self.postgres.stop()
        self.guard.close()
        for disk in (self.disk, self.kafka_disk):
            disk.close()
            shutil.rmtree(disk.folder, ignore_errors=True)
        tidy()

    def signal(self, name: str, number: signal.Signals) -> None:
        """Sends a signal to the process under a name; harmless if it has just ended."""
        child = self.keepers[name].child
        if child is not None and child.exit_code is None:
            with suppress(ProcessLookupError):
                os.kill(child.pid, number)

    async def run(self, name: str) -> None:
        """Starts the process under a name and waits until it is ready."""
        keeper = self.keepers[name] = Keeper(self._service(name), self.guard, lambda _: None)
        await keeper.start()
        await self.ready(name)

    async def end(self, name: str) -> None:
        """Stops the process under a name for good, as a smaller deployment would."""
        await self.keepers.pop(name).stop()

    async def ready(self, name: str, timeout: float = 60.0) -> None:
        """Waits until a service is ready; a subscriber is not asked."""
        if name not in self._port:
            return
        async with aiohttp.ClientSession() as session, asyncio.timeout(timeout):
            while not await is_ready(session, self.url(name)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def connect(self, database: str) -> asyncpg.Connection:
        """A connection to a database; waits while the server is away."""
        async with asyncio.timeout(60):
            while True:
                try:
                    return await asyncpg.connect(self.postgres.url(database))
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.1)

    async def versions(self) -> str:
        """What it runs on."""
        admin = await self.connect("postgres")
        postgres = await admin.fetchval("show server_version")
        await admin.close()
        jars = (self.kafka.cache / "kafka-jars").glob("kafka-clients-*.jar")
        kafka = ", ".join(jar.stem.rpartition("-")[2] for jar in jars)
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        return f"Apache Kafka {kafka}, PostgreSQL {postgres}, {machine}"

    async def crash_postgres(self) -> None:
        """Ends PostgreSQL without a checkpoint and waits until it is back."""
        child = self.postgres.child
        assert child is not None
        os.kill(child.pid, signal.SIGQUIT)
        await child.wait()
        await (await self.connect("postgres")).close()

    async def restart_kafka(self, away: float, *, lost: bool = False) -> None:
        """Kills the broker; after some seconds it is back, with its log or with none of it."""
        await asyncio.to_thread(self.kafka.kill)
        await asyncio.sleep(away)
        if lost:
            shutil.rmtree(self.kafka.folder)
            port, self.kafka = self.kafka.port, self._broker(self.clusters)
            self.kafka.port = port
            self.clusters += 1
        await asyncio.to_thread(self.kafka.start)

    def _broker(self, number: int) -> ApacheKafka:
        folder = self.kafka_disk.folder / str(number)
        environment = {**JVM, **self.clocks["kafka"].environment()}
        cache = Path.home() / ".cache" / "motcua"
        return ApacheKafka(folder, cache, environment, properties=KAFKA)

    async def _start_postgres(self) -> None:
        await self.postgres.start()
        admin = await self.connect("postgres")
        for name in MORE:
            await admin.execute(f'create database "{name}"')
        await admin.close()
        self._watch = asyncio.create_task(self._keep_postgres())

    async def _keep_postgres(self) -> None:
        while self.postgres.child is not None:
            await self.postgres.child.wait()
            await asyncio.sleep(0.2)
            try:
                await self.postgres.start()
            except LocalError:
                continue

    def _service(self, name: str) -> Service:
        base = name.partition("-")[0]
        environment = {
            "MOTCUA_DATABASE_URL": self.postgres.url(base),
            "MOTCUA_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "MOTCUA_KAFKA_DURABLE": "true",
            "MOTCUA_BACKFILL_GRACE": "3",
            "FAULT_NAME": name,
            "FAULT_TRAPS": str(self.folder / "traps"),
            "PYTHONPATH": os.pathsep.join([str(SUPPORT), *filter(None, [os.getenv("PYTHONPATH")])]),
            **self.clocks["services"].environment(),
        }
        url = ""
        if name in self._port:
            environment["MOTCUA_PORT"] = str(self._port[name])
            url = self.url(name)
        command = Command(
            name=name,
            arguments=[sys.executable, "-m", self.modules.get(base, PRODUCT)],
            log=self.logs / f"{name}.log",
            environment=environment,
            folder=self.folder,
        )
        return Service(command, url)
