"""Faults of PostgreSQL, of Kafka, of their disks, and of time."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from random import Random

from faults.cluster import MORE, SERVICES, Cluster
from faults.fault import Fault, bound, lost
from faults.load import Line, single
from faults.redelivery import deliver_again
from faults.writers import Writers

STEPS = (
    {"services": 3600, "postgres": -1800, "kafka": -1800},
    {"services": -1800, "postgres": 3600, "kafka": 3600},
    {"services": 0, "postgres": 0, "kafka": 0},
)
"""Seconds by which the clocks are wrong, one step after the other.

By the first step the services are ahead of Kafka by more than the hour after which it refuses
messages from the future.
"""


class ServerFaults:
    """Breaks the servers and lets them mend."""

    def __init__(self, cluster: Cluster, writers: Writers, seed: int) -> None:
        self._cluster, self._writers, self._random = cluster, writers, Random(f"servers {seed}")
        self._slow = 0

    def all(self, open_for: float = 5.0) -> Mapping[str, Fault]:
        """By name; transactions are left open for so many seconds."""
        cluster = self._cluster
        found: dict[str, Fault] = {
            "PostgreSQL stopped without a checkpoint": cluster.crash_postgres,
            "PostgreSQL backends terminated": self.terminate,
            self.opened(open_for): bound(self.leave_open, open_for),
            "slow writer in intake": bound(self.slow_writer, "intake", 2.0),
            "slow writer in workflow": bound(self.slow_writer, "workflow", 2.0),
            "broker killed and restarted": bound(cluster.restart_kafka, 1.0),
            "broker lost its log": bound(cluster.restart_kafka, 0.5, lost=True),
            "messages delivered again": bound(self.deliver_again, 400),
            "messages delivered late and shuffled": bound(self.deliver_again, 400, shuffled=True),
            f"PostgreSQL's disk full ({cluster.disk.kind})": self.fill_postgres,
        }
        if cluster.kafka_disk.mounted:
            found[f"Kafka's disk full ({cluster.kafka_disk.kind})"] = self.fill_kafka
        if cluster.clocks["services"].available:
            found["clocks of services, PostgreSQL and Kafka stepped"] = self.step_clocks
        return found

    def notes(self) -> list[str]:
        """The faults that this machine does not permit, and why."""
        found = []
        if not self._cluster.clocks["services"].available:
            found.append("clocks did not step: libfaketime is missing")
        if not self._cluster.kafka_disk.mounted:
            found.append("Kafka's disk was not filled: mounting a file system is not permitted")
        return found

    @staticmethod
    def opened(seconds: float) -> str:
        """The name of the fault that leaves transactions open."""
        return f"transactions open for {seconds:.0f} s in every database"

    async def terminate(self) -> None:
        """Ends some connections of every service, whatever they are doing; three times."""
        admin = await self._cluster.connect("postgres")
        for _ in range(3):
            await admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where random() < 0.4"
                " and pid <> pg_backend_pid() and backend_type = 'client backend'"
            )
            await asyncio.sleep(self._random.uniform(0.2, 0.8))
        await admin.close()

    async def leave_open(self, seconds: float) -> None:
        """A transaction that has written stays open in each store's database and in another one.

        They hold back the relays' horizon. Raises the connection's error if one was lost meanwhile.
        """
        databases = (*SERVICES, *MORE)
        await asyncio.gather(*(self._leave_open(each, seconds) for each in databases))

    async def _leave_open(self, database: str, seconds: float) -> None:
        conn = await self._cluster.connect(database)
        await conn.execute("create table if not exists scratch (n integer)")
        transaction = conn.transaction()
        await transaction.start()
        await conn.execute("insert into scratch values (1)")
        await asyncio.sleep(seconds)
        await transaction.rollback()
        await conn.close()

    async def slow_writer(self, service: str, seconds: float) -> None:
        """A request's transaction stays open after it has written its events.

        Its idempotency key is being written by another transaction, which is rolled back in the
        end. Meanwhile other requests commit events of later positions.
        """
        self._slow += 1
        key = f"slow-{service}-{self._slow}"
        conn = await self._cluster.connect(service)
        with lost():
            transaction = conn.transaction()
            await transaction.start()
            await conn.execute(
                "insert into idempotency_keys (key, fingerprint, status, body)"
                " values ($1, '', 200, '')", key,
            )  # fmt: skip
            request = single(_slow_line(service, self._slow), key)
            posting = asyncio.create_task(self._writers.post(request))
            await asyncio.sleep(seconds)
            await transaction.rollback()
        with lost():
            await conn.close()
        await posting

    async def deliver_again(self, count: int, *, shuffled: bool = False) -> None:
        """Messages that were on the topics come once more."""
        bootstrap = self._cluster.kafka.bootstrap
        await deliver_again(bootstrap, self._random, count, shuffled=shuffled)

    async def fill_postgres(self) -> None:
        """No room for PostgreSQL for some seconds."""
        child = self._cluster.postgres.child
        assert child is not None
        try:
            self._cluster.disk.fill(child.pid)
            await asyncio.sleep(self._random.uniform(2.5, 4.0))
        finally:
            self._cluster.disk.free(child.pid)
        await (await self._cluster.connect("postgres")).close()

    async def fill_kafka(self) -> None:
        """No room for Kafka: it gives its log up and ends. With room again it is started again."""
        broker = self._cluster.kafka.process
        assert broker is not None
        try:
            self._cluster.kafka_disk.fill(broker.pid)
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(broker.wait, self._random.uniform(3.0, 4.0))
        finally:
            self._cluster.kafka_disk.free(broker.pid)
        await self._cluster.restart_kafka(0.0)

    async def step_clocks(self) -> None:
        """Clocks go wrong, far ahead or half an hour back, apart from each other; then right."""
        for step in STEPS:
            for name, seconds in step.items():
                self._cluster.clocks[name].step(seconds)
            await asyncio.sleep(self._random.uniform(1.5, 2.5))


def _slow_line(service: str, number: int) -> Line:
    dossier, at = f"H53.SLOW-{number:04d}", "2020-05-04T08:00:00+07:00"
    if service == "workflow":
        return {
            "do": "start_step", "dossier": dossier, "step": "1", "agency": "H53.01",
            "started_at": at,
        }  # fmt: skip
    return {
        "do": "receive_dossier", "dossier": dossier, "procedure": "1.000788",
        "receiving": "H53.01", "resolving": "H53.01", "received_at": at,
    }  # fmt: skip
