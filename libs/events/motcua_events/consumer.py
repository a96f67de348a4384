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
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

import asyncpg
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from ._batch import (
    AfterCommit,
    Apply,
    Behind,
    Chain,
    Move,
    Read,
    Received,
    Withheld,
    Work,
    chain_of,
    instant,
)
from ._isolation import SYSTEMIC, Isolation, is_poison
from ._parking import Head, Parking
from ._reading import Reader
from ._sql import sql
from ._tracing import Batch, batch_spans
from ._types import Connection, Pool
from .errors import ClusterChanged, DecodeError, EventsError, Fenced, PositionLost, VersionConflict
from .event import Event
from .ports import ConsumerPort, Record, TopicPartition

__all__ = ["AfterCommit", "Apply", "Consumer", "Received"]

log = logging.getLogger(__name__)

_CLUSTER_CHECK = 2.0
_COMMIT_EVERY = 1.0
_STOP = 5.0
_TELL = 1.0
_LOOK_AT_PARKED = 1.0
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
    asyncpg.ReadOnlySQLTransactionError,  # the server is failing over
)
_RETRIED = (VersionConflict, *_DATABASE_AWAY)
_RECONNECTED = (EventsError, *_DATABASE_AWAY)


@dataclass(slots=True)
class _Position:
    """``stored`` is the offset in the database, ``next`` the one to read."""

    stored: int
    next: int


class Consumer:
    """Feeds a service's projection from topics.

    ``apply(conn, received)`` gets one whole batch (all partitions, in order per partition) inside
    the transaction that also moves the offsets. It may be called again with the same batch after a
    rollback, in parts, and inside savepoints. ``after_commit(received)`` runs once the batch is
    committed; it must not fail.

    What cannot be decoded or applied goes to the table ``parked`` with its reason. The partition
    moves on, but later messages of the same topic and key park behind it: ``apply`` sees the events
    of a key in order or not yet. (Scoring's fold would not need that, it is the same for every
    order. Other subscribers, such as workflow's notes and calendars, are promised order per key.)
    Types unknown here wait in ``parked`` until a process starts that knows them. Orders to apply
    again (``motcua_events.parking``) are carried out between batches, through the same ``apply``.

    Nothing is parked for the system's troubles: outages and conflicts are tried again in place;
    other errors that no event causes, or failure of everything, end ``run`` with nothing skipped.

    ``applied`` and ``parked`` count since the start; ``parked_now`` is how many are parked.
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
        self._reader = Reader(port, max_records)
        self._tracer = tracer or trace.get_tracer("motcua_events")
        self._parking = Parking(name)
        self._readable: list[Head] = []
        self._barren = 0
        self._looked = 0.0
        self._positions: dict[TopicPartition, _Position] = {}
        self._cluster = ""
        self._stale = True
        self._ahead: asyncio.Task[Read] | None = None
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
            max(0, self._reader.ends.get(partition, 0) - position.next)
            for partition, position in self._positions.items()
        )

    @property
    def parked_now(self) -> int:
        """Messages of this consumer that are parked, as last counted (every second)."""
        return self._parking.count

    def progressed_at(self) -> float:
        """The monotonic time of the last progress; without work or partitions, of the last poll."""
        return self.last_progress if self.lag() else self.last_poll

    def healthy(self, within: float = 30.0) -> bool:
        """Polled, and progressed or had nothing to do, within that many seconds."""
        return time.monotonic() - min(self.last_poll, self.progressed_at()) < within

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
        self._stale, self._cluster = True, ""
        try:
            await self._port.start(self._topics, self)
            while True:
                await self._step()
        finally:
            self._positions.clear()
            await self._drop_ahead()
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
            await self._drop_ahead()
            await self._locate()
        reading, self._ahead = self._ahead or asyncio.create_task(self._reader.read()), None
        try:
            found = await reading
        except PositionLost as error:
            log.info("consumer %s locates its positions: %s", self.name, error)
            self._stale = True
            await asyncio.sleep(0.02)
            return
        self.last_poll = time.monotonic()
        if found and not self._stale:
            self._ahead = asyncio.create_task(self._reader.read())
            await self._process(found)
        if not self._stale and time.monotonic() - self._looked > _LOOK_AT_PARKED:
            await self._look_at_parked()
        self._reader.note_ends()
        await self._tell_broker()
        await self._check_cluster()

    async def _drop_ahead(self) -> None:
        """What was read ahead is not the next any more, or never will be applied."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def _process(self, found: Read) -> None:
        self._idle.clear()
        try:
            work = self._batch(found)
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
        await self._same_cluster()
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
        self._reader.begin(
            {partition: position.next for partition, position in self._positions.items()},
            {partition: after for partition, (_, after) in bounds.items()},
        )

    async def _claimed(
        self, held: Sequence[TopicPartition], first: Sequence[int]
    ) -> dict[TopicPartition, int]:
        topics, partitions = [part.topic for part in held], [part.partition for part in held]
        async with self._pool.acquire() as conn, conn.transaction():
            await conn.execute(
                sql("offsets_claim"), self.name, self._cluster, topics, partitions, first
            )
            rows = await conn.fetch(sql("offsets_read"), self.name, self._cluster)
            self._readable = await self._parking.load(conn, self._cluster)
        return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def _check_cluster(self) -> None:
        if time.monotonic() - self._checked > _CLUSTER_CHECK:
            await self._same_cluster()

    async def _same_cluster(self) -> None:
        """A session belongs to the cluster it began on: another's topics must be made first."""
        self._checked = time.monotonic()
        found = await self._port.cluster_id()
        if self._cluster not in {"", found}:
            raise ClusterChanged(f"{self._cluster} is gone")
        self._cluster = found

    # A batch

    def _batch(self, found: Read) -> Work:
        work = Work(found)
        held = set(self._parking.held)
        for partition in sorted(found):
            position = self._positions.get(partition)
            if position is None:
                continue
            fresh = [one for one in found[partition] if one[0].offset >= position.next]
            for record, event in fresh:
                _add(work, partition, record, event, held)
            if fresh:
                work.moves[partition] = Move(position.stored, fresh[-1][0].offset + 1)
        return work

    async def _until_done(self, work: Work) -> None:
        """Applies the batch; waits out what is transient, finds what is poison."""
        pause = 0.02
        while True:
            try:
                with self._spans(work.received):
                    await self._transact(work)
                break
            except _RETRIED as error:
                log.warning("consumer %s tries again in %.2f s: %s: %s",
                            self.name, pause, type(error).__name__, error)  # fmt: skip
                await asyncio.sleep(pause)
                pause = min(2.0, pause * 2)
            except Exception as error:
                if work.isolating or not is_poison(error):
                    raise
                log.warning("consumer %s looks for the event behind: %s: %s",
                            self.name, type(error).__name__, error)  # fmt: skip
                work.isolating = True
        self._done(work)
        if self._after_commit is not None and work.applied:
            await self._after_commit(work.applied)

    def _spans(self, events: Iterable[Received]) -> AbstractContextManager[None]:
        by_topic: dict[str, list[Received]] = {}
        for received in events:
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

    async def _transact(self, work: Work) -> None:
        async with self._pool.acquire() as conn, conn.transaction():
            if work.isolating:
                await self._apply_sound(conn, work)
            elif work.received:
                await self._apply(conn, work.received)
                work.applied = work.received
            if parked := work.set_aside():
                await self._parking.park(conn, parked)
            await self._move(conn, work.moves)

    async def _apply_sound(self, conn: Connection, work: Work) -> None:
        """Applies what can be applied of a batch that failed; the rest is to be parked."""

        def chain(received: Received) -> Chain | None:
            return chain_of(received.topic, work.record(received).key)

        isolation = Isolation(conn, self._apply, chain, work.poison, SYSTEMIC - self._barren)
        await isolation.run(work.received)
        work.applied = isolation.applied
        work.withheld = [
            Withheld(TopicPartition(one.topic, one.partition), work.record(one), error)
            for one, error in isolation.withheld
        ]

    async def _move(self, conn: Connection, moves: Mapping[TopicPartition, Move]) -> None:
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

    def _done(self, work: Work) -> None:
        for partition, move in work.moves.items():
            self._positions[partition] = _Position(move.next, move.next)
            self._to_commit[partition] = move.next
        parked = work.set_aside()
        for partition, record, error in parked:
            if not isinstance(error, Behind):
                log.warning("consumer %s parked offset %d of %s: %s: %s", self.name, record.offset,
                            partition, type(error).__name__, error)  # fmt: skip
        self._parking.parked(parked)
        self._barren = 0 if work.applied else self._barren + len(work.poison)
        self.applied += len(work.applied)
        self.parked += len(parked)
        self.last_progress = time.monotonic()

    # Parked messages

    async def _look_at_parked(self) -> None:
        """Applies again what was asked for, what this code can read by now, what is behind nothing.

        Trouble leaves everything as it was: the next look tries again.
        """
        self._looked = time.monotonic()
        self._idle.clear()
        try:
            async with self._pool.acquire() as conn:
                due = await self._parking.due(conn, self._positions.keys())
            for head in [*self._readable, *due]:
                await self._redrive(head)
            self._readable = []
        except _RETRIED as error:
            log.warning("consumer %s looks at what is parked again soon: %s: %s",
                        self.name, type(error).__name__, error)  # fmt: skip
        finally:
            self._idle.set()

    async def _redrive(self, head: Head) -> None:
        async with self._pool.acquire() as conn, conn.transaction():
            outcome = await self._parking.redrive(conn, head, self._apply)
        self._parking.redriven(head, outcome)
        self.applied += len(outcome.applied)
        if outcome.applied and self._after_commit is not None:
            await self._after_commit(outcome.applied)

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


def _add(
    work: Work,
    partition: TopicPartition,
    record: Record,
    event: Event | DecodeError,
    held: set[Chain],
) -> None:
    if held and record.key is not None and (partition.topic, record.key) in held:
        work.parked.append(Withheld(partition, record, Behind()))
    elif isinstance(event, Event):
        at = instant(record.timestamp)
        work.received.append(Received(event, *partition, record.offset, at))
    else:
        work.parked.append(Withheld(partition, record, event))
        if record.key is not None:
            held.add((partition.topic, record.key))
