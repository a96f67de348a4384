"""The ``motcua`` command as a real process, with all the processes it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from motcua_local.running.layout import Layout
from motcua_local.running.ports import free_port
from motcua_local.running.state import SERVICES, State, is_running, read_state


def motcua(*arguments: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "motcua_local", *arguments],
        capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "160"},
    )  # fmt: skip


def motcua_json(*arguments: str) -> Any:
    """What the command prints as JSON."""
    done = motcua(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def some_ports() -> str:
    """Four free ports, for --ports."""
    return ",".join(str(free_port()) for _ in SERVICES)


class Running:
    """``motcua up`` or ``motcua demo`` in the background."""

    def __init__(self, command: str, data: Path, *more: str) -> None:
        self.layout = Layout.of(data)
        self.output = data.parent / f"{command}.out"
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "motcua_local", command, "--data", str(data), *more],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={**os.environ, "COLUMNS": "160"},
            )  # fmt: skip
        self.family: list[psutil.Process] = []

    @property
    def text(self) -> str:
        """Everything printed so far."""
        return self.output.read_text(encoding="utf-8")

    def until(self, ready: Callable[[], bool], timeout: float = 60.0) -> None:
        """Waits; fails when the command ends or time is up."""
        end = time.monotonic() + timeout
        while not ready():
            assert self.process.poll() is None, self.text
            assert time.monotonic() < end, self.text
            time.sleep(0.05)

    def until_up(self) -> State:
        """Waits until everything is ready; remembers the processes."""
        self.until(lambda: "Ctrl-C stops" in self.text)
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        state = read_state(self.layout)
        assert state is not None
        return state

    def service(self, name: str) -> psutil.Process | None:
        """The service's process at this moment."""
        for child in psutil.Process(self.process.pid).children():
            if f"motcua_{name}" in child.cmdline():
                return child
        return None

    def left(self) -> list[psutil.Process]:
        """The processes of the family that still run."""
        return [
            process
            for process in self.family
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        ]

    def stopped(self) -> bool:
        """Whether nothing is left and the folder is free."""
        return not self.left() and not is_running(self.layout)
