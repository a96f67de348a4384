"""What a run ran on: machine, servers, packages."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import asyncpg
import psutil

from motcua_local.kafka.broker import POM

from .processes import TESTS
from .servers import Servers

OURS = ("aiokafka", "asyncpg", "fastapi", "pydantic", "uvicorn", "uvloop")
PEERS = ("bytewax", "eventsourcing", "faststream", "quixstreams", "confluent-kafka", "pydantic")
ASK = "import json,sys; from importlib.metadata import version as v; "


async def described(found: Servers, peers: str | None) -> dict[str, str]:
    """Machine and versions, as a table shows them."""
    connection = await asyncpg.connect(found.postgres.url())
    server = await connection.fetchval("show server_version")
    await connection.close()
    return {
        "revision": _revision(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB, {platform.system()} "
        f"{platform.release()}",
        "load average at the start": " ".join(f"{each:.1f}" for each in os.getloadavg()),
        "Python": platform.python_version(),
        "PostgreSQL": str(server),
        "Apache Kafka": _kafka(),
        "packages": _listed((name, version(name)) for name in OURS),
        "peers' packages": _peers(peers) if peers else "left out",
    }


def disturbed() -> str:
    """A warning for the report when others use the machine before a run begins; else nothing."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load < cores / 4:
        return ""
    return (
        f"**The machine was busy with other work: load average {load:.1f} on {cores} cores before "
        "this run began. That slows most what needs several processes at once, as our services "
        "do. Run it again on a quiet machine before quoting it.**\n\n"
    )


def _revision() -> str:
    git = ["git", "-C", str(TESTS), "describe", "--always", "--dirty=, with changes since"]
    told = subprocess.run(git, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "not known"


def _processor() -> str:
    with suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
        if found := re.search(r"model name\s*: (.+)", text):
            return found[1]
    return platform.processor() or platform.machine()


def _kafka() -> str:
    found = re.search(r"<version>(4[^<]*)</version>", POM.read_text(encoding="utf-8"))
    return found[1] if found else "4"


def _peers(python: str) -> str:
    code = f"{ASK}print(json.dumps([[n, v(n)] for n in {list(PEERS)!r}]))"
    told = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return _listed(json.loads(told.stdout))


def _listed(found: Iterable[Iterable[str]]) -> str:
    return ", ".join(" ".join(each) for each in found)
