"""Consumer groups on Apache Kafka: shared partitions, rebalances, and the fence between them."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import pytest

from motcua_events import (
    AiokafkaPort,
    AiokafkaProducer,
    Connection,
    Consumer,
    EventStore,
    KafkaConfig,
    Pool,
    Received,
    Relay,
)

Append = Callable[..., Awaitable[None]]
Start = Callable[..., asyncio.Task[None]]
Until = Callable[..., Awaitable[None]]

pytestmark = [pytest.mark.kafka, pytest.mark.asyncio]


async def test_a_group_shares_the_work_and_counts_every_event_once(
    pool: Pool, store: EventStore, append: Append, apache_kafka: str, start: Start, until: Until
) -> None:
    """Members come and go while events arrive; the database holds each exactly once, in order."""
    config = KafkaConfig(apache_kafka, durable=True)
    mark = uuid.uuid4().hex[:8]
    await pool.execute("create table seen (place bigint generated always as identity, id text)")

    async def apply(conn: Connection, received: Sequence[Received]) -> None:
        ids = [one.event.id for one in received if one.event.data.entity.startswith(mark)]
        await conn.executemany("insert into seen (id) values ($1)", [(each,) for each in ids])

    def member() -> tuple[Consumer, asyncio.Task[None]]:
        port = AiokafkaPort(config, mark)
        consumer = Consumer(mark, port, pool, ["intake.dossiers"], apply, max_records=50)
        return consumer, start(consumer.run())

    relay = Relay(pool, AiokafkaProducer(config), "/intake", wake=store.appended)
    start(relay.run())
    first, first_task = member()
    await until(lambda: first.lag() is not None, 60)
    for _ in range(10):
        for number in range(12):
            await append(f"{mark}-{number}", 5)
    second, _ = member()
    await until(lambda: second.lag() is not None, 60)
    for _ in range(10):
        for number in range(12):
            await append(f"{mark}-{number}", 5)
    await until(lambda: second.applied > 0, 60)
    first_task.cancel()
    await asyncio.wait([first_task], timeout=15)
    for number in range(12):
        await append(f"{mark}-{number}", 5)

    async def complete() -> bool:
        return bool(await pool.fetchval("select count(*) >= 1260 from seen"))

    await until(complete, 60)
    seen = [row["id"] for row in await pool.fetch("select id from seen order by place")]
    assert max(Counter(seen).values()) == 1
    place = {event_id: number for number, event_id in enumerate(seen)}
    for number in range(12):
        places = [place[event.id] for event in await store.load(f"dossier/{mark}-{number}")]
        assert places == sorted(places)
