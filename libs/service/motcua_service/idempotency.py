"""The Idempotency-Key header: a POST sent again with the same key gets the stored answer.

The key is stored in the transaction of the events, so an answer exists exactly if its effects do.
Refused and invalid requests store nothing: they may be sent again, corrected, under the same key.
Keys are forgotten after a day. (Commands are idempotent by their ids even without a key.)
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from motcua_events import Connection, Pool

from .problems import Problem

KEPT_HOURS = 24
LONGEST_KEY = 255

FIND = """
select fingerprint, status, body from idempotency_keys
where key = $1 and stored_at > now() - make_interval(hours => $2)
"""
KEEP = """
insert into idempotency_keys (key, fingerprint, status, body)
values ($1, $2, $3, $4)
on conflict (key) do update
set fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
    stored_at = now()
where idempotency_keys.stored_at <= now() - make_interval(hours => $5)
returning key
"""
EXPIRE = "delete from idempotency_keys where stored_at <= now() - make_interval(hours => $1)"


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that was given under a key."""

    status: int
    body: bytes


class InProgress(Exception):
    """Another request with this key finished first, in another process."""


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """What makes two requests the same one: method, path and body."""
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).digest()


class IdempotencyKeys:
    """The keys of one service."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._busy: set[str] = set()

    @contextmanager
    def claimed(self, key: str) -> Iterator[None]:
        """Hold the key while its request runs. Raises Problem 400 (no key), 409 (in progress)."""
        if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            raise Problem(
                400, "The Idempotency-Key is not valid",
                f"Give 1 to {LONGEST_KEY} printable characters, a UUID for example.",
            )  # fmt: skip
        if key in self._busy:
            raise in_progress()
        self._busy.add(key)
        try:
            yield
        finally:
            self._busy.discard(key)

    async def find(self, key: str, print_: bytes) -> Stored | None:
        """The answer given under the key. Raises Problem 422 if it was for another request."""
        row = await self._pool.fetchrow(FIND, key, KEPT_HOURS)
        if row is None:
            return None
        if row["fingerprint"] != print_:
            raise Problem(
                422, "The Idempotency-Key was used for another request",
                "Use a new key for a new request, or send the former request unchanged.",
            )  # fmt: skip
        return Stored(row["status"], row["body"])

    async def keep(self, conn: Connection, key: str, print_: bytes, answer: Stored) -> None:
        """Store the answer in the caller's transaction. Raises InProgress if the key is taken."""
        kept = await conn.fetchval(KEEP, key, print_, answer.status, answer.body, KEPT_HOURS)
        if kept is None:
            raise InProgress

    async def expire(self) -> None:
        """Forget old keys, now and every hour, until cancelled."""
        while True:
            await self._pool.execute(EXPIRE, KEPT_HOURS)
            await asyncio.sleep(3600)


def in_progress() -> Problem:
    """The 409 for a key whose request is still running."""
    return Problem(
        409, "A request with this Idempotency-Key is in progress",
        "Wait for its answer, or ask again in a moment.", headers={"retry-after": "1"},
    )  # fmt: skip
