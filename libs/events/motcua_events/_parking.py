"""A consumer's parked messages: which keys are held, what is to be applied again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ._batch import Apply, Chain, Received, Withheld, chain_of, instant, reason_of
from ._isolation import Isolation
from ._sql import sql
from ._types import Connection, Row
from .cloudevents import decode
from .errors import DecodeError, UnknownType
from .event import Event
from .ports import TopicPartition

AT_ONCE = 2000
"""Messages of a key applied again in one transaction; what is left follows in the next."""


class Head(NamedTuple):
    """The first parked message of a key (or one without a key)."""

    id: int
    topic: str
    partition: int
    key: bytes | None

    @property
    def chain(self) -> Chain | None:
        return chain_of(self.topic, self.key)


@dataclass(frozen=True, slots=True)
class Redriven:
    """What came of applying a key's messages again."""

    applied: Sequence[Received]
    left: int


class Parking:
    """The parked messages of one consumer on one cluster.

    ``held`` are the keys that have any: what comes of them is parked behind. It is loaded with the
    stored offsets, in their transaction: whoever parks moves offsets, so who did not see it is
    fenced. A key freed by someone else heals too: a message behind nothing is applied again.
    """

    def __init__(self, consumer: str) -> None:
        self._consumer = consumer
        self._cluster = ""
        self.held: set[Chain] = set()
        self.count = 0

    async def load(self, conn: Connection, cluster: str) -> list[Head]:
        """Reads which keys are held. Gives those whose first message can be read by now.

        What was parked of another cluster is superseded: everything is read again.
        """
        self._cluster = cluster
        await conn.execute(sql("parked_superseded"), self._consumer, cluster)
        rows = await conn.fetch(sql("parked_heads"), self._consumer, cluster)
        self.held = {chain for row in rows if (chain := _head(row).chain)}
        self.count = await self._counted(conn)
        unknown = (row for row in rows if row["error"] == UnknownType.__name__)
        return [_head(row) for row in unknown if isinstance(readable(row), Event)]

    async def park(self, conn: Connection, messages: Iterable[Withheld]) -> None:
        """Keeps messages, in the transaction that moves the offsets over them."""
        rows = [self._row(message) for message in messages]
        await conn.executemany(sql("park"), rows)

    def parked(self, messages: Collection[Withheld]) -> None:
        """Messages were parked and committed."""
        self.count += len(messages)
        for partition, record, _ in messages:
            if chain := chain_of(partition.topic, record.key):
                self.held.add(chain)

    async def due(self, conn: Connection, held: Collection[TopicPartition]) -> list[Head]:
        """Those of this process's partitions whose messages are to be applied again."""
        self.count = await self._counted(conn)
        rows = await conn.fetch(sql("parked_due"), self._consumer, self._cluster)
        heads = [_head(row) for row in rows]
        return [head for head in heads if TopicPartition(head.topic, head.partition) in held]

    async def redrive(self, conn: Connection, head: Head, apply: Apply) -> Redriven:
        """Applies a key's messages again, in order, up to the first that fails; one transaction.

        What was applied leaves; what failed says why; what is behind it stays.
        """
        rows = await conn.fetch(
            sql("parked_chain"), self._consumer, self._cluster, head.topic, head.key, head.id,
            AT_ONCE,
        )  # fmt: skip
        received, failure = _read(rows)
        isolation = Isolation(conn, apply, lambda _: (head.topic, head.key or b""), {})
        await isolation.run(received)
        if isolation.withheld:
            failure = isolation.withheld[0][1]
        done = len(isolation.applied)
        actor, why = _ordered(rows)
        if done:
            ids = [row["id"] for row in rows[:done]]
            await conn.execute(sql("parked_leave"), ids, actor, "applied", why)
        if failure is not None:
            failed = rows[done]["id"]
            error = (type(failure).__name__, reason_of(failure))
            await conn.execute(sql("parked_failed"), failed, *error)
            await conn.execute(sql("parked_note"), [failed], actor, "failed", why)
        return Redriven(isolation.applied, len(rows) - done)

    def redriven(self, head: Head, outcome: Redriven) -> None:
        """That transaction was committed."""
        self.count -= len(outcome.applied)
        if not outcome.left and len(outcome.applied) < AT_ONCE and head.chain:
            self.held.discard(head.chain)

    async def _counted(self, conn: Connection) -> int:
        count: int = await conn.fetchval(sql("parked_count"), self._consumer, self._cluster)
        return count

    def _row(self, message: Withheld) -> tuple[object, ...]:
        partition, record, error = message
        return (
            self._consumer, self._cluster, partition.topic, partition.partition, record.offset,
            record.key, record.value,
            [name.replace("\x00", "") for name, _ in record.headers],
            [value for _, value in record.headers],
            instant(record.timestamp), type(error).__name__, reason_of(error),
        )  # fmt: skip


def readable(row: Row) -> Event | DecodeError:
    """The event in a parked message, or why it cannot be read."""
    headers = zip(row["header_names"], row["header_values"], strict=True)
    try:
        return decode(row["topic"], headers, row["value"])
    except DecodeError as error:
        return error


def _read(rows: Sequence[Row]) -> tuple[list[Received], Exception | None]:
    """The events of the messages up to the first that cannot be read, and why it cannot."""
    received: list[Received] = []
    for row in rows:
        event = readable(row)
        if isinstance(event, DecodeError):
            return received, event
        place = (row["topic"], row["partition"], row["offset"])
        received.append(Received(event, *place, row["sent_at"]))
    return received, None


def _ordered(rows: Sequence[Row]) -> tuple[str, str]:
    """Who ordered it and why; by itself where nobody did."""
    for row in rows:
        if row["retry_by"] is not None:
            return row["retry_by"], row["retry_why"] or ""
    return "motcua", "nothing stands before it any more"


def _head(row: Row) -> Head:
    return Head(row["id"], row["topic"], row["partition"], row["key"])
