"""Long fault runs: ``python -m faults --seconds 300 --seeds 1,2,3``.

Prints a line per run, writes the report, and ends with code 1 if any promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from faults.load import A_YEAR
from faults.report import report
from faults.run import Outcome, run

DOSSIERS_PER_SECOND = 20


def main() -> int:
    """Runs each seed in a folder of its own; that of a broken run is kept."""
    given = _arguments()
    outcomes = [_run(seed, given.seconds) for seed in map(int, given.seeds.split(","))]
    command = f"make fault SECONDS={given.seconds:g} SEEDS={given.seeds}"
    text = report(outcomes, command, datetime.now(UTC))
    given.report.parent.mkdir(parents=True, exist_ok=True)
    given.report.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{text}\nreport: {given.report}\n")
    return 0 if all(each.ok and not each.missed for each in outcomes) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description="Long fault runs.")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seeds", default="1,2,3", help="numbers with commas")
    parser.add_argument("--report", type=Path, default=Path("docs/faults.md"))
    return parser.parse_args()


def _run(seed: int, seconds: float) -> Outcome:
    folder = Path(tempfile.mkdtemp(prefix=f"motcua-fault-{seed}-"))
    folder.chmod(0o755)
    dossiers = min(A_YEAR, int(seconds * DOSSIERS_PER_SECOND))
    running = run(folder / "cluster", seed, seconds=seconds, dossiers=dossiers, live=dossiers // 20)
    outcome = asyncio.run(running)
    sys.stdout.write(f"{outcome.summary()}\n")
    if outcome.ok:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        sys.stdout.write(f"{outcome.details()}\nlogs: {folder / 'cluster' / 'logs'}\n")
    return outcome


if __name__ == "__main__":
    raise SystemExit(main())
