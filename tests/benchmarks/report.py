"""The report: results.json, and BENCHMARKS.md with a chart for each benchmark written from it.

Each benchmark is a part with what it was measured on, so that each can be measured anew by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .chart import svg, written
from .figures import Ratio, Result
from .method import HEAD, METHOD, PROFILE

ORDER = (
    "replay", "replay_large", "growth", "scaling", "storage", "freshness", "ingest", "reading",
)  # fmt: skip
TOO_BUSY = 0.10
Parts = dict[str, dict[str, Any]]


def save(folder: Path, result: Result, measured: Mapping[str, Any]) -> None:
    """Put a part in place of its former self, and write everything anew.

    ``measured`` says when, how and on what: date, command, revision, busy, repetitions, about.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = load(folder)
    parts[result.name] = {**result.plain(), "measured": dict(measured)}
    path = folder / "results.json"
    path.write_text(
        json.dumps({"parts": parts}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    write(folder)


def load(folder: Path) -> Parts:
    """The parts measured so far, in the order of the report."""
    path = folder / "results.json"
    found = json.loads(path.read_text(encoding="utf-8")).get("parts", {}) if path.exists() else {}
    return {name: found[name] for name in ORDER if name in found}


def write(folder: Path) -> None:
    """Write the page and the charts from results.json."""
    parts = load(folder)
    for name, part in parts.items():
        one = Result.from_plain(part)
        (folder / f"{name}.svg").write_text(svg(one.title, one.unit, one.chart), encoding="utf-8")
    profile = (folder / "PROFILE.md").exists()
    (folder / "BENCHMARKS.md").write_text(markdown(parts, profile=profile), encoding="utf-8")


def markdown(parts: Parts, *, profile: bool) -> str:
    """The page. Pure."""
    results = [Result.from_plain(part) for part in parts.values()]
    told = [HEAD, *_disturbed(parts), *_targets(results), PROFILE if profile else ""]
    for one in results:
        told += [f"## {one.title}\n\n", _table(one.columns, one.rows),
                 f"\n![{one.title}]({one.name}.svg)\n\n"]  # fmt: skip
        told += [f"- {note}\n" for note in one.notes] + ["\n"] * bool(one.notes)
    return "".join([*told, *_measured(parts), METHOD])


def _disturbed(parts: Parts) -> Iterable[str]:
    busy = [name for name, part in parts.items() if part["measured"]["busy"] > TOO_BUSY]
    if busy:
        yield (
            f"**The machine was busy with other work when these began: {', '.join(busy)}. That "
            "slows most what needs several processes at once, as our services do. Measure them "
            "again on a quiet machine before quoting them.**\n\n"
        )


def _targets(results: Iterable[Result]) -> Iterable[str]:
    rows = [
        [each.name, "not measured" if each.value is None else written(each.value), each.target,
         _verdict(each)]
        for one in results for each in one.ratios
    ]  # fmt: skip
    yield "## Targets\n\n"
    yield _table(["ratio within one run", "reached", "target", ""], rows)
    yield "\n"


def _verdict(one: Ratio) -> str:
    return {True: "met", False: "**missed**", None: ""}[one.met]


def _measured(parts: Parts) -> Iterable[str]:
    told = {name: part["measured"] for name, part in parts.items()}
    yield "## On what\n\n"
    yield _table(
        ["part", "date", "revision", "others used", "repetitions", "command"],
        [[name, one["date"], one["revision"], f"{one['busy']:.0%}", one["repetitions"],
          f"`{one['command']}`"] for name, one in told.items()],
    )  # fmt: skip
    yield "\n"
    names = dict.fromkeys(name for one in told.values() for name in one["about"])
    yield _table(("", ""), [[name, _distinct(told, name)] for name in names])
    yield "\n"


def _distinct(told: Mapping[str, Mapping[str, Any]], name: str) -> str:
    return " / ".join(dict.fromkeys(one["about"].get(name, "") for one in told.values()))


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *([_cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)
