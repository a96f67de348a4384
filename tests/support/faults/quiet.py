"""Waits until everything that was accepted has gone everywhere it goes."""

from __future__ import annotations

import asyncio
import time

import asyncpg
from aiokafka.errors import KafkaError
from faults.cluster import SERVICES, Cluster
from faults.evidence import ends

from motcua_events import KafkaConfig, cluster_id
from motcua_events.errors import EventsError

CALM = 1.0
"""Seconds without anything under way before it is believed."""

UNSENT = """
select count(*) from events
left join relay_cursor on cluster_id = $1
where topic is not null and (relay_cursor.tx is null
    or (events.tx, events.pos) > (relay_cursor.tx, relay_cursor.pos))
"""
READ = "select topic, partition, next_offset from offsets where cluster_id = $1 and consumer = $2"
CONSUMERS = "select distinct consumer from offsets"


async def until_quiet(cluster: Cluster, timeout: float = 90.0) -> float:
    """The seconds it took. Raises AssertionError naming what is still under way."""
    began, calm_since = time.monotonic(), None
    while True:
        try:
            left = await _under_way(cluster)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError,
                EventsError) as error:  # fmt: skip
            left = {"out of reach": f"{type(error).__name__}: {error}"}
        now = time.monotonic()
        calm_since = None if left else calm_since or now
        if calm_since is not None and now - calm_since > CALM:
            return calm_since - began
        assert now - began < timeout, f"not quiet after {timeout:.0f} s: {left}"
        await asyncio.sleep(0.25)


async def _under_way(cluster: Cluster) -> dict[str, object]:
    current = await cluster_id(KafkaConfig(cluster.kafka.bootstrap))
    after = await ends(cluster.kafka.bootstrap)
    found: dict[str, object] = {}
    for name in (*SERVICES, "subscriber"):
        conn = await asyncpg.connect(cluster.postgres.url(name))
        try:
            found[f"{name} to send"] = await conn.fetchval(UNSENT, current)
            for row in await conn.fetch(CONSUMERS):
                read = await conn.fetch(READ, current, row["consumer"])
                found[f"{row['consumer']} to read"] = _unread(read, after)
            found |= await _own(conn, name)
        finally:
            await conn.close()
    return {what: n for what, n in found.items() if n}


def _unread(rows: list[asyncpg.Record], after: dict[tuple[str, int], int]) -> int:
    positions = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    if not positions:
        return 1
    return sum(abs(after.get(key, 0) - offset) for key, offset in positions.items())


async def _own(conn: asyncpg.Connection, name: str) -> dict[str, object]:
    if name == "scoring":
        return {"to publish": await conn.fetchval("select count(*) from dirty")}
    if name in {"workflow", "feedback"}:
        due = "select count(*) from timers where least(late_after, fires_at) < now()"
        return {f"{name} timers due": await conn.fetchval(due)}
    return {}
