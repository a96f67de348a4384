"""More dossiers in scoring's tables without replay: copies of real rows, made by PostgreSQL.

A copy differs from the original by its mark (see year.py), which is replaced wherever it stands;
columns are read from the catalogue, so that a new one is copied too. Counters of the copied
dossiers are added as often as they are copied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from .year import ID_MARK, mark

COPIED = ("entities", "places")
SUMMED = "tallies"
AT_ONCE = 3
"""Connections that copy side by side."""

ASIDE = ("revision", "arrivals")
"""Columns that say how and when events came, not what they said."""

COLUMNS = """
select a.attname as name, t.typname as type
from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = $1::text::regclass and a.attnum > 0 and not a.attisdropped
    and a.attidentity = '' and a.attgenerated = ''
order by a.attnum
"""
CONSTRAINTS = """
select conname as name, pg_get_constraintdef(oid) as told from pg_constraint
where conrelid = $1::text::regclass and contype in ('p', 'u')
"""
INDEXES = """
select c.relname as name, pg_get_indexdef(c.oid) as told
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = $1::text::regclass
    and not exists (select from pg_constraint where conindid = i.indexrelid)
"""
FASTER = """
set maintenance_work_mem = '1GB'; set max_parallel_maintenance_workers = 3;
set synchronous_commit = off; set work_mem = '64MB'
"""


@dataclass(frozen=True, slots=True)
class Cloning:
    """A scoring database of which one copy of the dossiers is there."""

    url: str

    async def before(self) -> None:
        """To be called before the first copy is projected: remembers the counters."""
        await self._run("create schema bench", f"create table bench.before as table {SUMMED}")

    async def originals(self) -> None:
        """To be called when the first copy is projected, and nothing else: remembers its rows."""
        conn = await asyncpg.connect(self.url)
        key = [name for name, _ in await _columns(conn, SUMMED) if name != "n"]
        marked = f"where id like '%{mark(0)}%'"
        for table in COPIED:
            await conn.execute(f"create table bench.{table} as select * from {table} {marked}")
        await conn.execute(
            f"create table bench.added as select {', '.join(key)}, t.n - coalesce(b.n, 0) as n"
            f" from {SUMMED} t left join bench.before b using ({', '.join(key)})"
            " where t.n <> coalesce(b.n, 0)"
        )
        await conn.close()

    async def copy(self, first: int, last: int) -> None:
        """Make copies ``first`` to ``last``; constraints and indexes are made anew afterwards."""
        if last < first:
            return
        conn = await asyncpg.connect(self.url, command_timeout=None)
        await conn.execute(FASTER)
        for table in COPIED:
            told = [*await conn.fetch(CONSTRAINTS, table)], [*await conn.fetch(INDEXES, table)]
            await _drop(conn, table, *told)
            await self._copy(conn, table, first, last)
            await _restore(conn, table, *told)
        await _count(conn, last - first + 1)
        for table in (*COPIED, SUMMED):
            await conn.execute(f"alter table {table} set (autovacuum_enabled = false)")
            await conn.execute(f"analyze {table}")
        await conn.execute("checkpoint")
        await conn.close()

    async def content(self, others: str) -> list[str]:
        """Tables of which this database and another say different things."""
        mine, theirs = await asyncpg.connect(self.url), await asyncpg.connect(others)
        different = []
        for table in (*COPIED, SUMMED):
            columns = [name for name, _ in await _columns(mine, table) if name not in ASIDE]
            query = f"select row({', '.join(columns)})::text as said from {table} order by 1"
            if await mine.fetch(query) != await theirs.fetch(query):
                different.append(table)
        await mine.close()
        await theirs.close()
        return different

    async def as_far_as(self, others: str) -> None:
        """Take over how far another database's scoring has read."""
        mine, theirs = await asyncpg.connect(self.url), await asyncpg.connect(others)
        rows = await theirs.fetch("select * from offsets where consumer = 'scoring.projector'")
        await mine.execute("delete from offsets where consumer = 'scoring.projector'")
        await mine.copy_records_to_table("offsets", records=map(tuple, rows))
        await mine.close()
        await theirs.close()

    async def _copy(self, conn: Any, table: str, first: int, last: int) -> None:
        columns = await _columns(conn, table)
        said = ", ".join(_copied(name, kind) for name, kind in columns)
        names = ", ".join(name for name, _ in columns)
        step = -(-(last - first + 1) // AT_ONCE)
        await asyncio.gather(*(
            self._run(
                FASTER,
                f"insert into {table} ({names}) select {said} from (select"
                f" '~' || lpad(n::text, 8, '0') as mark, '{ID_MARK}' || lpad(n::text, 8, '0') as id"
                f" from generate_series({low}, {min(last, low + step - 1)}) as n) as copy"
                f" cross join bench.{table} as original",
            )
            for low in range(first, last + 1, step)
        ))  # fmt: skip

    async def _run(self, *statements: str) -> None:
        conn = await asyncpg.connect(self.url, command_timeout=None)
        for statement in statements:
            await conn.execute(statement)
        await conn.close()


async def _columns(conn: Any, table: str) -> list[tuple[str, str]]:
    return [(row["name"], row["type"]) for row in await conn.fetch(COLUMNS, table)]


def _copied(name: str, kind: str) -> str:
    """The expression for a column of a copy."""
    column = f"original.{name}"
    old = f"'{ID_MARK}{0:08d}'"
    match kind:
        case "text" | "json" | "jsonb" | "_text":
            text = f"replace({column}::text, '{mark(0)}', copy.mark)"
            return f"replace({text}, {old}, copy.id)::{kind}"
        case "bytea" if name != "bundle":
            told = f"replace(encode({column}, 'hex'), encode('{mark(0)}', 'hex'), {_hex('mark')})"
            told = f"replace({told}, encode({old}, 'hex'), {_hex('id')})"
            return f"decode(replace({told}, {old}, copy.id), 'hex')"
        case _:
            return column


def _hex(name: str) -> str:
    return f"encode(convert_to(copy.{name}, 'utf8'), 'hex')"


Told = Sequence[Any]


async def _drop(conn: Any, table: str, constraints: Told, indexes: Told) -> None:
    for row in constraints:
        await conn.execute(f"alter table {table} drop constraint {row['name']}")
    for row in indexes:
        await conn.execute(f"drop index {row['name']}")


async def _restore(conn: Any, table: str, constraints: Told, indexes: Told) -> None:
    for row in constraints:
        await conn.execute(f"alter table {table} add constraint {row['name']} {row['told']}")
    for row in indexes:
        await conn.execute(row["told"])


async def _count(conn: Any, times: int) -> None:
    columns = [name for name, _ in await _columns(conn, SUMMED)]
    key = ", ".join(name for name in columns if name != "n")
    await conn.execute(
        f"insert into {SUMMED} ({key}, n) select {key}, n * {times} from bench.added"
        f" on conflict ({key}) do update set n = {SUMMED}.n + excluded.n"
    )
