"""Processes under measurement: started, watched, ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from motcua_local.running.guard import Guard

from .peers.settings import peak_mib

TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used: CPU seconds, and the most memory it ever held, in MiB."""

    cpu: float
    peak: float


class Process:
    """A process of its own, in a session of its own; ``piped`` if its output is its result.

    The guardian ends it should we be killed ourselves.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, guard: Guard,
        *, piped: bool,
    ) -> None:  # fmt: skip
        self._log, self._guard = log, guard
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE if piped else sink,
                stderr=sink,
                env={**os.environ, "PYTHONPATH": str(TESTS), **environment},
                start_new_session=True,
            )
        self._watched = psutil.Process(self.pid)
        guard.started(self.pid, signal.SIGTERM)

    @property
    def pid(self) -> int:
        return self._process.pid

    def usage(self) -> Usage:
        """What it has used so far."""
        times = self._watched.cpu_times()
        return Usage(times.user + times.system, peak_mib(self.pid))

    async def ready(self, url: str, timeout: float = 60.0) -> None:
        """Wait until ``url`` answers 200. Raises RuntimeError if it ends or takes too long."""
        async with httpx.AsyncClient() as client:
            for _ in range(int(timeout / 0.05)):
                if self._process.poll() is not None:
                    break
                with suppress(httpx.HTTPError):
                    if (await client.get(url)).status_code == 200:
                        return
                await asyncio.sleep(0.05)
        raise RuntimeError(f"{url} is not ready; see {self._log}: {self._last_lines()}")

    async def result(self, timeout: float) -> Any:
        """The JSON in its last line of output, when it has ended. Raises RuntimeError."""
        try:
            output, _ = await asyncio.to_thread(self._process.communicate, timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"no end within {timeout:g} s; see {self._log}") from None
        self._guard.ended(self.pid)
        if self._process.returncode != 0:
            raise RuntimeError(self._last_lines())
        return json.loads(output.splitlines()[-1])

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        self._process.kill()
        self._process.communicate()
        self._guard.ended(self.pid)

    def stop(self, timeout: float = 10.0) -> None:
        """Ask it to end, and kill it when it does not."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        self._guard.ended(self.pid)

    def _last_lines(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " | ".join(lines[-3:])


def tree_cpu(pid: int) -> float:
    """CPU seconds that a process and its children have used, those that ended included."""
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        own = root.cpu_times()
        ended = own.children_user + own.children_system
        return own.user + own.system + ended + sum(map(_cpu, root.children()))
    return 0.0


def _cpu(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0
