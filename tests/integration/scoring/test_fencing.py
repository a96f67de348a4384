"""Two projectors under one name: whoever lost its partitions changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest
import scoring_events as given
from scoring_database import apply as apply_batch
from scoring_database import snapshot

from motcua_events import Connection, Consumer, Event, Fenced, Received, VersionConflict, encode
from motcua_events.contracts import SCORING_TOPICS
from motcua_events.testing import MemoryBroker, MemoryPort, MemoryProducer
from motcua_scoring import projector
from motcua_scoring.delta import State, delta, move
from motcua_scoring.facts import Entity
from motcua_scoring.projector_rows import Overtaken, save


async def _told(broker: MemoryBroker, *events: Event) -> None:
    producer = MemoryProducer(broker)
    await producer.start()
    await producer.ensure(SCORING_TOPICS)
    await producer.send([encode(event) for event in events])


def _offsets(pool: asyncpg.Pool) -> object:
    return pool.fetchval("select sum(next_offset) from offsets")


async def _until(pool: asyncpg.Pool, read: int) -> None:
    async with asyncio.timeout(10):
        while await _offsets(pool) != read:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_the_zombie_is_rolled_back_and_effects_count_once(pool: asyncpg.Pool) -> None:
    broker = MemoryBroker()
    await _told(broker, given.received(), given.resolved("2020-03-10 09:00"))
    held, free = asyncio.Event(), asyncio.Event()
    outcomes: list[str] = []

    async def slow(conn: Connection, batch: Sequence[Received]) -> None:
        held.set()
        await free.wait()
        await projector.apply(conn, batch)
        outcomes.append("applied")

    zombie = Consumer("projector", MemoryPort(broker), pool, SCORING_TOPICS, slow)
    heir = Consumer("projector", MemoryPort(broker), pool, SCORING_TOPICS, projector.apply)
    tasks = [asyncio.create_task(zombie.run())]
    await held.wait()
    tasks.append(asyncio.create_task(heir.run()))
    await _until(pool, 2)
    before = await snapshot(pool)

    free.set()
    async with asyncio.timeout(10):
        while zombie.lag() != 0:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert outcomes == ["applied"]
    assert zombie.applied == 0
    assert await snapshot(pool) == before
    assert await pool.fetchval("select max(revision) from entities") == 1


@pytest.mark.asyncio
async def test_an_entity_inserted_by_another_meanwhile_is_not_overwritten(
    pool: asyncpg.Pool,
) -> None:
    mine = given.received()
    late = projector.by_entity([_arrived(mine)])[Entity("dossier", "D-1")]
    stale = move(Entity("dossier", "D-1"), State(), late, mine.recorded_at)
    assert stale is not None
    await apply_batch(pool, [given.resolved("2020-03-10 09:00")])

    with pytest.raises(Overtaken):
        async with pool.acquire() as conn, conn.transaction():
            await save(conn, [stale], delta([stale]))

    await apply_batch(pool, [mine])
    facts = await pool.fetchval("select facts::text from entities where kind = 'dossier'")
    assert "dossier.resolved.v1" in facts
    assert "dossier.received.v1" in facts


def _arrived(event: Event) -> Received:
    return Received(event, "intake.dossiers", 0, 0, event.recorded_at)


def test_being_overtaken_is_tried_again_by_the_consumer() -> None:
    assert issubclass(Overtaken, VersionConflict)
    assert not issubclass(Overtaken, Fenced)
