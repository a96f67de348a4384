"""Migrations: several histories in one database, safe to start together."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from motcua_events import MIGRATIONS
from motcua_service import db
from motcua_service.settings import ServiceSettings

MIGRATION = """-- a table
-- depends:

-- migrate: apply

create table {name} (id integer);

-- migrate: rollback

drop table {name};
"""


def folder(path, package: str, name: str):
    made = path / package / "migrations"
    made.mkdir(parents=True)
    (made / "0001_first.sql").write_text(MIGRATION.format(name=name))
    return made


@pytest.mark.asyncio
async def test_folders_with_equal_names_keep_their_own_histories(postgres_url, tmp_path):
    dirs = [folder(tmp_path, "one", "first"), folder(tmp_path, "two", "second")]
    await db.migrate(postgres_url, dirs)
    await db.migrate(postgres_url, dirs)
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=1) as pool:
        assert await pool.fetchval("select count(*) from first, second") == 0
        assert await db.pending(pool, dirs) == []
        more = folder(tmp_path, "three", "third")
        assert await db.pending(pool, [*dirs, more]) == ["0001_first"]


@pytest.mark.asyncio
async def test_processes_that_start_together_migrate_once(postgres_url):
    dirs = [MIGRATIONS, db.SERVICE]
    await asyncio.gather(*(db.migrate(postgres_url, dirs) for _ in range(4)))
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=1) as pool:
        assert await db.pending(pool, dirs) == []


@pytest.mark.asyncio
async def test_a_failed_migration_leaves_nothing(postgres_url, tmp_path):
    dirs = [folder(tmp_path, "one", "first")]
    (dirs[0] / "0001_first.sql").write_text(
        MIGRATION.format(name="first").replace("(id integer);", "(id integer);\nselect 1 / 0;")
    )
    with pytest.raises(Exception, match="0001_first"):
        await db.migrate(postgres_url, dirs)
    conn = await asyncpg.connect(postgres_url)
    assert await conn.fetchval("select to_regclass('first')") is None
    await conn.close()


@pytest.mark.asyncio
async def test_the_pool_speaks_utc_and_closes(postgres_url):
    settings = ServiceSettings(database_url=postgres_url, kafka_bootstrap="none:1", port=0)
    pool = await db.create_pool(settings, "motcua-test")
    assert await pool.fetchval("show timezone") == "UTC"
    assert await pool.fetchval("show application_name") == "motcua-test"
    await db.close(pool)
    with pytest.raises(asyncpg.InterfaceError):
        await pool.fetchval("select 1")


@pytest.mark.asyncio
async def test_a_connection_goes_back_unasked_but_never_in_a_transaction(postgres_url):
    settings = ServiceSettings(database_url=postgres_url, kafka_bootstrap="none:1", port=0)
    pool = await db.create_pool(settings)
    asked = []
    async with pool.acquire() as conn:
        conn.add_query_logger(lambda record: asked.append(record.query))
        await conn.execute("select 1")
    assert asked == ["select 1"]
    async with pool.acquire() as conn:
        await conn.execute("begin")
    async with pool.acquire() as conn:
        assert not conn.is_in_transaction()
    await db.close(pool)


@pytest.mark.asyncio
async def test_a_pool_in_use_is_cut_rather_than_waited_for(postgres_url, monkeypatch):
    monkeypatch.setattr(db, "CLOSE_SECONDS", 0.1)
    settings = ServiceSettings(database_url=postgres_url, kafka_bootstrap="none:1", port=0)
    pool = await db.create_pool(settings)
    await pool.acquire()
    await db.close(pool)
    assert pool.is_closing()


@pytest.mark.asyncio
async def test_a_database_that_never_answers_fails_the_start(monkeypatch):
    monkeypatch.setattr(db, "WAIT_SECONDS", 0.1)
    with pytest.raises(OSError, match="Connect"):
        await db.migrate("postgresql://127.0.0.1:1/none", [])
