"""Replay: a whole log into counts, by us and by what people would use instead."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice

import asyncpg

from .counting import SLICE, Table, table_of
from .figures import Result, interleaved
from .log import Log, file
from .options import Options
from .racers import OURS, Racer, started, taking_part
from .replay_result import told
from .scored import Figures, scored
from .servers import OWN, Servers, forget
from .year import year

COUNTS = "select agency, month, measure, outcome, n from counts"
WHOLE_YEAR = 87_000
"""About how many events the simulated year has at scale 1."""


async def run(found: Servers, options: Options) -> Result:
    """Every contender ``options.repetitions`` times over one log."""
    race = Race(found, options, options.events)
    return await race.run("replay", taking_part(options, large=False), options.repetitions)


async def run_large(found: Servers, options: Options) -> Result:
    """The large log once, without those who would only read its beginning."""
    race = Race(found, options, options.large_events)
    return await race.run("replay_large", taking_part(options, large=True), 1)


class Race:
    """One log and its contenders; the log stays on Kafka between them."""

    def __init__(self, found: Servers, options: Options, events: int) -> None:
        self._found, self._options, self._wanted = found, options, events
        self._year = year(min(1.0, max(0.02, events / WHOLE_YEAR)))
        self._logs: dict[int, Log] = {}

    async def run(self, name: str, racers: list[Racer], repetitions: int) -> Result:
        """All in turn; the result so far is kept after each."""
        log = await self._log(self._wanted)
        dossiers = log.counted()[1]
        by_name = {one.name: one for one in racers}
        runs: dict[str, list[Figures]] = defaultdict(list)
        notes: dict[str, str] = {}
        result = told(name, log.events, dossiers, runs, notes)
        for turn in interleaved(list(by_name), repetitions):
            if turn not in notes:
                try:
                    runs[turn].append(await self._one(by_name[turn]))
                except (RuntimeError, AssertionError) as error:
                    notes[turn] = f"{turn} did not run: {error}"
                result = told(name, log.events, dossiers, runs, notes)
                self._options.keep(result)
        return result

    async def _log(self, wanted: int) -> Log:
        """The log, or its beginning under other topics."""
        if wanted not in self._logs:
            prefix = "" if wanted == self._wanted else f"{OWN}{wanted}."
            log = Log(self._found.kafka, self._year, prefix)
            await log.write(islice(self._year.told(self._wanted), wanted))
            self._logs[wanted] = log
        return self._logs[wanted]

    async def _one(self, one: Racer) -> Figures:
        log = await self._log(min(one.most or self._wanted, self._wanted))
        async with self._found.database() as database:
            if one is OURS:
                return await self._ours(database, log)
            return await self._peer(database, one, log)

    async def _ours(self, database: str, log: Log) -> Figures:
        figures = await scored(self._found, database, log.events, cap=self._options.cap)
        if figures["complete"]:
            _equal(await _table(database, SLICE), log.counted()[0])
        return figures

    async def _peer(self, database: str, one: Racer, log: Log) -> Figures:
        events, (expected, _), environment = log.events, log.counted(), {}
        if one.own_store:
            events, path = self._options.sourcing_events, self._found.folder / "beginning.ndjson"
            reached = file(path, self._year, islice(self._year.told(self._wanted), events))
            expected, environment = self._year.counted(reached)[0], {"BENCH_LOG": str(path)}
        environment |= {
            "BENCH_KAFKA": self._found.kafka, "BENCH_DATABASE": database,
            "BENCH_TOPICS": ",".join(log.topics), "BENCH_EVENTS": str(events),
            "BENCH_EXPECTED": str(sum(expected.values())),
        }  # fmt: skip
        before = self._found.cpu()
        answer = await started(self._found, self._options, one, environment).result(
            self._options.cap
        )
        servers = 0.0 if one.own_store else (self._found.cpu() - before) / events * 1e6
        if one.answer == "database":
            _equal(await _table(database, COUNTS), expected)
        elif one.answer == "output":
            _equal(table_of(answer["table"]), expected)
        await forget(self._found.kafka, f"{OWN}streams")
        return {
            "events": answer["events"], "rate": answer["events"] / answer["seconds"],
            "cpu": answer["cpu"] / answer["events"] * 1e6, "peak": answer["peak"],
            "servers": servers, "complete": 1.0,
        }  # fmt: skip


def _equal(found: Table, expected: Table) -> None:
    assert expected, "nothing was to be counted"
    assert dict(found) == dict(expected), "its table differs from the pure count of the log"


async def _table(database: str, query: str) -> Table:
    connection = await asyncpg.connect(database)
    try:
        return table_of(await connection.fetch(query))
    finally:
        await connection.close()
