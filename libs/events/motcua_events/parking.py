"""What operators do about parked messages: look, order them to be applied again, discard.

Orders are rows: the running consumer carries them out between two batches, with its own ``apply``,
in one transaction per key. Who did what, when and why stays in the table ``parked_audit``, with the
content of every message that was discarded or superseded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ._batch import Behind
from ._sql import sql
from ._types import Connection, Pool, Row
from .errors import EventsError, UnknownType

STATES = {UnknownType.__name__: "waiting for newer code", Behind.__name__: "behind"}
"""What kinds of parked messages there are beside poison, by the name of the error."""


class NotParked(EventsError):
    """No parked message has that number."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked message. ``headers`` and ``key`` as text; what is not UTF-8 is escaped."""

    id: int
    consumer: str
    topic: str
    partition: int
    offset: int
    key: str | None
    headers: dict[str, str]
    value: bytes | None
    sent_at: datetime
    error: str
    reason: str
    first_seen: datetime
    last_seen: datetime
    attempts: int
    retry_by: str | None

    @property
    def state(self) -> str:
        """``poison``, ``behind`` an earlier one of its key, or ``waiting for newer code``."""
        return STATES.get(self.error, "poison")

    @property
    def type(self) -> str:
        """The CloudEvents type, as far as one is given."""
        return self.headers.get("ce_type", "")

    @property
    def event_id(self) -> str:
        """The CloudEvents id, as far as one is given."""
        return self.headers.get("ce_id", "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit trail: who did what to which message, when and why."""

    id: int
    at: datetime
    actor: str
    action: str
    why: str
    parked_id: int
    consumer: str
    topic: str
    partition: int
    offset: int
    key: str | None
    error: str
    reason: str


async def parked(
    db: Connection | Pool,
    *,
    consumer: str | None = None,
    topic: str | None = None,
    limit: int = 1000,
) -> list[Parked]:
    """The parked messages of a database in the order of parking, at most ``limit``."""
    return [
        _parked(row) for row in await db.fetch(sql("parked_list"), consumer, topic, None, limit)
    ]


async def find(db: Connection | Pool, number: int) -> Parked:
    """One parked message. Raises NotParked."""
    rows = await db.fetch(sql("parked_list"), None, None, number, 1)
    if not rows:
        raise NotParked(f"no message {number} is parked here")
    return _parked(rows[0])


async def history(
    db: Connection | Pool, number: int | None = None, limit: int = 1000
) -> list[Entry]:
    """The audit trail of one message, or of all, latest first."""
    rows = await db.fetch(sql("parked_history"), number, limit)
    return [Entry(**{**row, "key": _text(row["key"])}) for row in rows]


async def retry(conn: Connection, number: int, actor: str, why: str) -> int:
    """Orders a message's key to be applied again, from its first parked message on.

    Returns the number of that first message; the audit trail tells what came of it (``applied`` or
    ``failed``). Raises NotParked.
    """
    async with conn.transaction():
        head: int | None = await conn.fetchval(sql("parked_order"), number, actor, why)
        if head is None:
            raise NotParked(f"no message {number} is parked here")
        await conn.execute(sql("parked_note"), [head], actor, "retry", why)
    return head


async def discard(conn: Connection, number: int, actor: str, why: str) -> None:
    """Gives a message up for good; those behind it are applied by the consumer within a second.

    The audit trail keeps its content. Raises NotParked, and ValueError without a reason.
    """
    if not why.strip():
        raise ValueError("discarding needs a reason")
    done = await conn.execute(sql("parked_leave"), [number], actor, "discarded", why)
    if done == "INSERT 0 0":
        raise NotParked(f"no message {number} is parked here")


async def discarded(db: Connection | Pool) -> set[str]:
    """The CloudEvents ids of messages that were given up: whoever replays leaves them out."""
    rows = await db.fetch(sql("parked_discarded"))
    return {_headers(row).get("ce_id", "") for row in rows}


def _headers(row: Row) -> dict[str, str]:
    pairs = zip(row["header_names"], row["header_values"], strict=True)
    return {name: _text(value) or "" for name, value in pairs}


def _parked(row: Row) -> Parked:
    taken = ("header_names", "header_values", "cluster_id", "key")
    rest = {name: value for name, value in row.items() if name not in taken}
    return Parked(**rest, key=_text(row["key"]), headers=_headers(row))


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode(errors="backslashreplace")
