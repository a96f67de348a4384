"""Growth: what an event costs as dossiers pile up, and what more processes bring."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice

import asyncpg

from .figures import Result, at_least, at_most, medians, ratio
from .log import CHUNK, WHOLE_YEAR, Log, endless
from .options import Options
from .replay import Figures, scored
from .servers import Servers


async def run(found: Servers, options: Options) -> Result:
    """Sizes with one process, then the whole log with each number of processes."""
    result = Result(
        "growth", "Growth: cost per event by dossiers, and more processes",
        ["dossiers", "processes", "events", "events/s", "CPU s per million", "peak MiB",
         "KiB per dossier"], unit="events/s",
    )  # fmt: skip
    log = Log(found.kafka)
    figures = await _sizes(found, options, log, result)
    first, last = figures[0], figures[-1]
    result.ratios = [
        at_most(f"CPU per event at {options.dossiers[-1]:,} / at {options.dossiers[0]:,} dossiers",
                ratio(last["cpu"], first["cpu"]), 1.2),
        at_most("memory of scoring, last / first size", ratio(last["peak"], first["peak"]), 1.2),
    ]  # fmt: skip
    rates = await _processes(found, options, log, result)
    if 1 in rates and 2 in rates:
        result.ratios.append(at_least("two processes / one", ratio(rates[2], rates[1]), 1.7))
    return result


async def _sizes(found: Servers, options: Options, log: Log, result: Result) -> list[Figures]:
    """At every size the same number of new events is applied on top of what is there."""
    year = endless(min(WHOLE_YEAR, options.dossiers[0] * 4))
    slice_ = min(10 * CHUNK, options.dossiers[0] * 3)
    figures, done = [], 0
    async with found.database() as database:
        for size in options.dossiers:
            while log.counts.dossiers < size:
                await log.write(islice(year, CHUNK))
            if log.events > done:
                await scored(found, database, log.events, done=done)
                done = log.events
            await log.write(islice(year, slice_))
            one = await scored(found, database, log.events, done=done)
            done = log.events
            storage = await _bytes(database) / log.counts.dossiers / 1024
            figures.append(one)
            result.rows.append(_row(size, 1, one, round(storage, 1)))
            result.chart.append((f"{size:,} dossiers", one["rate"]))
    return figures


async def _processes(
    found: Servers, options: Options, log: Log, result: Result
) -> dict[int, float]:
    """The whole log from nothing."""
    runs: dict[int, list[Figures]] = defaultdict(list)
    for _ in range(options.repetitions):
        for number in options.processes:
            async with found.database() as database:
                runs[number].append(await scored(found, database, log.events, processes=number))
    found_ = {number: medians(each) for number, each in runs.items()}
    for number, one in found_.items():
        result.rows.append(_row(log.counts.dossiers, number, one, None))
        result.chart.append((f"{number} processes", one["rate"]))
    return {number: one["rate"] for number, one in found_.items()}


def _row(dossiers: int, processes: int, one: Figures, storage: float | None) -> list[object]:
    return [dossiers, processes, int(one["events"]), round(one["rate"]), round(one["cpu"], 1),
            round(one["peak"]), storage]  # fmt: skip


async def _bytes(database: str) -> int:
    connection = await asyncpg.connect(database)
    try:
        return int(await connection.fetchval("select pg_database_size(current_database())"))
    finally:
        await connection.close()
