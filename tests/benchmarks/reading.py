"""Reading one evaluation while resolutions pour in."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack

import asyncpg

from .bare import bare
from .client import get, open_loop
from .figures import Result, at_most, interleaved, medians, percentiles, ratio
from .options import Options
from .province import AGENCIES, MONTH, Codes, agency, ask, receive, register, resolution
from .servers import Running, Servers, product

WRITES, READS = 200, 50
OURS, BARE = "motcua scoring, evaluated when asked for", "FastAPI + select of a stored answer"


async def run(found: Servers, options: Options) -> Result:
    """Reads of ours and of the peer in turn, each under the same writes."""
    result = Result(
        "reading", f"Reading one evaluation, {READS} a second, under {WRITES} resolutions a second",
        ["contender", "p50 ms", "p95 ms", "p99 ms"], unit="ms (p99)",
    )  # fmt: skip
    runs = defaultdict(list)
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(product(found))
        await register(running)
        database = running.databases["scoring"]
        urls = {
            OURS: running.url("scoring"),
            BARE: await stack.enter_async_context(bare(found, database)),
        }
        codes = Codes()
        for at, name in enumerate(["", *interleaved([OURS, BARE], options.repetitions)]):
            new = codes.take(int(WRITES * options.seconds))
            await receive(running, new)
            if at == 0:
                await open_loop(running.url("workflow"), list(map(resolution, new)), WRITES)
                await _fill(running, database)
            else:
                runs[name].append(await _read(running, urls[name], new, options.seconds))
    one = {name: medians(each) for name, each in runs.items()}
    for name, figures in one.items():
        values = (round(figures[key], 1) for key in ("p50", "p95", "p99"))
        result.rows.append([name, *values])
        result.chart.append((name, figures["p99"]))
    result.ratios = [
        at_most("read p99 / bare select", ratio(one[OURS]["p99"], one[BARE]["p99"]), 2)
    ]
    return result


async def _read(running: Running, url: str, new: list[str], seconds: float) -> dict[str, float]:
    reads = [get(f"/evaluations/{agency(at)}/{MONTH}") for at in range(int(READS * seconds))]
    _, answers = await asyncio.gather(
        open_loop(running.url("workflow"), list(map(resolution, new)), WRITES),
        open_loop(url, reads, READS),
    )
    refused = [answer for answer in answers if not answer.accepted]
    if refused:
        raise RuntimeError(f"{url} answered {refused[0].status}: {refused[0].body[:200]!r}")
    return percentiles([answer.seconds for answer in answers])


async def _fill(running: Running, database: str) -> None:
    """Store our answers for the peer to give."""
    connection = await asyncpg.connect(database)
    for at in range(AGENCIES):
        path = f"/evaluations/{agency(at)}/{MONTH}"
        answer = await ask(running.url("scoring"), get(path))
        await connection.execute(
            "insert into bare_evaluations values ($1, $2, $3)", agency(at), MONTH, answer.decode()
        )
    await connection.close()
