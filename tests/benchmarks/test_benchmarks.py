"""Each benchmark runs, at toy size and without the peers that need packages of their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from needs_kafka import needs_kafka

from benchmarks import freshness, growth, ingest, reading, replay, scaling, storage
from benchmarks.options import Options
from benchmarks.racers import FLOOR, OURS, STREAMS
from benchmarks.report import load, save
from benchmarks.servers import Servers, forget, servers

TOY = Options(
    events=4_000, repetitions=1, seconds=1.0, rates=(20,), dossiers=(60,), processes=(2,),
    rows=500, scaling_events=4_000, stored=0.02,
    contenders=(OURS.name, FLOOR.name, STREAMS.name),
)  # fmt: skip
MEASURED = {
    "command": "toy", "date": "2020-01-01", "revision": "this", "busy": 0.0, "repetitions": 1,
    "about": {"machine": "this one"},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.asyncio
async def test_each_runs(apache_kafka: str, tmp_path: Path) -> None:
    """Servers, processes, loads and comparisons work; the figures of such a size mean nothing.

    Those that write the log themselves run beside those that have our services write it, which get
    a broker of their own.
    """
    with needs_kafka():
        async with asyncio.TaskGroup() as lanes:
            lanes.create_task(lane(apache_kafka, [replay, growth, scaling], tmp_path / "log"))
            lanes.create_task(lane(None, [freshness, storage, reading, ingest], tmp_path / "http"))


async def lane(kafka: str | None, benchmarks: Sequence[ModuleType], folder: Path) -> None:
    """Benchmarks one after the other on the same servers."""
    async with servers(kafka) as found:
        for benchmark in benchmarks:
            await forget(found.kafka)
            await runs(benchmark, found, folder)


async def runs(benchmark: ModuleType, found: Servers, folder: Path) -> None:
    """A benchmark's result is whole and stands in the report."""
    result = await benchmark.run(found, TOY)
    assert result.rows
    assert all(len(row) == len(result.columns) for row in result.rows)
    assert result.chart
    assert not any("did not run" in note for note in result.notes if _can_run(note))
    save(folder, result, MEASURED)
    assert json.loads((folder / "results.json").read_text())["parts"][result.name]["rows"]
    assert load(folder)[result.name]["title"] == result.title
    assert result.title in (folder / "BENCHMARKS.md").read_text()


def _can_run(note: str) -> bool:
    """Whether what a note is about could run here: Kafka Streams needs Java and Maven."""
    return not (note.startswith("Kafka Streams") and "needs Java" in note)
