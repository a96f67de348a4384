"""What a database holds, as figures that are equal only for equal content."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from .databases import Connection

TABLES = """
select n.nspname as schema, c.relname as name,
       array_agg(quote_ident(a.attname) order by a.attnum) filter (where t.typname <> 'xid8')
           as columns
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema$)'
group by n.nspname, c.relname
order by n.nspname, c.relname
"""

DIGEST = """
select count(*) as rows,
       concat_ws(':', sum(('x' || left(hash, 16))::bit(64)::bigint::numeric),
                 sum(('x' || right(hash, 16))::bit(64)::bigint::numeric)) as digest
from (select md5({value}) as hash from {source}) as hashed
"""

STREAMS = """
select split_part(stream, '/', 1) as kind, count(distinct stream) as streams, count(*) as events
from events group by kind order by kind
"""

ORDERED = "(select id, row_number() over (order by tx, pos) as place from events) as ordered"
EVENTS = "public.events"


class TableDigest(BaseModel):
    """A table's number of rows and the digest of their contents, whatever their order."""

    model_config = ConfigDict(frozen=True)

    rows: int
    digest: str


class StreamCount(BaseModel):
    """How many streams of a kind there are, and their events."""

    model_config = ConfigDict(frozen=True)

    streams: int
    events: int


class Content(BaseModel):
    """What a database holds. ``order`` is the digest of the events' order of publication.

    Transaction ids are left out: they mean something only where they were given.
    """

    model_config = ConfigDict(frozen=True)

    tables: dict[str, TableDigest]
    streams: dict[str, StreamCount]
    order: str


async def content(conn: Connection) -> Content:
    """What the connection's database holds, as its transaction sees it."""
    tables = {}
    for row in await conn.fetch(TABLES):
        name = f"{row['schema']}.{row['name']}"
        value = f"row({', '.join(row['columns'])})::text"
        tables[name] = await _digest(conn, value, f'"{row["schema"]}"."{row["name"]}"')
    if EVENTS not in tables:
        return Content(tables=tables, streams={}, order="")
    streams = {
        row["kind"]: StreamCount(streams=row["streams"], events=row["events"])
        for row in await conn.fetch(STREAMS)
    }
    ordered = await _digest(conn, "row(id, place)::text", ORDERED)
    return Content(tables=tables, streams=streams, order=ordered.digest)


async def _digest(conn: Connection, value: str, source: str) -> TableDigest:
    row = await conn.fetchrow(DIGEST.format(value=value, source=source))
    assert row is not None
    return TableDigest(rows=row["rows"], digest=row["digest"])


def differences(expected: Content, found: Content) -> list[str]:
    """What differs, one line each; empty for equal contents. Pure."""
    lines = []
    for name in sorted(expected.tables.keys() | found.tables.keys()):
        before, after = expected.tables.get(name), found.tables.get(name)
        if before != after:
            lines.append(f"{name}: {_said(before)} before, {_said(after)} now")
    if expected.streams != found.streams:
        lines.append("the numbers of streams and their events")
    if expected.order != found.order:
        lines.append("the order of the events")
    return lines


def _said(table: TableDigest | None) -> str:
    return "no such table" if table is None else f"{table.rows} rows"
