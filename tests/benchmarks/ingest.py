"""Ingest: single POSTs beside a bare insert, bulk beside a plain COPY."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import AsyncExitStack
from itertools import count

import asyncpg

from .bare import bare
from .client import closed_loop, post
from .figures import Result, at_least, interleaved, medians, percentiles, ratio
from .options import Options
from .province import PROCEDURE, RECEIVED_AT, Codes, bulks, reception, register, send
from .servers import Servers, product

CONNECTIONS = 32
SINGLE, BARE = "motcua intake, single POST", "FastAPI + asyncpg insert"
BULK, COPY = "motcua intake, bulk NDJSON", "COPY of the same rows"
COLUMNS = ("dossier", "procedure", "receiving", "resolving", "channel", "received_at")


async def run(found: Servers, options: Options) -> Result:
    """Both comparisons, repeated in turn."""
    result = Result(
        "ingest", f"Ingest: {CONNECTIONS} keep-alive connections, and bulk",
        ["contender", "per second", "p50 ms", "p99 ms"], unit="per second",
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(product(found, ["intake"]))
        await register(running)
        database = await stack.enter_async_context(found.database())
        bare_url = await stack.enter_async_context(bare(found, database))
        urls, codes = {SINGLE: running.url("intake"), BARE: bare_url}, Codes()
        singles = defaultdict(list)
        for url in urls.values():
            await _single(url, codes, min(2.0, options.seconds))
        for name in interleaved(list(urls), options.repetitions):
            singles[name].append(await _single(urls[name], codes, options.seconds))
        rates = defaultdict(list)
        for name in interleaved([BULK, COPY], options.repetitions):
            new = codes.take(options.rows)
            took = (await send(urls[SINGLE], list(bulks(new))) if name == BULK
                    else await _copy(database, new))  # fmt: skip
            rates[name].append({"rate": len(new) / took})
    found_ = {name: medians(runs) for name, runs in {**singles, **rates}.items()}
    for name, one in found_.items():
        rest = [round(one[key], 1) if key in one else None for key in ("p50", "p99")]
        result.rows.append([name, round(one["rate"]), *rest])
        result.chart.append((name, one["rate"]))
    rate = {name: one["rate"] for name, one in found_.items()}
    result.ratios = [
        at_least("single POST / bare insert", ratio(rate[SINGLE], rate[BARE]), 0.7),
        at_least("bulk / COPY", ratio(rate[BULK], rate[COPY]), 0.25),
    ]
    return result


async def _single(url: str, codes: Codes, seconds: float) -> dict[str, float]:
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
