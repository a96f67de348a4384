"""The event store of one service: streams in its PostgreSQL database."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import NamedTuple, TypeAlias, TypeVar

import asyncpg

from ._ids import new_id
from ._sql import sql
from ._types import Connection, Pool, Row
from .contracts import BY_TYPE
from .errors import StoreError, VersionConflict
from .event import Change, Event

T = TypeVar("T")
Histories: TypeAlias = Mapping[str, Sequence[Event]]

ATTEMPTS = 10
LARGE = 50
"""A consumer's batch on more streams than this and loads of history that are as large take turns:
on the same streams they would undo each other's work. Loads go side by side, and small transactions
never wait for a turn. More events than this are written by COPY."""

TURN = 0x6D6F7465
COLUMNS = (
    "stream", "version", "id", "type", "key", "topic", "time", "recorded_at", "data", "traceparent",
)  # fmt: skip
_CONFLICTS = (VersionConflict, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class _Head(NamedTuple):
    version: int
    tx: int


Decide: TypeAlias = Callable[[Histories], tuple[Sequence[Change], T]]
Also: TypeAlias = Callable[[Connection, Sequence[Event]], Awaitable[None]]

_NEW_STREAM = _Head(0, 0)


class EventStore:
    """Streams of events with optimistic concurrency and idempotent appends.

    ``source`` is the CloudEvents source of every event recorded here, e.g. ``/intake``.
    ``appended`` is set after each append: it wakes the relay of the same process.
    """

    def __init__(self, pool: Pool, source: str) -> None:
        self._pool = pool
        self.source = source
        self.appended = asyncio.Event()

    async def execute(
        self,
        streams: Collection[str],
        decide: Decide[T],
        *,
        traceparent: str | None,
        also: Also | None = None,
        conn: Connection | None = None,
    ) -> T:
        """Reads the streams, decides, appends what was decided; all in one transaction.

        ``decide`` is pure: it gets the events of each stream (an empty list for a new one) and
        gives the changes and a result. It may be called again after a conflict, and may raise:
        then nothing is recorded. Changes to streams not read are appended at their ends.
        ``also`` runs after the append in the same transaction, with the new events.

        With ``conn`` it takes part in the caller's transaction, which must be rolled back on any
        error. Without, a conflict is retried up to ten times.

        Raises:
            VersionConflict: another transaction was faster (ten times, without ``conn``).
        """
        if conn is not None:
            if len(streams) > LARGE:
                await conn.execute("select pg_advisory_xact_lock($1)", TURN)
            return await self._attempt(conn, streams, decide, traceparent, also)
        return await self._alone(streams, decide, traceparent, also)

    async def _alone(
        self,
        streams: Collection[str],
        decide: Decide[T],
        traceparent: str | None,
        also: Also | None,
    ) -> T:
        """In a transaction of its own, again after a conflict."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._pool.acquire() as own, own.transaction():
                    if len(streams) > LARGE:
                        await own.execute("select pg_advisory_xact_lock_shared($1)", TURN)
                    result = await self._attempt(own, streams, decide, traceparent, also)
            except _CONFLICTS as error:
                if attempt == ATTEMPTS:
                    raise VersionConflict(f"still in conflict after {ATTEMPTS} tries") from error
            else:
                self.appended.set()  # again: before the commit there was nothing to see
                return result
            await asyncio.sleep(random.uniform(0, 0.005 * 2 ** min(attempt, 6)))
        raise AssertionError("unreachable")

    async def load(self, stream: str) -> list[Event]:
        """The events of a stream in order of version; empty for an unknown stream."""
        return (await self.load_many([stream]))[stream]

    async def load_many(
        self, streams: Collection[str], conn: Connection | None = None
    ) -> dict[str, list[Event]]:
        """The events of each stream in order of version; an empty list for an unknown one."""
        histories, _ = await self._read(conn or self._pool, streams)
        return histories

    async def scan(self, *, batch: int = 5000) -> AsyncIterator[Event]:
        """Every event of the store, per stream in order of version.

        Events of transactions that were open when the scan came by may be missing.
        """
        tx, pos = "0", 0
        while rows := await self._pool.fetch(sql("scan"), tx, pos, batch):
            for row in rows:
                yield self._event(row)
            tx, pos = rows[-1]["xact"], rows[-1]["pos"]

    async def _attempt(
        self,
        conn: Connection,
        streams: Collection[str],
        decide: Decide[T],
        traceparent: str | None,
        also: Also | None,
    ) -> T:
        histories, heads = await self._read(conn, streams)
        changes, result = decide(histories)
        new = await self._append(conn, changes, heads, traceparent) if changes else []
        if also is not None:
            await also(conn, new)
        return result

    async def _read(
        self, conn: Connection | Pool, streams: Collection[str]
    ) -> tuple[dict[str, list[Event]], dict[str, _Head]]:
        histories: dict[str, list[Event]] = {stream: [] for stream in streams}
        heads = dict.fromkeys(histories, _NEW_STREAM)
        rows = await conn.fetch(sql("load"), list(histories)) if histories else []
        for row in rows:
            history = histories[row["stream"]]
            history.append(self._event(row))
            heads[row["stream"]] = _Head(len(history), int(row["xact"]))
        return histories, heads

    async def _append(
        self,
        conn: Connection,
        changes: Sequence[Change],
        heads: dict[str, _Head],
        traceparent: str | None,
    ) -> list[Event]:
        changes = await _not_yet_recorded(conn, changes)
        await _complete(conn, heads, changes)
        now = datetime.now(UTC)
        new = [
            Event(
                change.id or new_id(), change.time, change.data, self.source, now,
                change.traceparent or traceparent,
            )
            for change in changes
        ]  # fmt: skip
        if new:
            await _insert(conn, new, heads)
            self.appended.set()
        return new

    def _event(self, row: Row) -> Event:
        contract = BY_TYPE.get(row["type"])
        if contract is None:
            raise StoreError(f"event {row['id']} is of type {row['type']}, not known to this code")
        return Event(
            id=row["id"],
            time=row["time"],
            data=contract.model_validate_json(row["data"], extra="ignore"),
            source=self.source,
            recorded_at=row["recorded_at"],
            traceparent=row["traceparent"],
        )


async def _not_yet_recorded(conn: Connection, changes: Sequence[Change]) -> list[Change]:
    given = [change.id for change in changes if change.id is not None]
    seen = {row["id"] for row in await conn.fetch(sql("known_ids"), given)} if given else set()
    fresh = []
    for change in changes:
        if change.id is None or change.id not in seen:
            fresh.append(change)
            seen.add(change.id)
    return fresh


async def _complete(conn: Connection, heads: dict[str, _Head], changes: Sequence[Change]) -> None:
    """Adds the heads of streams that are written without having been read."""
    missing = {change.data.stream for change in changes} - heads.keys()
    if missing:
        heads |= dict.fromkeys(missing, _NEW_STREAM)
        for row in await conn.fetch(sql("heads"), list(missing)):
            heads[row["stream"]] = _Head(row["version"], int(row["xact"]))


async def _insert(conn: Connection, events: Sequence[Event], heads: dict[str, _Head]) -> None:
    ordered = sorted(((each.data.stream, each) for each in events), key=itemgetter(0))
    rows = _rows(ordered, heads)
    youngest = str(max(heads[stream].tx for stream, _ in ordered))
    try:
        written = await (_copied if len(rows) > LARGE else _inserted)(conn, rows, youngest)
    except asyncpg.UniqueViolationError as error:
        raise VersionConflict(str(error)) from error
    if written != len(events):
        raise VersionConflict("a younger transaction appended to a stream read by this one")


def _rows(
    ordered: Sequence[tuple[str, Event]], heads: dict[str, _Head]
) -> list[tuple[object, ...]]:
    """The rows of events with their streams, in ``COLUMNS``."""
    versions = {stream: head.version for stream, head in heads.items()}
    rows: list[tuple[object, ...]] = []
    for stream, event in ordered:
        data = event.data
        version = versions[stream] = versions[stream] + 1
        rows.append((
            stream, version, event.id, data.TYPE, data.key, data.TOPIC, event.time,
            event.recorded_at, data.model_dump_json(), event.traceparent,
        ))  # fmt: skip
    return rows


async def _inserted(conn: Connection, rows: Sequence[tuple[object, ...]], youngest: str) -> int:
    columns = map(list, zip(*rows, strict=True))
    return _count(await conn.execute(sql("append"), *columns, youngest))


async def _copied(conn: Connection, rows: Sequence[tuple[object, ...]], youngest: str) -> int:
    """As ``_inserted``, at half the cost for many rows."""
    if not await conn.fetchval(sql("may_append"), youngest):
        return 0
    return _count(await conn.copy_records_to_table("events", records=rows, columns=COLUMNS))


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
