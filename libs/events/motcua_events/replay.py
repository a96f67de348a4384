"""Reading published events from the store that recorded them, as a consumer would receive them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

from ._batch import Received
from ._sql import sql
from ._types import Connection, Row
from .contracts import BY_TYPE
from .event import Event


class Cursor(NamedTuple):
    """A place in a store: after this transaction and position."""

    tx: str = "0"
    pos: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, the place after them, and how many were of types not known here."""

    received: list[Received]
    after: Cursor
    unknown: int

    @property
    def end(self) -> bool:
        """Nothing was left to read."""
        return not self.received and not self.unknown


PartitionOf = Callable[[str, bytes], int]
"""The partition of a topic that a key belongs to."""


async def page(
    conn: Connection,
    source: str,
    topics: Collection[str],
    after: Cursor,
    partition: PartitionOf,
    *,
    size: int = 2000,
) -> Page:
    """The next events of a store after a place; those of transactions still open come later.

    ``source`` is the service's CloudEvents source. The offsets are positions in the store, the
    times of sending those of recording.
    """
    rows = await conn.fetch(sql("replay"), after.tx, after.pos, list(topics), size)
    known = [row for row in rows if row["type"] in BY_TYPE]
    end = Cursor(rows[-1]["xact"], rows[-1]["pos"]) if rows else after
    return Page([_received(row, source, partition) for row in known], end, len(rows) - len(known))


def _received(row: Row, source: str, partition: PartitionOf) -> Received:
    event = Event(
        id=row["id"],
        time=row["time"],
        data=BY_TYPE[row["type"]].model_validate_json(row["data"], extra="ignore"),
        source=source,
        recorded_at=row["recorded_at"],
        traceparent=row["traceparent"],
    )
    place = (row["topic"], partition(row["topic"], row["key"].encode()), row["pos"])
    return Received(event, *place, row["recorded_at"])
