"""``python -m benchmarks``: runs the benchmarks and writes the report after each."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import freshness, growth, ingest, reading, replay, scaling, storage
from .figures import Result
from .machine import busy, described, revision
from .options import Options
from .racers import ALL
from .report import save, write
from .servers import servers

BENCHMARKS = {
    "replay": replay.run,
    "replay_large": replay.run_large,
    "growth": growth.run,
    "scaling": scaling.run,
    "storage": storage.run,
    "freshness": freshness.run,
    "ingest": ingest.run,
    "reading": reading.run,
}
USUAL = [name for name in BENCHMARKS if name != "replay_large"]
ONCE = ("replay_large", "growth", "storage")
"""Parts that make one pass."""


def numbers(text: str) -> tuple[int, ...]:
    """Numbers between commas."""
    return tuple(int(part) for part in text.split(","))


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("benchmarks", description=__doc__)
    usual = Options()
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=USUAL)
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--report", action="store_true", help="only write the report anew")
    parser.add_argument(
        "--kafka", help="host:port; its motcua topics are DELETED. Default: a new one"
    )
    parser.add_argument("--peers", help="the Python that has the peers' packages")
    parser.add_argument("--contenders", nargs="+", choices=[one.name for one in ALL], default=(),
                        help="of the replay")  # fmt: skip
    parser.add_argument("--events", type=int, default=usual.events, help="replay: events")
    parser.add_argument("--large-events", type=int, default=usual.large_events)
    parser.add_argument("--sourcing-events", type=int, default=usual.sourcing_events)
    parser.add_argument("--scaling-events", type=int, default=usual.scaling_events)
    parser.add_argument("--cap", type=float, default=usual.cap, help="seconds of a contender")
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
    """Each benchmark on fresh servers. The exit code."""
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM,
        asyncio.current_task().cancel,  # type: ignore[union-attr]
    )
    options, failed = options_of(given), 0
    for name in given.only:
        print(f"{datetime.now(UTC):%H:%M:%S} {name} ...", flush=True)
        measured: dict[str, Any] = {
            "command": command, "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            "revision": revision(), "busy": busy(),
            "repetitions": 1 if name in ONCE else options.repetitions,
        }  # fmt: skip
        try:
            await _part(name, given, options, measured)
        except (RuntimeError, AssertionError) as error:
            print(f"  failed: {error}", flush=True)
            failed = 1
    return failed


async def _part(
    name: str, given: argparse.Namespace, options: Options, measured: dict[str, Any]
) -> None:
    def keep(result: Result) -> None:
        print("  ", *(result.rows[-1:] or result.notes), flush=True)
        save(given.out, result, measured)

    async with servers(given.kafka) as found:
        measured["about"] = await described(found, options.peers)
        result = await BENCHMARKS[name](found, replace(options, keep=keep))
    for line in (*(" ".join(map(str, row)) for row in result.rows), *result.notes):
        print("  ", line, flush=True)
    save(given.out, result, measured)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    told = parsed(arguments)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    gc.disable()  # a log is made of millions of small things, none of them in a circle
    if told.report:
        write(told.out)
        raise SystemExit(0)
    raise SystemExit(asyncio.run(run(told, " ".join(["python -m benchmarks", *arguments]))))
