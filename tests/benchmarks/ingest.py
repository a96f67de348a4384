"""Ingest: single POSTs beside a bare insert, bulk beside two plain COPYs.

One COPY writes the very rows that bulk wrote, into tables made alike, keys and indexes included:
what PostgreSQL itself takes for them. The other writes only what a client sent, six short columns
and one key, into a table of its own: what receiving the same dossiers costs who keeps no events.
"""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count

import asyncpg

from .bare import bare
from .client import closed_loop, post
from .figures import Result, at_least, interleaved, medians, percentiles, ratio
from .options import Options
from .province import (
    PROCEDURE,
    RECEIVED_AT,
    Codes,
    bulks,
    reached,
    reception,
    register,
    send,
)
from .servers import Servers, product

CONNECTIONS = 32
SINGLE, BARE = "motcua intake, single POST", "FastAPI + asyncpg insert"
BULK = "motcua intake, bulk NDJSON"
COPY, BARE_COPY = "COPY of the same rows", "COPY into a bare table"
EVENTS = (
    "stream", "version", "id", "type", "key", "topic", "time", "recorded_at", "data", "traceparent",
)  # fmt: skip
VIEW = (
    "dossier", "state", "procedure", "short", "sector", "receiving", "resolving", "channel",
    "received_at", "due_at", "unit_assumed",
)  # fmt: skip
PUBLISHED = """
select case when exists (
    select from events cross join relay_cursor
    where (events.tx, events.pos) > (relay_cursor.tx, relay_cursor.pos) and topic is not null
) then 0 else 1 end
"""
COLUMNS = ("dossier", "procedure", "receiving", "resolving", "channel", "received_at")


@dataclass(slots=True)
class Bench:
    """What runs: our intake and its database, the bare peer and its own."""

    intake: str
    database: str
    bare: str
    bare_database: str
    codes: Codes = field(default_factory=Codes)

    async def quiet(self) -> None:
        """Wait until everything recorded is published: nobody is measured beside our relay."""
        await reached(self.database, PUBLISHED, 1)

    async def single(self, name: str, seconds: float) -> dict[str, float]:
        """POSTs of one reception each, by our service or by the peer."""
        await self.quiet()
        return await _posted(self.intake if name == SINGLE else self.bare, self.codes, seconds)

    async def many(self, name: str, rows: int) -> dict[str, float]:
        """Many rows at once, by bulk or by one of the COPYs."""
        await self.quiet()
        if name == COPY:
            took = await _copy_again(self.database, rows)
        elif name == BARE_COPY:
            took = await _copy(self.bare_database, self.codes.take(rows))
        else:
            took = await send(self.intake, list(bulks(self.codes.take(rows))))
        return {"rate": rows / took}


async def run(found: Servers, options: Options) -> Result:
    """Both comparisons, repeated in turn."""
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(product(found, ["intake"]))
        await register(running)
        database = await stack.enter_async_context(found.database())
        url = await stack.enter_async_context(bare(found, database))
        bench = Bench(running.url("intake"), running.databases["intake"], url, database)
        runs = defaultdict(list)
        for name in (SINGLE, BARE):  # to warm up
            await bench.single(name, min(2.0, options.seconds))
        for name in interleaved([SINGLE, BARE], options.repetitions):
            runs[name].append(await bench.single(name, options.seconds))
        await bench.many(BULK, options.rows)
        for name in interleaved([BULK, COPY, BARE_COPY], options.repetitions):
            runs[name].append(await bench.many(name, options.rows))
    return _result({name: medians(each) for name, each in runs.items()})


def _result(found: dict[str, dict[str, float]]) -> Result:
    result = Result(
        "ingest", f"Ingest: {CONNECTIONS} keep-alive connections, and bulk",
        ["contender", "per second", "p50 ms", "p99 ms"], unit="per second",
    )  # fmt: skip
    for name, one in found.items():
        rest = [round(one[key], 1) if key in one else None for key in ("p50", "p99")]
        result.rows.append([name, round(one["rate"]), *rest])
        result.chart.append((name, one["rate"]))
    rate = {name: one["rate"] for name, one in found.items()}
    result.ratios = [
        at_least("single POST / bare insert", ratio(rate[SINGLE], rate[BARE]), 0.7),
        at_least("bulk / COPY of the same rows", ratio(rate[BULK], rate[COPY]), 0.25),
        at_least("bulk / COPY into a bare table", ratio(rate[BULK], rate[BARE_COPY]), 0.25),
    ]
    return result


async def _posted(url: str, codes: Codes, seconds: float) -> dict[str, float]:
    requests = (post("/dossiers", reception(codes.take(1)[0])) for _ in count())
    answers, took = await closed_loop(url, requests, CONNECTIONS, seconds)
    refused = [answer for answer in answers if not answer.accepted]
    if refused:
        raise RuntimeError(f"{url} answered {refused[0].status}: {refused[0].body[:200]!r}")
    return {"rate": len(answers) / took, **percentiles([answer.seconds for answer in answers])}


async def _copy(database: str, codes: list[str]) -> float:
    agencies = [code.partition("-")[0] for code in codes]
    rows = [
        (code, PROCEDURE, agency, agency, "direct", RECEIVED_AT)
        for code, agency in zip(codes, agencies, strict=True)
    ]
    connection = await asyncpg.connect(database)
    began = time.perf_counter()
    await connection.copy_records_to_table("bare_dossiers", records=rows, columns=COLUMNS)
    took = time.perf_counter() - began
    await connection.close()
    return took


async def _copy_again(database: str, number: int) -> float:
    """Copies the last rows that bulk wrote into new tables made like theirs."""
    connection = await asyncpg.connect(database)
    await connection.execute("""
        drop table if exists events_again, dossiers_again;
        create table events_again (like events including all);
        create table dossiers_again (like dossiers including all)""")
    last = "where type = 'dossier.received.v1' order by pos desc limit $1"
    events = await connection.fetch(f"select {', '.join(EVENTS)} from events {last}", number)
    known = f"select {', '.join(VIEW)} from dossiers where dossier = any($1::text[])"
    view = await connection.fetch(known, [row["key"] for row in events])
    began = time.perf_counter()
    async with connection.transaction():
        for table, rows, columns in (("events", events, EVENTS), ("dossiers", view, VIEW)):
            await connection.copy_records_to_table(
                f"{table}_again", records=map(tuple, rows), columns=columns
            )
    took = time.perf_counter() - began
    await connection.close()
    return took
