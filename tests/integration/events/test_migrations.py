"""The migrations apply, roll back and apply again; and the statements fit their tables."""

from __future__ import annotations

import asyncpg
import pytest
from pogo_core.util import migrate

from motcua_events import MIGRATIONS, Pool
from motcua_events._sql import _FOLDER, sql

TABLES = "select count(*) from pg_tables where schemaname = 'public' and tablename !~ '^_pogo'"


@pytest.mark.asyncio
async def test_migrations_go_down_and_up(postgres_url: str) -> None:
    conn = await asyncpg.connect(postgres_url)
    await migrate.apply(conn, MIGRATIONS, schema_name="public")
    assert await conn.fetchval(TABLES) == 4
    await migrate.rollback(conn, MIGRATIONS, schema_name="public")
    assert await conn.fetchval(TABLES) == 0
    await migrate.apply(conn, MIGRATIONS, schema_name="public")
    await migrate.apply(conn, MIGRATIONS, schema_name="public")
    assert await conn.fetchval(TABLES) == 4
    await conn.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("name", sorted(path.stem for path in _FOLDER.glob("*.sql")))
async def test_each_statement_is_sound_and_says_what_it_does(pool: Pool, name: str) -> None:
    assert sql(name).startswith("-- ")
    async with pool.acquire() as conn:
        await conn.prepare(sql(name))
