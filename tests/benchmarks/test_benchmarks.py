"""Each benchmark runs, at toy size and without the peers that need packages of their own."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import freshness, growth, ingest, reading, replay
from benchmarks.chart import svg
from benchmarks.figures import Ratio, at_least, interleaved, percentile, percentiles
from benchmarks.options import Options
from benchmarks.report import write
from benchmarks.servers import servers

TOY = Options(
    events=3_000, repetitions=1, seconds=1.0, rates=(20,), dossiers=(50, 100),
    processes=(2,), rows=500,
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.asyncio
@pytest.mark.parametrize("benchmark", [replay, freshness, ingest, growth, reading])
async def test_it_runs(benchmark: ModuleType, apache_kafka: str, tmp_path: Path) -> None:
    """Servers, processes, loads and comparisons work; the figures of such a size mean nothing."""
    async with servers(apache_kafka) as found:
        result = await benchmark.run(found, TOY)
    assert result.rows
    assert all(len(row) == len(result.columns) for row in result.rows)
    assert result.chart
    assert not any("did not run" in note for note in result.notes)
    head = {
        "command": "toy",
        "repetitions": 1,
        "agencies": 1,
        "date": "2020-01-01",
        "disturbed": "",
    }
    write(tmp_path, [result], {"machine": "this one"}, head)
    assert json.loads((tmp_path / "results.json").read_text())["results"][0]["rows"]
    assert result.title in (tmp_path / "BENCHMARKS.md").read_text()


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0], 0.99) == 1.0
    hundred = [each / 1000 for each in range(1, 101)]
    assert percentiles(hundred) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}


def test_every_repetition_starts_with_another() -> None:
    assert interleaved(["a", "b"], 3) == ["a", "b", "b", "a", "a", "b"]


def test_a_target_is_judged_only_if_it_was_measured() -> None:
    assert at_least("x", 0.5, 0.4) == Ratio("x", 0.5, "≥ 0.4", met=True)
    assert at_least("x", None, 0.4).met is None


def test_charts_escape_and_scale() -> None:
    text = svg("a < b", "per s", [("motcua", 10.0), ("<peer>", 5.0)])
    assert "a &lt; b" in text
    assert "&lt;peer&gt;" in text
    assert text.count("<rect") == 3
