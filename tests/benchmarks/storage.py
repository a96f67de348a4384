"""Storage per dossier in each service's database, after a part of a province's year over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from motcua_local.demo.chunks import chunks
from motcua_local.simulator import Load, simulate
from motcua_local.simulator import Options as Simulated

from .client import post
from .figures import Result
from .options import Options
from .province import LINES, NDJSON, reached, send
from .servers import SERVICES, TABLE_SIZES, Running, Servers, product

Bytes = Mapping[str, Mapping[str, int]]
"""Service → table, with its indexes and what is stored beside it → bytes."""

QUIET = "select (not exists (select from dirty))::int"


async def run(found: Servers, options: Options) -> Result:
    """Everything about dossiers is sent; what the databases grew by is divided by the dossiers."""
    load = simulate(Simulated(scale=options.stored))
    lines = {name: _about_dossiers(load, name) for name in ("intake", "workflow", "feedback")}
    dossiers = sum(line["do"] == "receive_dossier" for line in lines["intake"])
    known = "select count(*) from entities where kind = 'dossier'"
    async with product(found) as running:
        await _send(running, "intake", load.catalogue)
        await _send(running, "feedback", [x for x in load.feedback if x["do"] == "define_scale"])
        await reached(running.databases["scoring"], "select count(*) from entities", 1)
        before = await _sizes(running)
        for name, some in lines.items():
            await _send(running, name, some)
        await reached(running.databases["scoring"], known, dossiers)
        await _settled(running)
        after = await _sizes(running)
    return _told(dossiers, before, after)


def _about_dossiers(load: Load, service: str) -> list[dict[str, Any]]:
    return [line for line in getattr(load, service) if line.get("dossier") is not None]


async def _send(running: Running, service: str, lines: Sequence[dict[str, Any]]) -> None:
    bodies = (post("/bulk", chunk.body, NDJSON) for chunk in chunks(lines, LINES))
    await send(running.url(service), bodies)


async def _settled(running: Running) -> None:
    """Wait until nothing moves any more: every event relayed and read, everything published."""
    events = 0
    while (now := await _events(running)) != events:
        events = now
        await reached(running.databases["scoring"], QUIET, 1)


async def _events(running: Running) -> int:
    total = 0
    for url in running.databases.values():
        connection = await asyncpg.connect(url)
        total += await connection.fetchval("select count(*) from events")
        total += await connection.fetchval(
            "select coalesce(sum(next_offset), 0)::bigint from offsets"
        )
        await connection.close()
    await asyncio.sleep(0.5)
    return total


async def _sizes(running: Running) -> Bytes:
    found = {}
    for name, url in running.databases.items():
        connection = await asyncpg.connect(url)
        rows = await connection.fetch(TABLE_SIZES)
        found[name] = {row["name"]: row["bytes"] for row in rows}
        await connection.close()
    return found


def _told(dossiers: int, before: Bytes, after: Bytes) -> Result:
    result = Result(
        "storage", f"Storage per dossier, after {dossiers:,} dossiers over HTTP",
        ["service", "table", "KiB per dossier"], unit="KiB per dossier",
    )  # fmt: skip
    for service in SERVICES:
        grown = {name: (size - before[service].get(name, 0)) / dossiers / 1024
                 for name, size in after[service].items()}  # fmt: skip
        result.rows.append([service, "**all**", round(sum(grown.values()), 2)])
        result.rows += [[service, name, round(kib, 2)] for name, kib in grown.items() if kib > 0.02]
        result.chart.append((f"motcua {service}", sum(grown.values())))
    result.notes = [
        "Tables with their indexes, as they are after the load, dead rows included; the events of "
        "intake, workflow and feedback are the source of truth, scoring's tables follow from them."
    ]
    return result
