"""The report: BENCHMARKS.md, results.json and a chart for each benchmark."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .chart import svg, written
from .figures import Ratio, Result

HEAD = """\
# Benchmarks

Figures are medians of {repetitions} repetitions, with contenders taking turns (growth by size is
one pass: every size builds on the one before). Every comparison was made on the same machine, the
same servers and the same data within one run. Absolute figures are this machine's; only the ratios
travel. Written by

```
{command}
```

on {date}. To make them anew: `make bench` (sizes: `BENCH="--help"`).

{disturbed}"""
METHOD = """\
## How it is measured

- **Replay.** A log of simulated years lies on Kafka, each year in the order in which things
  happened. Contenders read it from the beginning; time, CPU and memory count from their first event
  on, for their own process (PostgreSQL's and Kafka's work is not in it). The floor reads and
  validates and does nothing else. Ours folds all events into everything that scoring keeps and
  publishes; the peers do one small part of that: dossiers received, resolved and returned by
  resolving agency, month and channel. Their final tables were compared with that part of ours and
  with a pure count of the log: all equal, or the contender is not in the table. bytewax keeps its
  result in memory (it has no durable sink); eventsourcing keeps what it knows of each dossier in
  memory, and reads a shorter log from its own event store; quixstreams writes at its checkpoints,
  every five seconds as shipped, so that a short log counts against it.
- **Freshness.** Resolutions are posted at a fixed rate whatever the answers do, spread over
  {agencies} agencies; a request counts from when it was due (no coordinated omission) to when a
  subscriber received a message that counts it. Ours: POST at workflow, event store, relay, Kafka,
  scoring's transaction, publisher, relay, Kafka. The peer: POST, Kafka, a counter in memory, Kafka;
  no store, and nothing to start again from.
- **Ingest.** 32 keep-alive connections, each sending when it was answered. Bulk: requests of 2,000
  lines, two in flight, beside one COPY of the same rows into a bare table.
- **Growth.** The same number of new events on top of ever more dossiers.
- **Reading.** Ours evaluates when asked for; the peer selects a finished answer by its key.
"""


def write(
    folder: Path, results: Sequence[Result], about: Mapping[str, str], head: Mapping[str, Any]
) -> None:
    """Write everything into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in results:
        path = folder / f"{one.name}.svg"
        path.write_text(svg(one.title, one.unit, one.chart), encoding="utf-8")
    plain = {**head, "about": about, "results": [one.plain() for one in results]}
    (folder / "results.json").write_text(
        json.dumps(plain, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    (folder / "BENCHMARKS.md").write_text(markdown(results, about, head), encoding="utf-8")


def markdown(results: Sequence[Result], about: Mapping[str, str], head: Mapping[str, Any]) -> str:
    """The page. Pure."""
    parts = [HEAD.format(**head), *_targets(results)]
    for one in results:
        parts += [f"## {one.title}\n\n", _table(one.columns, one.rows),
                  f"\n![{one.title}]({one.name}.svg)\n\n"]  # fmt: skip
        parts += [f"- {note}\n" for note in one.notes] + ["\n"] * bool(one.notes)
    parts += ["## On what\n\n", _table(("", ""), list(about.items())), "\n"]
    return "".join(parts) + METHOD.format(**head)


def _targets(results: Iterable[Result]) -> Iterable[str]:
    rows = [
        [each.name, "not measured" if each.value is None else written(each.value), each.target,
         _verdict(each)]
        for one in results for each in one.ratios
    ]  # fmt: skip
    yield "## Targets\n\n"
    yield _table(["ratio within this run", "reached", "target", ""], rows)
    yield "\n"


def _verdict(one: Ratio) -> str:
    return {True: "met", False: "**missed**", None: ""}[one.met]


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *([_cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)
