"""``python -m benchmarks``: runs the benchmarks and writes the report."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from . import freshness, growth, ingest, reading, replay
from .figures import Result
from .machine import described, disturbed
from .options import Options
from .province import AGENCIES
from .report import write
from .servers import servers

BENCHMARKS = {
    "replay": replay.run,
    "freshness": freshness.run,
    "ingest": ingest.run,
    "growth": growth.run,
    "reading": reading.run,
}


def numbers(text: str) -> tuple[int, ...]:
    """Numbers between commas."""
    return tuple(int(part) for part in text.split(","))


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("benchmarks", description=__doc__)
    usual = Options()
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument(
        "--kafka", help="host:port; its motcua topics are DELETED. Default: a new one"
    )
    parser.add_argument("--peers", help="the Python that has the peers' packages")
    parser.add_argument("--events", type=int, default=usual.events, help="replay: events")
    parser.add_argument("--sourcing-events", type=int, default=usual.sourcing_events)
    parser.add_argument("--repetitions", type=int, default=usual.repetitions)
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of each load")
    parser.add_argument("--rates", type=numbers, default=usual.rates, help="such as 50,500,2000")
    parser.add_argument("--dossiers", type=numbers, default=usual.dossiers, help="growth: sizes")
    parser.add_argument("--processes", type=numbers, default=usual.processes)
    parser.add_argument("--rows", type=int, default=usual.rows, help="bulk: rows")
    return parser.parse_args(arguments)


def options_of(given: argparse.Namespace) -> Options:
    """The options, of the arguments."""
    fields = Options.__dataclass_fields__.keys() & vars(given).keys()
    return Options(**{name: getattr(given, name) for name in fields})


async def run(given: argparse.Namespace, command: str) -> int:
    """Each benchmark on fresh servers; the report is written anew after each. The exit code."""
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM,
        asyncio.current_task().cancel,  # type: ignore[union-attr]
    )
    options, results = options_of(given), list[Result]()
    async with servers(given.kafka) as found:
        about = await described(found, options.peers)
    head = {
        "command": command, "repetitions": options.repetitions, "agencies": AGENCIES,
        "disturbed": disturbed(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }  # fmt: skip
    failed = 0
    for name in given.only:
        print(f"{name} ...", flush=True)
        try:
            async with servers(given.kafka) as found:
                results.append(await BENCHMARKS[name](found, options))
        except RuntimeError as error:
            print(f"  failed: {error}")
            failed = 1
            continue
        for row in results[-1].rows:
            print("  ", *row, flush=True)
        write(given.out, results, about, head)
    return failed


if __name__ == "__main__":
    arguments = sys.argv[1:]
    command = " ".join(["python -m benchmarks", *arguments])
    raise SystemExit(asyncio.run(run(parsed(arguments), command)))
