"""Figures are told as they were measured, and parts measured at different times stand together."""

from __future__ import annotations

from pathlib import Path

from benchmarks.chart import svg
from benchmarks.figures import Ratio, Result, at_least, interleaved, percentile, percentiles
from benchmarks.racers import FLOOR, OURS, STREAMS_ONCE
from benchmarks.replay_result import told
from benchmarks.report import load, save

MEASURED = {
    "command": "x", "date": "2020-01-01", "revision": "a", "busy": 0.0, "repetitions": 3,
    "about": {"machine": "this one"},
}  # fmt: skip
RUN = {"events": 9.0, "rate": 100.0, "cpu": 10.0, "servers": 1.0, "peak": 5.0, "complete": 1.0}


def part(name: str, value: float) -> Result:
    return Result(
        name, f"Title of {name}", ["a", "b"], [["x", 1_000]], [at_least("r", value, 1)],
        [("motcua", value)], "per s",
    )  # fmt: skip


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


def test_a_part_measured_again_replaces_itself_only(tmp_path: Path) -> None:
    save(tmp_path, part("ingest", 1.0), MEASURED)
    save(tmp_path, part("replay", 2.0), MEASURED)
    save(tmp_path, part("ingest", 0.5), {**MEASURED, "revision": "b", "busy": 0.5})
    assert list(load(tmp_path)) == ["replay", "ingest"]
    page = (tmp_path / "BENCHMARKS.md").read_text(encoding="utf-8")
    assert page.index("Title of replay") < page.index("Title of ingest")
    assert "| r | 2 | ≥ 1 | met |" in page
    assert "| r | 0.5 | ≥ 1 | **missed** |" in page
    assert "| ingest | 2020-01-01 | b | 50% | 3 | `x` |" in page
    assert "busy with other work when these began: ingest." in page
    assert "PROFILE.md" not in page


def test_the_page_links_the_profile_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "PROFILE.md").write_text("# Profile\n", encoding="utf-8")
    save(tmp_path, part("replay", 2.0), MEASURED)
    assert "(PROFILE.md)" in (tmp_path / "BENCHMARKS.md").read_text(encoding="utf-8")


def test_a_replay_is_told_as_far_as_it_got() -> None:
    runs = {OURS.name: [RUN, {**RUN, "complete": 0.0}], FLOOR.name: [{**RUN, "rate": 400.0}]}
    result = told("replay", 9, 2, runs, {})
    assert [row[:2] for row in result.rows] == [[OURS.name, 2], [FLOOR.name, 1]]
    assert result.ratios == [
        Ratio("replay / getmany + validate (floor), 9 events", 0.25, "≥ 0.4", met=False)
    ]
    assert result.notes == ["motcua scoring was stopped before the end of the log"]


def test_a_cpu_second_of_ours_is_set_against_one_of_kafka_streams() -> None:
    runs = {OURS.name: [RUN], STREAMS_ONCE.name: [{**RUN, "rate": 200.0, "cpu": 21.0}]}
    found = [
        one.value for one in told("replay", 9, 2, runs, {}).ratios if STREAMS_ONCE.name in one.name
    ]
    assert found == [0.5, 2.0]
