"""A database restored into a cluster with lower transaction ids works again once adopted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from motcua_events import EventStore, Pool, Relay, VersionConflict
from motcua_events.restore import adopt
from motcua_events.testing import MemoryBroker, MemoryProducer

Append = Callable[..., Awaitable[None]]
Start = Callable[..., asyncio.Task[None]]
Until = Callable[..., Awaitable[None]]

AHEAD = "update events set tx = (tx::text::bigint + 1000000000)::text::xid8"
"""As if the events came from a cluster that has seen a thousand million transactions more."""


def messages(broker: MemoryBroker) -> int:
    return sum(len(log) for log in broker.logs.values())


async def ids(pool: Pool) -> list[str]:
    return [row["id"] for row in await pool.fetch("select id from events order by tx, pos")]


@pytest.mark.asyncio
async def test_without_adoption_appends_are_refused_and_events_hidden(
    pool: Pool, append: Append, store: EventStore, broker: MemoryBroker, producer: MemoryProducer,
    start: Start,
) -> None:  # fmt: skip
    await append("A", 3)
    await pool.execute(AHEAD)
    with pytest.raises(VersionConflict):
        await append("A")
    start(Relay(pool, producer, "/intake").run())
    await asyncio.sleep(0.3)
    assert messages(broker) == 0
    assert len([event async for event in store.scan()]) == 0


@pytest.mark.asyncio
async def test_after_adoption_it_appends_and_publishes_everything_in_the_same_order(
    pool: Pool, append: Append, store: EventStore, broker: MemoryBroker, producer: MemoryProducer,
    start: Start, until: Until,
) -> None:  # fmt: skip
    for number in range(30):
        await append(f"D{number % 7}", 1 + number % 3)
    await pool.execute("update events set tx = '7000' where stream = 'dossier/D3'")
    await pool.execute(AHEAD)
    before = await ids(pool)
    await pool.execute(
        "insert into relay_cursor (cluster_id, tx, pos) values ('first', '9999999999', 5)"
    )
    await pool.execute(
        "insert into offsets (consumer, topic, partition, cluster_id, next_offset)"
        " values ('notes', 'intake.dossiers', 0, 'first', 12)"
    )

    async with pool.acquire() as conn:
        assert await adopt(conn) == len(before)
        assert await adopt(conn) == len(before)  # harmless when repeated

    assert await ids(pool) == before
    assert await pool.fetchval("select count(*) from offsets") == 0
    await append("D3", 2)
    await append("new")
    assert (await ids(pool))[: len(before)] == before
    assert await pool.fetchval("select count(distinct pos) = count(*) from events")
    start(Relay(pool, producer, "/intake").run())
    await until(lambda: messages(broker) == len(before) + 3)
    versions = await pool.fetch(
        "select version from events where stream = 'dossier/D3' order by pos"
    )
    assert [row["version"] for row in versions] == list(range(1, len(versions) + 1))


@pytest.mark.asyncio
async def test_an_empty_database_is_adopted_too(pool: Pool, append: Append) -> None:
    async with pool.acquire() as conn:
        assert await adopt(conn) == 0
    await append("A")
    assert await pool.fetchval("select pos from events") == 1
