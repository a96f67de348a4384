"""The Idempotency-Key header: a POST sent again with the same key gets the stored answer.

The key is stored in the transaction of the events, so an answer exists exactly if its effects do.
Refused and invalid requests store nothing: they may be sent again, corrected, under the same key.
Keys are forgotten after a day. (Commands are idempotent by their ids even without a key.)
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from motcua_events import Connection, Pool

from .outcome import Outcome
from .problems import Problem

KEPT_HOURS = 24
LONGEST_KEY = 255

FIND = """
select fingerprint, status, body from idempotency_keys
where key = $1 and stored_at > now() - make_interval(hours => $2)
"""
KEEP = """
insert into idempotency_keys (key, fingerprint, status, body)
select * from unnest($1::text[], $2::bytea[], $3::integer[], $4::bytea[])
    as new (key, fingerprint, status, body)
order by key
on conflict (key) do update
set fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
    stored_at = now()
where idempotency_keys.stored_at <= now() - make_interval(hours => $5)
returning key
"""
EXPIRE = "delete from idempotency_keys where stored_at <= now() - make_interval(hours => $1)"


@dataclass(frozen=True, slots=True)
class Key:
    """An Idempotency-Key, and what makes a request the same as the one it was first used for."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that was given under a key."""

    status: int
    body: bytes

    @classmethod
    def of(cls, outcome: Outcome) -> Stored:
        """The answer to a request of this outcome."""
        return cls(201 if outcome.recorded else 200, outcome.model_dump_json().encode())


class InProgress(Exception):
    """An answer is stored under the key already, or is about to be, by another process."""


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

    async def find(self, key: Key) -> Stored | None:
        """The answer given under the key. Raises Problem 422 if it was for another request."""
        row = await self._pool.fetchrow(FIND, key.key, KEPT_HOURS)
        if row is None:
            return None
        if row["fingerprint"] != key.fingerprint:
            raise Problem(
                422, "The Idempotency-Key was used for another request",
                "Use a new key for a new request, or send the former request unchanged.",
            )  # fmt: skip
        return Stored(row["status"], row["body"])

    async def keep(self, conn: Connection, answers: Sequence[tuple[Key, Outcome]]) -> None:
        """Store answers in the caller's transaction. Raises InProgress if one's key is taken."""
        rows = [
            (key.key, key.fingerprint, stored.status, stored.body)
            for key, stored in ((key, Stored.of(outcome)) for key, outcome in answers)
        ]
        kept = await conn.fetch(KEEP, *map(list, zip(*rows, strict=True)), KEPT_HOURS)
        if len(kept) < len(rows):
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
