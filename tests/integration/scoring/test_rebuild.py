"""The projection rebuilt from the event stores: equal, or taking over, while all goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest
import pytest_asyncio
import scoring_events as given
from scoring_database import apply, publisher, snapshot

from motcua_events import Change, Event, EventStore, parking
from motcua_scoring.rebuild import LOCK, NotRebuilt, Rebuild, Rebuilt
from motcua_scoring.rebuild_tables import DICTIONARIES, found

EVENTS = [
    given.registered("H53.1"),
    given.received(),
    given.resolved("2020-03-10 09:00"),
    given.corrected("2020-03-11", sector="hộ-tịch"),
]


@pytest_asyncio.fixture
async def source(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """Another database with an event store, as the publishing service has it."""
    name = f"s{await pool.fetchval('select current_database()')}"
    await pool.execute(f'create database "{name}"')
    [address] = pool._connect_args
    url = str(address).replace(f"/{name[1:]}?", f"/{name}?")
    made = await asyncpg.create_pool(url, min_size=1, max_size=3)
    from pogo_core.util import migrate  # noqa: PLC0415

    from motcua_events import MIGRATIONS  # noqa: PLC0415

    async with made.acquire() as conn:
        await migrate.apply(conn, MIGRATIONS, schema_name="public")
    yield made
    await made.close()
    await pool.execute(f'drop database "{name}" with (force)')


async def recorded(source: asyncpg.Pool, events: Sequence[Event]) -> list[Event]:
    """The events as the store has them, after recording these too."""
    store = EventStore(source, "/intake")
    changes = [Change(event.data, event.time, event.id) for event in events]
    streams = {event.data.stream for event in events}
    await store.execute(streams, lambda _: (changes, None), traceparent=None)
    return [event async for event in store.scan()]


async def summed(pool: asyncpg.Pool) -> dict[str, list[tuple[object, ...]]]:
    """What the projection says, whatever the shards."""
    async with pool.acquire() as conn:
        tables = [one for one in await found(conn) if not one.name.startswith(DICTIONARIES)]
    return {
        one.name: sorted(tuple(row) for row in await pool.fetch(one.content("public")))
        for one in tables
    }


async def rebuilt(pool: asyncpg.Pool, source: asyncpg.Pool, **more: bool) -> Rebuilt:
    async with pool.acquire() as conn, source.acquire() as reading:
        return await Rebuild(conn, {"intake": reading}, **more).run()


async def clean(pool: asyncpg.Pool) -> bool:
    schemas = await pool.fetchval("select count(*) from pg_namespace where nspname = 'rebuild'")
    locks = await pool.fetchval("select count(*) from pg_locks where objid = $1::bigint::oid", LOCK)
    return (schemas, locks) == (0, 0)


@pytest.mark.asyncio
async def test_a_sound_projection_is_proved_equal_and_left_alone(
    pool: asyncpg.Pool, source: asyncpg.Pool
) -> None:
    await apply(pool, await recorded(source, EVENTS))
    before = await snapshot(pool)
    rows = await pool.fetch("select xmin, ctid from entities order by kind, id")
    outcome = await rebuilt(pool, source)
    assert (outcome.events, outcome.ahead, outcome.left_out) == (4, 0, {})
    assert outcome.differences.equal, outcome.differences
    assert not outcome.taken_over
    assert await snapshot(pool) == before
    assert await pool.fetch("select xmin, ctid from entities order by kind, id") == rows
    assert await clean(pool)


@pytest.mark.asyncio
async def test_what_the_live_one_has_still_to_receive_is_applied_to_it_once(
    pool: asyncpg.Pool, source: asyncpg.Pool
) -> None:
    stored = await recorded(source, EVENTS)
    await apply(pool, stored[:2])
    await publisher(pool).round()
    outcome = await rebuilt(pool, source)
    assert outcome.differences.equal, outcome.differences
    assert outcome.ahead > 0
    now = await summed(pool)
    assert await publisher(pool).round() > 0  # it is marked as if the events had come
    await apply(pool, stored)  # and here they come
    assert await summed(pool) == now


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "damage",
    [
        "update tallies set n = n + 1",
        "delete from places",
        "delete from entities where kind = 'dossier'",
        "update entities set facts = '[]' where kind = 'dossier'",
        'update catalogue set data = (data::jsonb || \'{"level": "district"}\')::json',
    ],
)
async def test_a_damaged_projection_is_told_and_replaced_only_when_asked(
    pool: asyncpg.Pool, source: asyncpg.Pool, damage: str
) -> None:
    await apply(pool, await recorded(source, EVENTS))
    whole = await summed(pool)
    while await publisher(pool).round():
        pass
    await pool.execute(damage)
    damaged = await summed(pool)

    told = await rebuilt(pool, source)
    if not told.differences.equal:
        assert await summed(pool) == damaged
        done = await rebuilt(pool, source, take_over=True)
        assert done.taken_over
    assert await summed(pool) == whole
    assert (await rebuilt(pool, source)).differences.equal
    assert await clean(pool)
    await apply(pool, [given.resolved("2020-03-20 09:00")])
    assert await summed(pool) != whole


@pytest.mark.asyncio
async def test_what_was_discarded_stays_discarded(pool: asyncpg.Pool, source: asyncpg.Pool) -> None:
    stored = await recorded(source, EVENTS)
    await apply(pool, stored[:2])
    for event in stored[2:]:
        await pool.execute(
            'insert into parked (consumer, cluster_id, topic, partition, "offset", header_names,'
            " header_values, sent_at, error, reason) values ('p', 'c', 't', 0, (select count(*)"
            " from parked), '{ce_id}', array[$1::bytea], now(), 'X', 'x')",
            event.id.encode(),
        )
    async with pool.acquire() as conn:
        for one in await parking.parked(conn):
            await parking.discard(conn, one.id, "hoa", "not ours")
    outcome = await rebuilt(pool, source)
    assert (outcome.ahead, outcome.differences.equal) == (0, True)


@pytest.mark.asyncio
async def test_one_rebuild_at_a_time_and_only_by_the_code_that_counts(
    pool: asyncpg.Pool, source: asyncpg.Pool
) -> None:
    async with pool.acquire() as other:
        await other.execute("select pg_advisory_lock($1)", LOCK)
        with pytest.raises(NotRebuilt, match="another rebuild"):
            await rebuilt(pool, source)
        await other.execute("select pg_advisory_unlock($1)", LOCK)
    await pool.execute("update counting set version = 'other'")
    with pytest.raises(Exception, match="counted"):
        await rebuilt(pool, source)
    assert await clean(pool)


@pytest.mark.asyncio
async def test_reading_and_writing_go_on_meanwhile(
    pool: asyncpg.Pool, source: asyncpg.Pool
) -> None:
    stored = await recorded(source, EVENTS)
    await apply(pool, stored)
    await pool.execute("update tallies set n = n + 7")
    slowest = 0.0

    async def reading(until: asyncio.Task[Rebuilt]) -> None:
        nonlocal slowest
        while not until.done():
            began = asyncio.get_running_loop().time()
            await pool.fetch("select * from measures")
            slowest = max(slowest, asyncio.get_running_loop().time() - began)
            await asyncio.sleep(0)

    task = asyncio.create_task(rebuilt(pool, source, take_over=True))
    await reading(task)
    assert (await task).taken_over
    assert slowest < 1
