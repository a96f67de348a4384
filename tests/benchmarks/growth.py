"""Growth: what an event costs as dossiers pile up.

The first dossiers are projected; their rows are then copied in the tables (see cloning.py) until
there are enough, and the year goes on for ten of the copies: the same events at every size, for new
dossiers and for those there. Some copies are projected as well, to show that the rows are equal.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from .cloning import COPIED, SUMMED, Cloning
from .figures import Ratio, Result, at_most, medians, ratio
from .log import Log
from .options import Options
from .scored import Figures, Moment, Scoring, scored, scoring
from .servers import TABLE_SIZES, Servers
from .year import Copy, Year, interleaved, year

COPIES = 4
"""Copies that are both projected and copied, to be compared."""

GO_ON = 10
SLICES = 3
MOST = 1_000
"""Dossiers of a copy at most: less than half of a year at the scale 0.2."""


async def run(found: Servers, options: Options) -> Result:
    """Every size on top of the one before; the result so far is kept after each."""
    per_copy = min(MOST, max(10, options.dossiers[0] // GO_ON))
    seed = Seed(year(max(0.02, 0.2 * per_copy / MOST)), per_copy)
    result = Result(
        "growth", "Growth: cost per event by dossiers that are there",
        ["dossiers", "events", "events/s", "CPU s per million",
         "PostgreSQL's CPU s per million", "peak MiB", "KiB per dossier"],
        unit="CPU s per million events, PostgreSQL's included",
    )  # fmt: skip
    log, figures, there = Log(found.kafka, seed.year), dict[int, Figures](), COPIES
    async with found.database() as database:
        cloning = await _started(found, database, log, seed)
        result.notes.append(
            f"Of {COPIES * per_copy:,} dossiers the copied rows were compared with projected ones: "
            f"{', '.join((*COPIED, SUMMED))} are equal."
        )
        for size in options.dossiers:
            copies = size // per_copy
            await cloning.copy(there, copies - 1)
            storage = await _storage(database)
            figures[size] = await _size(found, database, log, seed, range(there, copies))
            there = copies
            _tell(result, size, figures, storage)
            options.keep(result)
    return result


class Seed:
    """The year, and how far it is told before it is copied: ``per_copy`` dossiers are there."""

    def __init__(self, whole: Year, per_copy: int) -> None:
        self.year, self.per_copy = whole, per_copy
        body = range(whole.catalogue, len(whole.templates))
        self.once = [Copy(at, 0) for at in range(len(whole.templates)) if whole.templates[at].once]
        self._body = [at for at in body if not whole.templates[at].once]
        self.stop = _after(self.year, self._body, per_copy)

    def first(self, number: int) -> list[Copy]:
        """The events of a copy that come before it is copied."""
        return [Copy(at, number) for at in self._body if at < self.stop]

    def rest(self, copies: Sequence[int]) -> list[Copy]:
        """The events that come later, to some copies."""
        told = interleaved(self.stop, len(self.year.templates), copies)
        rest = [one for one in told if not self.year.templates[one.position].once]
        return rest[: 100 * self.per_copy]


def _after(whole: Year, body: Sequence[int], dossiers: int) -> int:
    """The position at which one dossier more than so many is met."""
    met: set[str] = set()
    for position in body:
        met.add(whole.templates[position].event.data.key)
        if len(met) > dossiers:
            return position
    return len(whole.templates)


async def _started(found: Servers, database: str, log: Log, seed: Seed) -> Cloning:
    """The first copies, by cloning, and compared with what projecting them gives."""
    cloning = Cloning(database)
    async with scoring(found, database) as running:
        await _applied(running, log, seed.once)
        await cloning.before()
        await _applied(running, log, seed.first(0))
    await cloning.originals()
    await log.write(one for number in range(1, COPIES) for one in seed.first(number))
    await cloning.copy(1, COPIES - 1)
    async with found.database() as projected:
        await scored(found, projected, log.events)
        if different := await cloning.content(projected):
            raise RuntimeError(f"copied rows differ from projected ones in {different}")
        await cloning.as_far_as(projected)
    return cloning


async def _size(
    found: Servers, database: str, log: Log, seed: Seed, copies: Sequence[int]
) -> Figures:
    """The year goes on for some of the copies; the first part is not measured."""
    new = copies if len(copies) >= GO_ON else range(GO_ON)
    rest = seed.rest([new[at * len(new) // GO_ON] for at in range(GO_ON)])
    long = len(rest) // (SLICES + 1)
    async with scoring(found, database) as running:
        await _slice(running, log, rest[:long])
        runs = [await _slice(running, log, rest[at * long : (at + 1) * long])
                for at in range(1, SLICES + 1)]  # fmt: skip
    return medians(runs)


async def _slice(running: Scoring, log: Log, events: Sequence[Copy]) -> Figures:
    """CPU counts until everything is published, time until everything is applied."""
    before = await running.moment()
    applied = await _applied(running, log, events)
    after = await running.published()
    long = len(events) / 1e6
    return {
        "events": len(events),
        "rate": len(events) / (applied.at - before.at),
        "cpu": (after.usage[0].cpu - before.usage[0].cpu) / long,
        "database": (after.database - before.database) / long,
        "peak": after.usage[0].peak,
    }


async def _applied(running: Scoring, log: Log, events: Sequence[Copy]) -> Moment:
    await log.write(events)
    found = await running.reached(log.events, cap=600)
    if found.applied < log.events:
        raise RuntimeError(f"only {found.applied:,} of {log.events:,} events are applied")
    return found


def _tell(
    result: Result, size: int, figures: dict[int, Figures], storage: dict[str, float]
) -> None:
    one = figures[size]
    result.rows.append(
        [size, int(one["events"]), round(one["rate"]), round(one["cpu"], 1),
         round(one["database"], 1), round(one["peak"]), round(sum(storage.values()), 2)]
    )  # fmt: skip
    result.chart.append((f"{size:,} dossiers", one["cpu"] + one["database"]))
    told = ", ".join(f"{name} {kib:.2f}" for name, kib in storage.items() if kib >= 0.01)
    result.notes = [result.notes[0], f"KiB per dossier at {size:,} dossiers, by table: {told}."]
    result.ratios = _ratios(figures)


def _ratios(figures: dict[int, Figures]) -> list[Ratio]:
    """Against 100,000 dossiers, or the smallest size where that was not measured."""
    base = 100_000 if 100_000 in figures else min(figures)
    last = max(figures)
    if last == base:
        return []

    def share(*keys: str) -> float | None:
        one, other = (sum(figures[size][key] for key in keys) for size in (last, base))
        return ratio(one, other)

    sizes = f"at {last:,} / at {base:,} dossiers"
    return [
        at_most(f"CPU per event, PostgreSQL's included, {sizes}", share("cpu", "database"), 1.2),
        at_most(f"CPU of scoring per event {sizes}", share("cpu"), 1.2),
        at_most(f"memory of scoring {sizes}", share("peak"), 1.2),
    ]


async def _storage(database: str) -> dict[str, float]:
    """KiB per dossier of every table with its indexes, the largest first."""
    connection = await asyncpg.connect(database)
    try:
        dossiers = await connection.fetchval("select count(*) from entities where kind = 'dossier'")
        sizes = await connection.fetch(TABLE_SIZES)
        return {row["name"]: row["bytes"] / dossiers / 1024 for row in sizes}
    finally:
        await connection.close()
