"""More scoring processes on the same log."""

from __future__ import annotations

import os
from collections import defaultdict
from itertools import islice

from .figures import Result, at_least, interleaved, medians, ratio
from .log import Log
from .options import Options
from .replay import WHOLE_YEAR
from .scored import Figures, scored
from .servers import Servers
from .year import year


async def run(found: Servers, options: Options) -> Result:
    """The whole log from nothing with each number of processes, in turn."""
    result = Result(
        "scaling", f"One log of {options.scaling_events:,} events, more scoring processes",
        ["processes", "runs", "events", "events/s", "of one process", "CPU s per million",
         "servers' CPU s per million", "peak MiB of one"], unit="events/s",
    )  # fmt: skip
    log = Log(found.kafka, year(min(1.0, max(0.02, options.scaling_events / WHOLE_YEAR))))
    await log.write(islice(log.year.told(options.scaling_events), options.scaling_events))
    runs: dict[int, list[Figures]] = defaultdict(list)
    turns = interleaved([str(number) for number in options.processes], options.repetitions)
    for number in map(int, turns):
        async with found.database() as database:
            runs[number].append(
                await scored(found, database, log.events, processes=number, cap=options.cap)
            )
        _tell(result, options, runs)
        options.keep(result)
    return result


def _tell(result: Result, options: Options, runs: dict[int, list[Figures]]) -> None:
    figures = {number: medians(runs[number]) for number in options.processes if runs[number]}
    one = figures.get(1, {}).get("rate")
    result.rows = [
        [number, len(runs[number]), int(each["events"]), round(each["rate"]),
         _rounded(ratio(each["rate"], one)), round(each["cpu"], 1), round(each["servers"], 1),
         round(each["peak"])]
        for number, each in figures.items()
    ]  # fmt: skip
    result.chart = [
        (f"motcua, {number} processes", each["rate"]) for number, each in figures.items()
    ]
    result.notes = [f"The machine has {os.cpu_count()} cores, for PostgreSQL and Kafka too."]
    if 1 in figures and 2 in figures:
        result.ratios = [at_least("two processes / one", ratio(figures[2]["rate"], one), 1.7)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
