"""An operator has the relay pause; the end of the connection, however it comes, ends the pause."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from motcua_events import EventStore, Pool, Relay
from motcua_events.relay import paused
from motcua_events.testing import MemoryBroker, MemoryProducer

Append = Callable[..., Awaitable[None]]
Start = Callable[..., asyncio.Task[None]]
Until = Callable[..., Awaitable[None]]


def messages(broker: MemoryBroker) -> int:
    return sum(len(log) for log in broker.logs.values())


@pytest.mark.asyncio
async def test_nothing_is_published_inside_the_block_and_everything_after_it(
    pool: Pool, store: EventStore, append: Append, broker: MemoryBroker, producer: MemoryProducer,
    start: Start, until: Until,
) -> None:  # fmt: skip
    relay = Relay(pool, producer, "/intake", wake=store.appended)
    start(relay.run())
    await append("A", 3)
    await until(lambda: messages(broker) == 3)
    async with pool.acquire() as conn, asyncio.timeout(10), paused(conn):
        assert not relay.active
        await append("A", 2)
        await asyncio.sleep(0.5)
        assert messages(broker) == 3
    await until(lambda: messages(broker) == 5)
    assert relay.active


@pytest.mark.asyncio
async def test_an_operator_whose_connection_dies_leaves_no_pause_behind(
    pool: Pool, store: EventStore, append: Append, broker: MemoryBroker, producer: MemoryProducer,
    start: Start, until: Until,
) -> None:  # fmt: skip
    start(Relay(pool, producer, "/intake", wake=store.appended).run())
    await append("A")
    await until(lambda: messages(broker) == 1)
    async with pool.acquire() as conn:
        pause = paused(conn)
        await asyncio.wait_for(pause.__aenter__(), 10)
        await append("A")
        pid = await conn.fetchval("select pg_backend_pid()")
        await pool.execute("select pg_terminate_backend($1)", pid)
        await until(lambda: messages(broker) == 2)
