"""Reading ahead: the next batch is decoded while the one before is applied, and never too early."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence

import pytest

from motcua_events import (
    Change,
    Connection,
    Consumer,
    Event,
    Pool,
    Received,
    TopicPartition,
    encode,
)
from motcua_events._ids import new_id
from motcua_events.ports import Record
from motcua_events.testing import MemoryBroker, MemoryPort, MemoryProducer

Make = Callable[..., Change]
Start = Callable[[Coroutine[object, object, None]], asyncio.Task[None]]
Until = Callable[..., Awaitable[None]]

TOPIC = "intake.dossiers"


class Watched(MemoryPort):
    """Counts the messages it has handed out."""

    polled = 0

    async def poll(
        self,
        *,
        timeout: float,
        max_records: int,
        partitions: Collection[TopicPartition] | None = None,
    ) -> dict[TopicPartition, Sequence[Record]]:
        found = await super().poll(timeout=timeout, max_records=max_records, partitions=partitions)
        self.polled += sum(map(len, found.values()))
        return found


class Held:
    """Applies nothing before it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.applied: list[str] = []
        self.done: list[str] = []

    async def apply(self, conn: Connection, received: Sequence[Received]) -> None:
        await self.go.wait()
        await conn.execute("select 1")
        self.applied += [one.event.id for one in received]

    async def after(self, received: Sequence[Received]) -> None:
        self.done += [one.event.id for one in received]


async def _published(broker: MemoryBroker, change: Make, count: int) -> list[str]:
    producer = MemoryProducer(broker)
    await producer.start()
    await producer.ensure([TOPIC])
    made = [change("A", number) for number in range(count)]
    events = [Event(new_id(), one.time, one.data, "/intake", one.time) for one in made]
    await producer.send([encode(event) for event in events])
    return [event.id for event in events]


@pytest.mark.asyncio
async def test_one_batch_is_read_ahead_and_applied_in_its_turn(
    pool: Pool, broker: MemoryBroker, change: Make, start: Start, until: Until
) -> None:  # fmt: skip
    port, held = Watched(broker), Held()
    consumer = Consumer("ahead", port, pool, [TOPIC], held.apply, after_commit=held.after,
                        max_records=10)  # fmt: skip
    sent = await _published(broker, change, 50)
    start(consumer.run())
    await until(lambda: port.polled == 20)
    await asyncio.sleep(0.1)
    assert port.polled == 20
    assert held.applied == []

    held.go.set()
    await until(lambda: consumer.applied == 50)
    assert held.done == sent


@pytest.mark.asyncio
async def test_what_was_read_ahead_is_dropped_when_the_batch_before_is_fenced(
    pool: Pool, broker: MemoryBroker, change: Make, start: Start, until: Until
) -> None:  # fmt: skip
    port, held = Watched(broker), Held()
    consumer = Consumer("ahead", port, pool, [TOPIC], held.apply, after_commit=held.after,
                        max_records=10)  # fmt: skip
    sent = await _published(broker, change, 50)
    start(consumer.run())
    await until(lambda: port.polled == 20)
    await pool.execute("update offsets set next_offset = 5 where next_offset = 0")

    held.go.set()
    await until(lambda: consumer.applied == 45)
    assert held.done == sent[5:]
    assert consumer.lag() == 0
