"""The projection's tables a second time, in a schema of their own: made, compared, taken over.

Which tables there are is read from the database: every one that is no plumbing and no outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from motcua_events import Connection

SCHEMA = "rebuild"

NOT_PROJECTED = (
    "events", "relay_cursor", "offsets", "parked", "parked_audit", "idempotency_keys", "timers",
    "loads", "calendar_facts", "published", "counting",
)  # fmt: skip
"""Tables that do not follow from the events alone, or are not scoring's."""

MARKS = "dirty"
DICTIONARIES = "bundle"
"""Tables whose name begins so are written once and only grow: the rebuilt may hold less."""

ASIDE = ("shard", "revision", "arrivals")
"""Columns that say how and when events came, not what they said."""

FIND = """
select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns,
       array_agg(t.typname::text order by a.attnum) as types
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname !~ '^_'
    and c.relname <> all($1::text[])
group by c.relname
order by c.relname
"""

DIFFERENT = """
select count(*) from ((({ours}) except all ({theirs})) union all (({theirs}) except all ({ours})))
    as different
"""
MISSING = "select count(*) from (({theirs}) except all ({ours})) as missing"

ENTITIES = """
select kind, id, live.facts as live, new.facts as new, live.arrivals as met
from public.entities live full join rebuild.entities new using (kind, id)
where live.facts::text is distinct from new.facts::text
order by kind, id
"""

KEEP_ARRIVALS = """
update rebuild.entities new
set revision = live.revision + 1,
    arrivals = (
        select json_object_agg(key, coalesce(live.arrivals -> key, value))
        from json_each(new.arrivals)
    )
from public.entities live where (live.kind, live.id) = (new.kind, new.id)
"""

MARK_ALL = """
insert into public.dirty (agency, month, onward, cause)
select agency, date '0001-01-01', true, 'rebuild' from ({agencies}) as every
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the projection: its name, columns and their types."""

    name: str
    columns: Sequence[str]
    types: Sequence[str]

    def content(self, schema: str) -> str:
        """The query for what the table says, in a schema; sums where rows are kept by shard."""
        said = [
            f"{name}::text" if kind == "json" else name
            for name, kind in zip(self.columns, self.types, strict=True)
            if name not in ASIDE
        ]
        if not {"shard", "n"} <= set(self.columns):
            return f"select {', '.join(said)} from {schema}.{self.name}"
        group = ", ".join(name for name in said if name != "n")
        return (
            f"select {group}, sum(n)::bigint from {schema}.{self.name}"
            f" group by {group} having sum(n) <> 0"
        )


@dataclass(frozen=True, slots=True)
class Differences:
    """How many rows differ between the live tables and the rebuilt ones, by table."""

    rows: dict[str, int]

    @property
    def equal(self) -> bool:
        return not any(self.rows.values())

    def __str__(self) -> str:
        return ", ".join(f"{n} of {name}" for name, n in self.rows.items() if n) or "none"


async def found(conn: Connection) -> list[Table]:
    """The tables of the projection."""
    rows = await conn.fetch(FIND, [*NOT_PROJECTED, MARKS])
    return [Table(**row) for row in rows]


async def create(conn: Connection) -> None:
    """Makes the empty tables, and has the connection write to them; an earlier try is dropped."""
    await drop(conn)
    await conn.execute(f"create schema {SCHEMA}")
    for name in [*(table.name for table in await found(conn)), MARKS]:
        await conn.execute(
            f"create unlogged table {SCHEMA}.{name} (like public.{name} including all)"
        )
    await to_rebuilt(conn)


async def drop(conn: Connection) -> None:
    """Takes the tables away."""
    await to_live(conn)
    await conn.execute(f"drop schema if exists {SCHEMA} cascade")


async def to_rebuilt(conn: Connection) -> None:
    """From now on the connection's statements mean the rebuilt tables."""
    await conn.execute(f"set search_path to {SCHEMA}, public")


async def to_live(conn: Connection) -> None:
    """From now on the connection's statements mean the live tables."""
    await conn.execute("set search_path to public")


async def differences(conn: Connection) -> Differences:
    """Compares everything, row by row."""
    rows = {}
    for table in await found(conn):
        query = MISSING if table.name.startswith(DICTIONARIES) else DIFFERENT
        query = query.format(ours=table.content("public"), theirs=table.content(SCHEMA))
        rows[table.name] = await conn.fetchval(query)
    return Differences(rows)


async def take_over(conn: Connection) -> None:
    """Replaces the live rows by the rebuilt ones, within the caller's transaction.

    Readers see the old rows until it commits, then the new, and never wait. Every evaluation is
    marked to be looked at again; those that come out the same are not published.
    """
    tables = await found(conn)
    await conn.execute(KEEP_ARRIVALS)
    for table in tables:
        if not table.name.startswith(DICTIONARIES):
            await conn.execute(f"delete from public.{table.name}")
        await conn.execute(
            f"insert into public.{table.name} select * from {SCHEMA}.{table.name}"
            " on conflict do nothing"
        )
    counted = [table.name for table in tables if "agency" in table.columns]
    agencies = " union ".join(
        f"select agency from public.{name} where agency is not null"
        for name in [*counted, "published"]
    )
    registered = "select id as agency from public.catalogue where kind = 'agency'"
    await conn.execute(MARK_ALL.format(agencies=f"{agencies} union {registered}"))
