"""Long fault runs: ``python -m faults --seconds 300 --seeds 1,2,3``.

Prints a line per run, writes a report, and ends with code 1 if any promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from faults.run import Outcome, run

DOSSIERS_PER_SECOND = 20


def report(outcomes: Sequence[Outcome]) -> str:
    """The runs as Markdown: totals, every fault with how often, and what was broken."""
    faults: Counter[str] = Counter()
    for outcome in outcomes:
        faults.update(outcome.faults)
    broken = [each for each in outcomes if not each.ok]
    lines = [
        "# Fault runs",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {len(outcomes)} seeds, {sum(faults.values())}"
        f" faults of {len(faults)} kinds, {sum(each.history.lines for each in outcomes)} commands"
        f" accepted, {sum(len(each.evidence.stored) for each in outcomes)} events recorded."
        f" {'Every promise kept.' if not broken else f'BROKEN in {len(broken)} runs.'}",
        "",
        *(f"- {each.summary()}" for each in outcomes),
        "",
        "| fault | times |",
        "|---|---|",
        *(f"| {name} | {times} |" for name, times in sorted(faults.items())),
        "",
        *(note for note in sorted({note for each in outcomes for note in each.notes})),
        *(f"```\n{each.details(20)}\n```" for each in broken),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Runs each seed in a folder of its own; that of a broken run is kept."""
    parser = argparse.ArgumentParser(prog="faults", description="Long fault runs.")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seeds", default="1,2,3", help="numbers with commas")
    parser.add_argument("--report", type=Path, default=Path(".fault/report.md"))
    given = parser.parse_args()
    outcomes = []
    for seed in map(int, given.seeds.split(",")):
        folder = Path(tempfile.mkdtemp(prefix=f"motcua-fault-{seed}-"))
        folder.chmod(0o755)
        dossiers = int(given.seconds * DOSSIERS_PER_SECOND)
        running = run(folder, seed, seconds=given.seconds, dossiers=dossiers, live=dossiers // 20)
        outcome = asyncio.run(running)
        outcomes.append(outcome)
        sys.stdout.write(f"{outcome.summary()}\n")
        if outcome.ok:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            sys.stdout.write(f"{outcome.details()}\nlogs: {folder / 'logs'}\n")
    given.report.parent.mkdir(parents=True, exist_ok=True)
    given.report.write_text(report(outcomes), encoding="utf-8")
    sys.stdout.write(f"report: {given.report}\n")
    return 0 if all(each.ok for each in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
