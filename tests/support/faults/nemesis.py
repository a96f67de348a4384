"""The nemesis: faults on a seeded schedule, in two lanes, processes and servers."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from faults.cluster import SERVICES, Cluster
from faults.evidence import partitions
from faults.load import Line, single
from faults.writers import Writers

from motcua_events.contracts import SCORING_TOPICS

FROZEN = 13.0
"""Seconds that a process stands still: more than its group waits for it (10)."""

Fault = Callable[[], Awaitable[None]]


class Nemesis:
    """Breaks things and lets them mend. ``done`` counts the faults by name."""

    def __init__(self, cluster: Cluster, writers: Writers, seed: int) -> None:
        self._cluster, self._writers, self._random = cluster, writers, Random(seed)
        self._slow = 0
        self.done: Counter[str] = Counter()
        self.log: list[str] = []
        self._began = time.monotonic()

    @property
    def processes(self) -> Mapping[str, Fault]:
        """Faults of the services and subscribers."""
        kills = {f"kill -9 {name}": _bound(self.kill, name) for name in SERVICES}
        return {
            **kills,
            "kill -9 subscriber-2": _bound(self.kill, "subscriber-2"),
            "scoring 1 to 3 to 1, one frozen, one killed": self.rebalance,
        }

    @property
    def servers(self) -> Mapping[str, Fault]:
        """Faults of PostgreSQL, of Kafka, of the disk and of time."""
        found: dict[str, Fault] = {
            "PostgreSQL stopped without a checkpoint": self._cluster.crash_postgres,
            "PostgreSQL backends terminated": self.terminate,
            "transaction open in another database": _bound(self.hold, "elsewhere", 6.0),
            "transaction open in intake's database": _bound(self.hold, "intake", 3.0),
            "slow writer in intake": _bound(self.slow_writer, "intake", 2.0),
            "slow writer in workflow": _bound(self.slow_writer, "workflow", 2.0),
            "broker killed and restarted": _bound(self._cluster.restart_kafka, 1.0),
            "broker lost its log": self.lose_log,
            "messages delivered again": _bound(self.deliver_again, 400),
            "messages delivered late and shuffled": _bound(self.deliver_again, 400, shuffled=True),
            f"disk full ({self._cluster.disk.kind})": self.fill_disk,
        }
        if self._cluster.clock.available:
            found["clocks stepped"] = self.step_clocks
        return found

    async def once(self, faults: Mapping[str, Fault]) -> None:
        """Each fault once, in random order."""
        names = list(faults)
        self._random.shuffle(names)
        for name in names:
            await asyncio.sleep(self._random.uniform(0.2, 1.0))
            await self.strike(name, faults[name])

    async def strike(self, name: str, fault: Fault) -> None:
        """One fault, noted when it is over."""
        began = time.monotonic()
        await fault()
        self.done[name] += 1
        now = time.monotonic()
        self.log.append(f"{began - self._began:6.1f} s, for {now - began:4.1f} s: {name}")

    async def kill(self, name: str) -> None:
        """kill -9, at whatever it is doing; its supervisor starts it again."""
        self._cluster.signal(name, signal.SIGKILL)
        await asyncio.sleep(self._random.uniform(0.2, 1.0))
        if name in SERVICES:
            await self._cluster.ready(name)

    async def rebalance(self) -> None:
        """Two more scoring processes; one stands still past the session time-out and comes back as
        a zombie, with a subscriber; one is killed; then the two go."""
        cluster = self._cluster
        await cluster.run("scoring-2")
        await cluster.run("scoring-3")
        await asyncio.sleep(self._random.uniform(1.0, 2.0))
        await self.freeze_amid("subscriber-1", ["scoring-2"])
        cluster.signal("scoring-3", signal.SIGKILL)
        self.done["kill -9 scoring-3 while the group is busy"] += 1
        await asyncio.sleep(self._random.uniform(1.0, 2.0))
        await cluster.end("scoring-3")
        await cluster.end("scoring-2")

    async def freeze_amid(self, name: str, others: Sequence[str] = ()) -> None:
        """SIGSTOP past the session time-out, then SIGCONT: the zombie.

        The subscriber ``name`` is caught amid its transaction; the others wherever they are.
        """
        frozen = [name, *others]
        try:
            await self._catch(name)
            for each in others:
                self._cluster.signal(each, signal.SIGSTOP)
            await asyncio.sleep(FROZEN)
        finally:
            for each in frozen:
                self._cluster.signal(each, signal.SIGCONT)
        self.done["SIGSTOP past the session time-out, SIGCONT"] += len(frozen)

    async def _catch(self, name: str, tries: int = 200) -> None:
        for _ in range(tries):
            if await self._amid(name):
                self._cluster.signal(name, signal.SIGSTOP)
                await asyncio.sleep(0.1)
                if await self._amid(name):
                    return
                self._cluster.signal(name, signal.SIGCONT)
            await asyncio.sleep(0.01)
        self._cluster.signal(name, signal.SIGSTOP)

    async def _amid(self, name: str) -> bool:
        """Whether the process has a transaction open that has not written yet."""
        admin = await self._cluster.connect("postgres")
        try:
            return bool(
                await admin.fetchval(
                    "select exists (select from pg_stat_activity where application_name = $1"
                    " and state = 'idle in transaction' and backend_xid is null)", name,
                )
            )  # fmt: skip
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return False
        finally:
            with _lost():
                await admin.close()

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

    async def hold(self, database: str, seconds: float) -> None:
        """A transaction that has written stays open: it holds back the relays' horizon."""
        conn = await self._cluster.connect(database)
        with _lost():
            await conn.execute("create table if not exists scratch (n integer)")
            transaction = conn.transaction()
            await transaction.start()
            await conn.execute("insert into scratch values (1)")
            await asyncio.sleep(seconds)
            await transaction.rollback()
        with _lost():
            await conn.close()

    async def slow_writer(self, service: str, seconds: float) -> None:
        """A request's transaction stays open after it has written its events.

        Its idempotency key is being written by another transaction, which is rolled back in the
        end. Meanwhile other requests commit events of later positions.
        """
        self._slow += 1
        key = f"slow-{service}-{self._slow}"
        conn = await self._cluster.connect(service)
        with _lost():
            transaction = conn.transaction()
            await transaction.start()
            await conn.execute(
                "insert into idempotency_keys (key, fingerprint, status, body)"
                " values ($1, '', 200, '')", key,
            )  # fmt: skip
            posting = asyncio.create_task(self._writers.post(single(self._slow_line(service), key)))
            await asyncio.sleep(seconds)
            await transaction.rollback()
        with _lost():
            await conn.close()
        await posting

    async def lose_log(self) -> None:
        """The broker comes back empty, as another cluster."""
        await self._cluster.restart_kafka(0.5, lost=True)

    async def deliver_again(self, count: int, *, shuffled: bool = False) -> None:
        """Messages that were on the topics come once more."""
        for _ in range(30):
            try:
                await self._deliver_again(count, shuffled=shuffled)
            except (KafkaError, OSError, TimeoutError):
                await asyncio.sleep(0.5)
            else:
                return

    async def fill_disk(self) -> None:
        """No room for PostgreSQL for some seconds."""
        child = self._cluster.postgres.child
        assert child is not None
        try:
            self._cluster.disk.fill(child.pid)
            await asyncio.sleep(self._random.uniform(2.5, 4.0))
        finally:
            self._cluster.disk.free(child.pid)
        await (await self._cluster.connect("postgres")).close()

    async def step_clocks(self) -> None:
        """The services' clocks go an hour ahead, half an hour back, and right again."""
        for seconds in (3600, -1800, 0):
            self._cluster.clock.step(seconds)
            await asyncio.sleep(self._random.uniform(2.0, 3.0))

    def _slow_line(self, service: str) -> Line:
        at = {"received_at": "2020-05-04T08:00:00+07:00"}
        if service == "workflow":
            return {
                "do": "start_step", "dossier": f"H53.SLOW-{self._slow:04d}", "step": "1",
                "agency": "H53.01", "started_at": "2020-05-04T08:00:00+07:00",
            }  # fmt: skip
        return {
            "do": "receive_dossier", "dossier": f"H53.SLOW-{self._slow:04d}",
            "procedure": "1.000788", "receiving": "H53.01", "resolving": "H53.01", **at,
        }  # fmt: skip

    async def _deliver_again(self, count: int, *, shuffled: bool) -> None:
        bootstrap = self._cluster.kafka.bootstrap
        address = {"bootstrap_servers": bootstrap}
        async with AIOKafkaConsumer(**address, group_id=None) as reader:
            found = await _everything(reader, await partitions(bootstrap, SCORING_TOPICS))
        chosen = self._random.sample(range(len(found)), min(count, len(found)))
        order = chosen if shuffled else sorted(chosen)
        async with AIOKafkaProducer(**address, linger_ms=5) as producer:
            sending = [
                await producer.send(
                    record.topic, record.value, record.key, partition=record.partition,
                    headers=list(record.headers),
                )
                for record in (found[number] for number in order)
            ]  # fmt: skip
            await asyncio.gather(*sending)


async def _everything(reader: AIOKafkaConsumer, wanted: list[TopicPartition]) -> list[Any]:
    """What the partitions hold, for at most two seconds of reading."""
    reader.assign(wanted)
    for one in wanted:
        reader.seek(one, 0)
    found: list[Any] = []
    until = time.monotonic() + 2.0
    while time.monotonic() < until:
        batch = await reader.getmany(timeout_ms=300)
        found += [record for records in batch.values() for record in records]
        if found and not batch:
            break
    return found


def _bound(act: Callable[..., Awaitable[None]], *values: object, **more: object) -> Fault:
    return lambda: act(*values, **more)


@contextlib.contextmanager
def _lost() -> Iterator[None]:
    """Another fault may end the connection that a fault uses."""
    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        yield
