"""Replay: a whole log into counts, by us and by what people would use instead."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from motcua_events.cloudevents import encode
from motcua_events.contracts import SCORING_TOPICS
from motcua_local.running.ports import free_port

from .counting import SLICE, Counts, Table, table_of
from .figures import Result, at_least, interleaved, medians, ratio
from .log import Log, events
from .options import Options
from .processes import Process, Usage
from .servers import Servers

OURS, FLOOR = "motcua scoring", "getmany + validate (floor)"
SOURCING, BYTEWAX, QUIX = "eventsourcing ProjectionRunner", "bytewax", "quixstreams + PostgreSQL"
PEERS = {
    FLOOR: "floor", SOURCING: "eventsourcing_projection", BYTEWAX: "bytewax_flow", QUIX: "quix_app"
}  # fmt: skip
DONE = (
    "select coalesce(sum(next_offset), 0)::bigint from offsets where consumer = 'scoring.projector'"
)
COUNTS = "select agency, month, measure, outcome, n from counts"

Figures = dict[str, float]


async def run(found: Servers, options: Options) -> Result:
    """Every contender ``options.repetitions`` times over one log."""
    log = Log(found.kafka)
    await log.write(events(options.events), keep=options.sourcing_events)
    names = [OURS, FLOOR, *([SOURCING, BYTEWAX, QUIX] if options.peers else [])]
    runs: dict[str, list[Figures]] = defaultdict(list)
    notes: dict[str, str] = {}
    for name in interleaved(names, options.repetitions):
        if name in notes:
            continue
        try:
            runs[name].append(await (_ours(found, log) if name == OURS
                                     else _peer(found, options, log, name)))  # fmt: skip
        except (RuntimeError, AssertionError) as error:
            notes[name] = f"{name} did not run: {error}"
    return _result(log, options, names, runs, notes)


def _result(
    log: Log, options: Options, names: list[str], runs: dict[str, list[Figures]],
    notes: dict[str, str],
) -> Result:  # fmt: skip
    result = Result(
        "replay", f"Replay of {log.events:,} events of {log.counts.dossiers:,} dossiers",
        ["contender", "events", "events/s", "CPU s per million", "peak MiB", "of the floor"],
        unit="events/s", notes=list(notes.values()),
    )  # fmt: skip
    found = {name: medians(runs[name]) for name in names if runs[name]}
    floor = found.get(FLOOR, {}).get("rate")
    for name, one in found.items():
        share = ratio(one["rate"], floor)
        result.rows.append([name, int(one["events"]), round(one["rate"]), round(one["cpu"], 1),
                            round(one["peak"]), share and round(share, 3)])  # fmt: skip
        result.chart.append((name, one["rate"]))
    rate = {name: one["rate"] for name, one in found.items()}
    ours = rate.get(OURS)
    result.ratios = [at_least("replay / floor", ratio(ours, floor), 0.4)]
    if options.peers:
        result.ratios += [
            at_least("replay / eventsourcing", ratio(ours, rate.get(SOURCING)), 20),
            at_least("replay / bytewax", ratio(ours, rate.get(BYTEWAX)), 1),
            at_least("replay / quixstreams", ratio(ours, rate.get(QUIX)), 1),
        ]
    return result


async def _ours(found: Servers, log: Log) -> Figures:
    async with found.database() as database:
        figures = await scored(found, database, log.events)
        assert await table(database, SLICE) == log.counts.table, "our table differs"
    return figures


async def scored(
    found: Servers, database: str, total: int, *, done: int = 0, processes: int = 1
) -> Figures:
    """Scoring processes until ``total`` events are applied, of which ``done`` are already.

    Timed from the first progress seen once all processes run.
    """
    services: list[Process] = []
    try:
        for _ in range(processes):
            port = free_port()
            services.append(found.service("scoring", database, port))
            await services[-1].ready(f"http://127.0.0.1:{port}/livez")
        connection = await asyncpg.connect(database)
        try:
            ready = Moment(done, time.perf_counter(), [one.usage() for one in services])
            first = await _progress(connection, services, done + 1)
            last = await _progress(connection, services, total)
        finally:
            await connection.close()
    finally:
        for service in services:
            service.stop()
    return _between(first if first.applied < total else ready, last)


class Moment(NamedTuple):
    """How far it is, when, and what it took."""

    applied: int
    at: float
    usage: list[Usage]


def _between(first: Moment, last: Moment) -> Figures:
    applied = last.applied - first.applied
    cpu = sum(b.cpu - a.cpu for a, b in zip(first.usage, last.usage, strict=True))
    return {
        "events": applied,
        "rate": applied / (last.at - first.at),
        "cpu": cpu / applied * 1e6,
        "peak": max(usage.peak for usage in last.usage),
    }


async def _progress(
    connection: Any, services: list[Process], until: int, timeout: float = 900
) -> Moment:
    applied = 0
    for _ in range(int(timeout / 0.01)):
        applied = await connection.fetchval(DONE)
        if applied >= until:
            return Moment(applied, time.perf_counter(), [one.usage() for one in services])
        await asyncio.sleep(0.01)
    raise RuntimeError(f"only {applied} of {until} events applied in {timeout:g} s")


async def _peer(found: Servers, options: Options, log: Log, name: str) -> Figures:
    counts = _counted(log) if name == SOURCING else log.counts
    async with found.database() as database:
        environment = {
            "BENCH_KAFKA": found.kafka, "BENCH_DATABASE": database,
            "BENCH_EVENTS": str(log.events), "BENCH_TOPICS": ",".join(SCORING_TOPICS),
            "BENCH_EXPECTED": str(sum(counts.table.values())),
            "BENCH_LOG": str(_file(found.folder, log)),
        }  # fmt: skip
        module = PEERS[name]
        python = options.python if name == FLOOR else str(options.peers)
        process = found.process(f"benchmarks.peers.{module}", environment, python)
        told = await process.result(timeout=1800)
        if name in (SOURCING, QUIX):
            assert await table(database, COUNTS) == counts.table, "its table differs from ours"
    if name == BYTEWAX:
        assert table_of(told["table"]) == counts.table, "its table differs from ours"
    return {"events": told["events"], "rate": told["events"] / told["seconds"],
            "cpu": told["cpu"] / told["events"] * 1e6, "peak": told["peak"]}  # fmt: skip


def _counted(log: Log) -> Counts:
    counts = Counts()
    for event in log.prefix:
        counts.add(event)
    return counts


def _file(folder: Path, log: Log) -> Path:
    path = folder / "prefix.ndjson"
    if not path.exists():
        messages = ((encode(event), event.type) for event in log.prefix)
        lines = (json.dumps([m.key.decode(), kind, m.value.decode()]) for m, kind in messages)
        path.write_text("\n".join(lines), encoding="utf-8")
    return path


async def table(database: str, query: str) -> Table:
    """A table of counters in a database."""
    connection = await asyncpg.connect(database)
    try:
        return table_of(await connection.fetch(query))
    finally:
        await connection.close()
