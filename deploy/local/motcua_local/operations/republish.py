"""``motcua republish``: a service's events are published again, from the first on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from motcua_events._sql import sql
from motcua_events.relay import republish
from motcua_local.errors import LocalError
from motcua_local.progress import Amount

from .databases import Connection, databases

PATIENCE = 30.0
"""Seconds without any progress after which waiting is given up; the relay goes on all the same."""

TOPICS = "select distinct topic from events where topic is not null order by topic"


async def republished(data: Path, service: str, topic: str | None, told: Amount) -> int:
    """Sends the relay back to the first event and waits until it is through again.

    The position it has published up to. Raises LocalError for a topic that the service has no
    events for, and when nothing moves.
    """
    async with databases(data, (service,)) as (_, found):
        conn = found[service]
        topics = [row["topic"] for row in await conn.fetch(TOPICS)]
        if topic is not None and topic not in topics:
            known = ", ".join(topics) or "none"
            raise LocalError(f"{service} has no events for {topic!r}; it has: {known}", code=2)
        await republish(conn, topic)
        return await _through(conn, told)


async def _through(conn: Connection, told: Amount) -> int:
    moved, before = time.monotonic(), -1
    while time.monotonic() - moved < PATIENCE:
        row = await conn.fetchrow(sql("relay_progress"))
        assert row is not None
        done, last = row["done"], row["last"]
        told(done, last)
        if done >= last:
            return int(done)
        if done != before:
            moved, before = time.monotonic(), done
        await asyncio.sleep(0.05)
    raise LocalError(f"the relay stands still at {before} of {last}; is the service well?")
