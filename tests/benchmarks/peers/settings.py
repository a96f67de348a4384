"""What every peer process is told, and how it tells its result."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BOOTSTRAP = os.environ.get("BENCH_KAFKA", "")
DATABASE = os.environ.get("BENCH_DATABASE", "")
EVENTS = int(os.environ.get("BENCH_EVENTS", "0"))
EXPECTED = int(os.environ.get("BENCH_EXPECTED", "0"))
"""The sum of all counters when all events are counted."""
LOG = os.environ.get("BENCH_LOG", "")
PORT = int(os.environ.get("BENCH_PORT", "0"))
TOPICS = os.environ.get("BENCH_TOPICS", "").split(",")


def peak_mib(pid: int | str = "self") -> float:
    """The most memory a process ever held, in MiB: Linux's high-water mark, else our own maximum.

    The maximum that Linux reports with the usage of a child begins at what its parent held.
    """
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(slots=True)
class Stopwatch:
    """Times a process from its first event on."""

    began: float = 0.0
    cpu: float = 0.0
    events: int = field(default=0)

    def count(self, events: int = 1) -> None:
        """Events have arrived."""
        if not self.events:
            self.began, self.cpu = time.perf_counter(), time.process_time()
        self.events += events

    def tell(self, table: Any = None) -> None:
        """Write the result to standard output, as the last thing the process does."""
        result: Mapping[str, Any] = {
            "events": self.events,
            "seconds": time.perf_counter() - self.began,
            "cpu": time.process_time() - self.cpu,
            "peak": peak_mib(),
            "table": table,
        }
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
