"""The relay: publishes a store's events to Kafka, in order per key, each at least once.

It reads with a pair cursor (transaction, position) below the snapshot horizon, so that no event of
a slow transaction is skipped. One relay per database is active: the holder of a session advisory
lock, on the connection that also saves the cursor. The cursor is saved by compare-and-set after the
broker acknowledged, at the latest every 50 ms; whoever lost the lock cannot move it. What was sent
since is sent again after a crash. Events sent twice are equal, and their first arrivals are in
order.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from ._sql import sql
from ._tracing import Batch, batch_spans
from ._types import Connection, Pool, Row
from .cloudevents import Message, headers_of
from .errors import EventsError, Fenced
from .ports import ProducerPort

log = logging.getLogger(__name__)

LOCK = 0x6D6F7463  # "motc"
BUSY, IDLE, SLOWER = 0.002, 0.05, 1.4
SAVE = 0.05
SLICE = 25
_CLUSTER_CHECK = 2.0
_STOP = 5.0
_TRANSIENT = (
    OSError,
    TimeoutError,
    EventsError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection killed in mid-statement may raise
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a cluster has been served, and which topic is being republished up to where."""

    cluster_id: str
    tx: str
    pos: int
    replay_topic: str | None = None
    replay_tx: str | None = None
    replay_pos: int | None = None

    def after(self, row: Row) -> Cursor:
        """The cursor when that event is acknowledged."""
        return replace(self, tx=row["xact"], pos=row["pos"])


@dataclass(frozen=True, slots=True)
class Backlog:
    """Events that wait to be published (counted up to 100,000) and when the oldest was recorded."""

    events: int
    oldest: datetime | None


class Relay:
    """Publishes the events of one database.

    ``wake``, if given, ends the pause between polls (``EventStore.appended``). Polls come every
    2 ms after work and slow down to every 50 ms. ``active`` tells whether this relay holds the
    lock; ``last_progress`` is the monotonic time of the last successful poll; ``sent`` counts.
    """

    def __init__(
        self,
        pool: Pool,
        producer: ProducerPort,
        source: str,
        *,
        wake: asyncio.Event | None = None,
        batch: int = 4000,
        tracer: trace.Tracer | None = None,
    ) -> None:
        self._pool = pool
        self._producer = producer
        self._source = source
        self._wake = wake or asyncio.Event()
        self._batch = batch
        self._tracer = tracer or trace.get_tracer("motcua_events")
        self._topics: set[str] = set()
        self._checked = 0.0
        self.active = False
        self.sent = 0
        self.last_progress = time.monotonic()

    async def run(self) -> None:
        """Publishes until cancelled. Outages of the database or the broker are waited out."""
        pause = 0.1
        while True:
            try:
                async with self._pool.acquire() as conn, self._elected(conn):
                    await self._lead(conn)
            except Fenced as error:
                log.info("relay starts over: %s", error)
                pause = 0.1
            except _TRANSIENT as error:
                log.warning("relay waits for %.1f s: %s: %s", pause, type(error).__name__, error)
                await asyncio.sleep(pause)
                pause = min(2.0, pause * 2)

    async def backlog(self, limit: int = 100_000) -> Backlog:
        """What waits to be published."""
        row = await self._pool.fetchrow(sql("backlog"), limit)
        assert row is not None
        return Backlog(row["events"], row["oldest"])

    @asynccontextmanager
    async def _elected(self, conn: Connection) -> AsyncIterator[None]:
        while not await conn.fetchval("select pg_try_advisory_lock($1)", LOCK):
            self.last_progress = time.monotonic()
            await asyncio.sleep(0.25)
        try:
            yield
        finally:
            await _unlocked(conn)

    async def _lead(self, conn: Connection) -> None:
        self.active = True
        try:
            await self._producer.start()
            await self._publish(conn, await self._cursor(conn))
        finally:
            self.active = False
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP):
                    await self._producer.stop()

    async def _publish(self, conn: Connection, saved: Cursor) -> None:
        """Reads on from what is acknowledged; what is saved lags behind it while there is work."""
        cursor, delay, due = saved, BUSY, 0.0
        while True:
            if time.monotonic() - self._checked > _CLUSTER_CHECK:
                await _save(conn, saved, cursor)
                saved = cursor = await self._cursor(conn)
            self._wake.clear()
            rows = await self._read(conn, cursor)
            self.last_progress = time.monotonic()
            if rows:
                await self._send(rows, cursor.cluster_id)
                cursor = cursor.after(rows[-1])
                delay = BUSY
            if not rows or time.monotonic() > due:
                await _save(conn, saved, cursor)
                saved, due = cursor, time.monotonic() + SAVE
            if not rows:
                delay = BUSY if await self._woken(delay) else min(IDLE, delay * SLOWER)

    async def _woken(self, delay: float) -> bool:
        try:
            async with asyncio.timeout(delay):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    async def _cursor(self, conn: Connection) -> Cursor:
        """The cursor for the cluster that answers now; from the first event for a new cluster.

        Raises Fenced while an operator waits for the lock (see ``paused``).
        """
        if await conn.fetchval(sql("relay_wanted"), LOCK):
            raise Fenced("an operator has it pause")
        cluster = await self._producer.cluster_id()
        self._checked = time.monotonic()
        row = await conn.fetchrow(sql("cursor_read"))
        if row is None or row["cluster_id"] != cluster:
            log.info("relay publishes from the first event to cluster %s", cluster)
            await conn.execute(sql("cursor_reset"), cluster)
            self._topics.clear()
            return Cursor(cluster, "0", 0)
        return Cursor(**row)

    async def _read(self, conn: Connection, cursor: Cursor) -> Sequence[Row]:
        return await conn.fetch(
            sql("outbox"),
            cursor.tx,
            cursor.pos,
            self._batch,
            cursor.replay_topic,
            cursor.replay_tx,
            cursor.replay_pos,
        )

    async def _send(self, rows: Sequence[Row], cluster: str) -> None:
        by_topic: dict[str, list[Row]] = {}
        for row in rows:
            by_topic.setdefault(row["topic"], []).append(row)
        await self._prepare(by_topic)
        batches = [
            Batch(topic, len(part), (row["traceparent"] for row in part))
            for topic, part in by_topic.items()
        ]
        known = {"messaging.kafka.cluster.id": cluster}
        with batch_spans(self._tracer, "send", SpanKind.PRODUCER, batches, known):
            await self._producer.send(await self._messages(rows))
        self.sent += len(rows)

    async def _prepare(self, topics: Mapping[str, object]) -> None:
        new = topics.keys() - self._topics
        if new:
            await self._producer.ensure(new)
            self._topics |= new

    async def _messages(self, rows: Sequence[Row]) -> list[Message]:
        messages: list[Message] = []
        for row in rows:
            messages.append(self._message(row))
            if len(messages) % SLICE == 0:
                await asyncio.sleep(0)
        return messages

    def _message(self, row: Row) -> Message:
        headers = headers_of(
            event_id=row["id"],
            source=self._source,
            event_type=row["type"],
            subject=row["stream"].partition("/")[2],
            time=row["time"],
            recorded_at=row["recorded_at"],
            traceparent=row["traceparent"],
        )
        return Message(row["topic"], row["key"].encode(), row["data"].encode(), headers)


async def _unlocked(conn: Connection) -> None:
    """Gives the lock up, if need be with the connection."""
    try:
        async with asyncio.timeout(_STOP):
            await conn.execute("select pg_advisory_unlock($1)", LOCK)
    except _TRANSIENT:
        conn.terminate()
    except BaseException:
        conn.terminate()
        raise


async def _save(conn: Connection, saved: Cursor, cursor: Cursor) -> None:
    if cursor == saved:
        return
    moved = await conn.execute(
        sql("cursor_save"), saved.cluster_id, saved.tx, saved.pos, cursor.tx, cursor.pos
    )
    if moved != "UPDATE 1":
        raise Fenced("the cursor is not where this relay left it")


async def republish(db: Connection | Pool, topic: str | None = None) -> None:
    """Has the relay publish again from the first event: every topic, or one.

    Takes effect within seconds on a running relay; harmless when nothing was published yet.
    """
    await db.execute(sql("cursor_replay"), topic)


@asynccontextmanager
async def paused(conn: Connection) -> AsyncIterator[None]:
    """No relay of the connection's database publishes inside the block.

    Waits, usually for 2 seconds, until a relay that is at work has given way. Whatever ends the
    connection ends the pause; relays then start with fresh knowledge of the topics.
    """
    await conn.execute("select pg_advisory_lock($1)", LOCK)
    try:
        yield
    finally:
        await conn.execute("select pg_advisory_unlock($1)", LOCK)
