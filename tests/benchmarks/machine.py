"""What a run ran on: machine, servers, packages."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
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
        "machine": f"{_processor()}, {os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB, {platform.system()} "
        f"{platform.release()}",
        "Python": platform.python_version(),
        "PostgreSQL": str(server),
        "Apache Kafka and Kafka Streams": _kafka(),
        "Java": _java(),
        "packages": _listed((name, version(name)) for name in OURS),
        "peers' packages": _peers(peers) if peers else "left out",
    }


def busy(seconds: float = 2.0) -> float:
    """The share of all cores (0 to 1) that others use, before a benchmark begins."""
    return psutil.cpu_percent(interval=seconds) / 100


def revision() -> str:
    """What of the repository is measured."""
    git = ["git", "-C", str(TESTS), "describe", "--always", "--dirty=, with changes since"]
    told = subprocess.run(git, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "not known"


def _processor() -> str:
    with suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
        if found := re.search(r"model name\s*: (.+)", text):
            return found[1]
    return platform.processor() or platform.machine()


def _java() -> str:
    java = shutil.which("java")
    if java is None:
        return "none"
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    return (told.stderr or told.stdout).splitlines()[0]


def _kafka() -> str:
    found = re.search(r"<version>(4[^<]*)</version>", POM.read_text(encoding="utf-8"))
    return found[1] if found else "4"


def _peers(python: str) -> str:
    code = f"{ASK}print(json.dumps([[n, v(n)] for n in {list(PEERS)!r}]))"
    told = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return _listed(json.loads(told.stdout))


def _listed(found: Iterable[Iterable[str]]) -> str:
    return ", ".join(" ".join(each) for each in found)
