"""Copied rows are the originals under another mark, whatever columns there are."""

from __future__ import annotations

import asyncpg
import pytest

from benchmarks.cloning import Cloning
from benchmarks.year import mark

TABLES = """
create table entities (kind text, id text, facts json, packed bytea, primary key (kind, id));
create table places (agency text, id text, tags text[], bundle bytea, primary key (agency, id));
create table tallies (agency text, bundle bytea, n bigint, primary key (agency, bundle));
create index places_by_id on places (id);
insert into tallies values ('A', 'b', 1);
"""
FIRST = f"""
insert into entities values
    ('dossier', 'H-{mark(0)}-1', '["x-f00d00000000", "H-{mark(0)}-1"]', 'H-{mark(0)} f00d00000000'),
    ('agency', 'A', '[]', '');
insert into places values ('A', 'H-{mark(0)}-1', '{{H-{mark(0)}-1,same}}', 'b');
insert into tallies values ('A', 'b', 2), ('B', 'b', 1)
    on conflict (agency, bundle) do update set n = tallies.n + excluded.n;
"""
KEYS = """
select conname from pg_constraint
where contype = 'p' and connamespace = 'public'::regnamespace
"""


async def started(url: str) -> Cloning:
    conn, cloning = await asyncpg.connect(url), Cloning(url)
    await conn.execute(TABLES)
    await cloning.before()
    await conn.execute(FIRST)
    await cloning.originals()
    await conn.close()
    return cloning


@pytest.mark.asyncio
async def test_the_mark_is_replaced_wherever_it_stands(postgres_url: str) -> None:
    cloning = await started(postgres_url)
    await cloning.copy(1, 5)
    conn = await asyncpg.connect(postgres_url)
    assert await conn.fetchval("select count(*) from entities") == 7
    one = await conn.fetchrow("select * from entities where id like '%' || $1 || '%'", mark(3))
    assert one["facts"] == f'["x-f00d00000003", "H-{mark(3)}-1"]'
    assert one["packed"] == f"H-{mark(3)} f00d00000003".encode()
    place = await conn.fetchrow("select * from places where id like '%' || $1 || '%'", mark(5))
    assert (place["tags"], place["bundle"]) == ([f"H-{mark(5)}-1", "same"], b"b")
    await conn.close()


@pytest.mark.asyncio
async def test_counters_grow_by_what_is_copied_and_nothing_else(postgres_url: str) -> None:
    cloning = await started(postgres_url)
    await cloning.copy(1, 5)
    await cloning.copy(6, 5)
    await cloning.copy(6, 9)
    conn = await asyncpg.connect(postgres_url)
    rows = await conn.fetch("select agency, n from tallies order by agency")
    assert [tuple(row) for row in rows] == [("A", 1 + 2 * 10), ("B", 10)]
    await conn.close()


@pytest.mark.asyncio
async def test_keys_and_indexes_are_there_again(postgres_url: str) -> None:
    cloning = await started(postgres_url)
    await cloning.copy(1, 2)
    conn = await asyncpg.connect(postgres_url)
    keys = {row["conname"] for row in await conn.fetch(KEYS)}
    assert keys == {"entities_pkey", "places_pkey", "tallies_pkey"}
    assert await conn.fetchval("select count(*) from pg_indexes where indexname = 'places_by_id'")
    await conn.close()


@pytest.mark.asyncio
async def test_a_difference_is_found(postgres_url: str) -> None:
    cloning = await started(postgres_url)
    assert await cloning.content(postgres_url) == []
    conn = await asyncpg.connect(postgres_url)
    await conn.execute("create database other")
    other = postgres_url.replace(await conn.fetchval("select current_database()"), "other")
    there = await asyncpg.connect(other)
    await there.execute(TABLES + FIRST + "update places set tags = '{}'")
    assert await cloning.content(other) == ["places"]
    await there.close()
    await conn.execute("drop database other with (force)")
    await conn.close()
