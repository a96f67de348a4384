"""The consumer runtime: whole batches, one transaction each, offsets stored with the effects.

A batch is decoded, applied and fenced in one PostgreSQL transaction: the stored offsets move by
compare-and-set, as its last statement. Whoever finds them moved by another rolls back and locates
anew. So effects are counted once although deliveries repeat. The stored offsets name the Kafka
cluster: on another cluster they are void, and reading starts from the beginning.

The fence comes last because it is a write: an ``apply`` that appends to an event store must read
its streams before the transaction's first write.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

import asyncpg
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from ._sql import sql
from ._tracing import Batch, batch_spans
from ._types import Connection, Pool
from .cloudevents import decode
from .errors import ClusterChanged, DecodeError, EventsError, Fenced, PositionLost, VersionConflict
from .event import Event
from .ports import ConsumerPort, Record, TopicPartition

log = logging.getLogger(__name__)

_CLUSTER_CHECK = 2.0
_COMMIT_EVERY = 1.0
_STOP = 5.0
_TELL = 1.0
_DATABASE_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection killed in mid-statement may raise
    asyncpg.PostgresConnectionError,
    asyncpg.TransactionRollbackError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
)
_RETRIED = (VersionConflict, *_DATABASE_AWAY)
_RECONNECTED = (EventsError, *_DATABASE_AWAY)


@dataclass(frozen=True, slots=True)
class Received:
    """An event with the place and time at which Kafka took it in."""

    event: Event
    topic: str
    partition: int
    offset: int
    sent_at: datetime


Apply: TypeAlias = Callable[[Connection, Sequence[Received]], Awaitable[None]]
AfterCommit: TypeAlias = Callable[[Sequence[Received]], Awaitable[None]]


class _Parked(NamedTuple):
    partition: TopicPartition
    record: Record
    error: DecodeError


class _Move(NamedTuple):
    """From which stored offset to which one a partition moves with a batch."""

    expected: int
    next: int


@dataclass(slots=True)
class _Work:
    """A decoded batch."""

    received: list[Received] = field(default_factory=list)
    parked: list[_Parked] = field(default_factory=list)
    moves: dict[TopicPartition, _Move] = field(default_factory=dict)


@dataclass(slots=True)
class _Position:
    """``stored`` is the offset in the database, ``next`` the one to read."""

    stored: int
    next: int


class Consumer:
    """Feeds a service's projection from topics.

    ``apply(conn, received)`` gets one whole batch (all partitions, in order per partition) inside
    the transaction that also moves the offsets. It may be called again with the same batch after a
    rollback. Any error it raises that is not a database outage or conflict ends ``run``: nothing is
    skipped. ``after_commit(received)`` runs once the batch is committed; it must not fail.

    Messages that cannot be decoded go to the table ``parked`` and their partition moves on.
    """

    def __init__(
        self,
        name: str,
        port: ConsumerPort,
        pool: Pool,
        topics: Collection[str],
        apply: Apply,
        *,
        after_commit: AfterCommit | None = None,
        max_records: int = 2000,
        tracer: trace.Tracer | None = None,
    ) -> None:
        self.name = name
        self._port = port
        self._pool = pool
        self._topics = tuple(topics)
        self._apply = apply
        self._after_commit = after_commit
        self._max_records = max_records
        self._tracer = tracer or trace.get_tracer("motcua_events")
        self._positions: dict[TopicPartition, _Position] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._cluster = ""
        self._stale = True
        self._idle = asyncio.Event()
        self._idle.set()
        self._to_commit: dict[TopicPartition, int] = {}
        self._committed = self._checked = 0.0
        self.applied = 0
        self.parked = 0
        self.last_poll = self.last_progress = time.monotonic()

    # What others may ask

    def lag(self) -> int | None:
        """Messages not applied yet in the partitions held; None while none are held."""
        if not self._positions:
            return None
        return sum(
            max(0, self._ends.get(partition, 0) - position.next)
            for partition, position in self._positions.items()
        )

    def healthy(self, within: float = 30.0) -> bool:
        """Polled, and progressed or caught up, within that many seconds."""
        now = time.monotonic()
        polled = now - self.last_poll < within
        return polled and (self.lag() == 0 or now - self.last_progress < within)

    # The port's listener

    async def assigned(self) -> None:
        """The partitions are new: positions must be located before anything is applied."""
        self._stale = True

    async def revoked(self) -> None:
        """Waits, for a few seconds at most, until the batch in hand is done."""
        self._stale = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP):
                await self._idle.wait()

    # The loop

    async def run(self) -> None:
        """Consumes until cancelled. Outages of the broker and the database are waited out."""
        pause = 0.1
        while True:
            started = time.monotonic()
            try:
                await self._session()
            except _RECONNECTED as error:
                if time.monotonic() - started > 10:
                    pause = 0.1
                log.warning(
                    "consumer %s reconnects in %.1f s: %s: %s",
                    self.name, pause, type(error).__name__, error,
                )  # fmt: skip
                await asyncio.sleep(pause)
                pause = min(2.0, pause * 2)

    async def _session(self) -> None:
        self._stale = True
        try:
            await self._port.start(self._topics, self)
            while True:
                await self._step()
        finally:
            self._positions.clear()
            await self._farewell()

    async def _farewell(self) -> None:
        try:
            if self._to_commit:
                with suppress(TimeoutError, OSError, EventsError):
                    async with asyncio.timeout(_TELL):
                        await self._port.commit(self._to_commit)
        finally:
            self._to_commit.clear()
            with suppress(TimeoutError, OSError, EventsError):
                async with asyncio.timeout(_STOP):
                    await self._port.stop()

    async def _step(self) -> None:
        if self._stale:
            await self._locate()
        try:
            found = await self._port.poll(timeout=0.2, max_records=self._max_records)
        except PositionLost as error:
            log.info("consumer %s locates its positions: %s", self.name, error)
            self._stale = True
            await asyncio.sleep(0.02)
            return
        self.last_poll = time.monotonic()
        if found and not self._stale:
            await self._process(found)
        self._note_ends()
        await self._tell_broker()
        await self._check_cluster()

    async def _process(self, found: Mapping[TopicPartition, Sequence[Record]]) -> None:
        self._idle.clear()
        try:
            work = await self._decoded(found)
            if work.moves:
                await self._until_done(work)
        except Fenced as error:
            log.warning("consumer %s: %s", self.name, error)
            self._stale = True
        finally:
            self._idle.set()

    # Positions

    async def _locate(self) -> None:
        """Seeks every partition held to its stored offset, or to where the broker still can."""
        self._stale = False
        self._cluster = await self._port.cluster_id()
        self._checked = time.monotonic()
        held = sorted(self._port.assignment())
        bounds = await self._port.bounds(held)
        stored = await self._claimed(held, [bounds[partition][0] for partition in held])
        self._positions = {}
        for partition in held:
            first, after = bounds[partition]
            known = stored[partition]
            self._positions[partition] = _Position(
                known, known if first <= known <= after else first
            )
            if not first <= known <= after:
                log.warning("%s: offset %d of %s is gone, on from %d",
                            self.name, known, partition, first)  # fmt: skip
            self._ends[partition] = after
            self._port.seek(partition, self._positions[partition].next)

    async def _claimed(
        self, held: Sequence[TopicPartition], first: Sequence[int]
    ) -> dict[TopicPartition, int]:
        topics, partitions = [part.topic for part in held], [part.partition for part in held]
        async with self._pool.acquire() as conn, conn.transaction():
            await conn.execute(
                sql("offsets_claim"), self.name, self._cluster, topics, partitions, first
            )
            rows = await conn.fetch(sql("offsets_read"), self.name, self._cluster)
        return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    def _note_ends(self) -> None:
        for partition in self._positions:
            end = self._port.highwater(partition)
            if end is not None:
                self._ends[partition] = end

    async def _check_cluster(self) -> None:
        if time.monotonic() - self._checked > _CLUSTER_CHECK:
            self._checked = time.monotonic()
            if await self._port.cluster_id() != self._cluster:
                raise ClusterChanged(f"{self._cluster} is gone")

    # A batch

    async def _decoded(self, found: Mapping[TopicPartition, Sequence[Record]]) -> _Work:
        work = _Work()
        for partition in sorted(found):
            position = self._positions.get(partition)
            if position is None:
                continue
            fresh = [record for record in found[partition] if record.offset >= position.next]
            for record in fresh:
                _decode_into(work, partition, record)
            if fresh:
                work.moves[partition] = _Move(position.stored, fresh[-1].offset + 1)
            await asyncio.sleep(0)
        return work

    async def _until_done(self, work: _Work) -> None:
        """Applies the batch; waits out what is transient."""
        pause = 0.02
        while True:
            try:
                with self._spans(work):
                    await self._transact(work)
                break
            except _RETRIED as error:
                log.warning("consumer %s tries again in %.2f s: %s: %s",
                            self.name, pause, type(error).__name__, error)  # fmt: skip
                await asyncio.sleep(pause)
                pause = min(2.0, pause * 2)
        self._done(work)
        if self._after_commit is not None and work.received:
            await self._after_commit(work.received)

    def _spans(self, work: _Work) -> AbstractContextManager[None]:
        by_topic: dict[str, list[Received]] = {}
        for received in work.received:
            by_topic.setdefault(received.topic, []).append(received)
        batches = [
            Batch(
                topic,
                len(part),
                (received.event.traceparent for received in part),
                frozenset(received.partition for received in part),
            )
            for topic, part in by_topic.items()
        ]
        known = {
            "messaging.consumer.group.name": self.name,
            "messaging.kafka.cluster.id": self._cluster,
        }
        return batch_spans(self._tracer, "process", SpanKind.CONSUMER, batches, known)

    async def _transact(self, work: _Work) -> None:
        async with self._pool.acquire() as conn, conn.transaction():
            if work.received:
                await self._apply(conn, work.received)
            if work.parked:
                await conn.executemany(sql("park"), [self._row(parked) for parked in work.parked])
            await self._move(conn, work.moves)

    async def _move(self, conn: Connection, moves: Mapping[TopicPartition, _Move]) -> None:
        status = await conn.execute(
            sql("offsets_move"),
            self.name,
            self._cluster,
            [partition.topic for partition in moves],
            [partition.partition for partition in moves],
            [move.expected for move in moves.values()],
            [move.next for move in moves.values()],
        )
        if status != f"UPDATE {len(moves)}":
            raise Fenced("another consumer moved the stored offsets; the batch is rolled back")

    def _done(self, work: _Work) -> None:
        for partition, move in work.moves.items():
            self._positions[partition] = _Position(move.next, move.next)
            self._to_commit[partition] = move.next
        self.applied += len(work.received)
        self.parked += len(work.parked)
        self.last_progress = time.monotonic()

    def _row(self, parked: _Parked) -> tuple[object, ...]:
        partition, record, error = parked
        return (
            self.name, self._cluster, partition.topic, partition.partition, record.offset,
            record.key, record.value,
            [name.replace("\x00", "") for name, _ in record.headers],
            [value for _, value in record.headers],
            _instant(record.timestamp), type(error).__name__, error.reason.replace("\x00", ""),
        )  # fmt: skip

    async def _tell_broker(self) -> None:
        """Commits to Kafka what the database holds: advisory, for lag tools and autoscalers."""
        if self._to_commit and time.monotonic() - self._committed > _COMMIT_EVERY:
            offsets, self._to_commit = self._to_commit, {}
            self._committed = time.monotonic()
            try:
                async with asyncio.timeout(_TELL):
                    await self._port.commit(offsets)
            except (TimeoutError, OSError, EventsError) as error:
                log.info("consumer %s could not tell the broker: %s", self.name, error)


def _decode_into(work: _Work, partition: TopicPartition, record: Record) -> None:
    try:
        event = decode(partition.topic, record.headers, record.value)
    except DecodeError as error:
        work.parked.append(_Parked(partition, record, error))
        return
    work.received.append(Received(event, *partition, record.offset, _instant(record.timestamp)))


def _instant(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)
