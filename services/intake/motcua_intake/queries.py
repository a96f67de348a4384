"""Reads for the lists, from the tables that ``projection`` writes."""

from __future__ import annotations

import json
from typing import Any

from asyncpg import Record as Row

from motcua_events import Pool

from ._sql import sql
from .codes import short_procedure


async def entries(
    pool: Pool, kind: str, after: str, most: int, contains: dict[str, Any]
) -> list[tuple[str, Any]]:
    """The ids and data of a kind of catalogue entry whose data contains the given fields."""
    wanted = {name: value for name, value in contains.items() if value is not None}
    rows = await pool.fetch(sql("list_catalogue"), kind, after, most, json.dumps(wanted))
    return _entries(rows)


async def listings(pool: Pool, agency: str, after: str, most: int) -> list[tuple[str, Any]]:
    """The procedures an agency lists or listed, each with its latest state."""
    return _entries(await pool.fetch(sql("list_listings"), agency, after, most))


async def calendars(pool: Pool, after: str, most: int) -> list[tuple[str, Any]]:
    """The calendars by name; the data is None for one with days but no definition."""
    return _entries(await pool.fetch(sql("list_calendars"), after, most))


async def days(pool: Pool, calendar: str, after: str, most: int) -> list[tuple[str, Any]]:
    """The days a calendar overrides, in order."""
    return _entries(await pool.fetch(sql("list_days"), calendar, after, most))


async def dossiers(
    pool: Pool,
    after: str,
    most: int,
    *,
    resolving: str | None = None,
    receiving: str | None = None,
    procedure: str | None = None,
    state: str | None = None,
    waiting: bool | None = None,
) -> list[dict[str, Any]]:
    """Dossiers by code, with what each waits for."""
    short = short_procedure(procedure) if procedure is not None else None
    rows = await pool.fetch(
        sql("list_dossiers"), after, most, resolving, receiving, short, state, waiting
    )
    return [dict(row) for row in rows]


async def procedure_known(pool: Pool, code: str) -> bool:
    """True if a procedure of this code, or of its short part, is registered."""
    found = await pool.fetchval(sql("procedure_known"), short_procedure(code))
    return bool(found)


def _entries(rows: list[Row]) -> list[tuple[str, Any]]:
    return [(row["id"], json.loads(row["data"]) if row["data"] else None) for row in rows]
