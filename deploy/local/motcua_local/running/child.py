"""One operating system process with its log file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .guard import Guard


@dataclass(frozen=True, slots=True)
class Command:
    """How to run a process. ``stop_signal`` asks it to end; ``user`` is set when we are root."""

    name: str
    arguments: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    user: str | int | None = None
    folder: Path | None = None


class Child:
    """A running process in a session of its own, so that Ctrl-C reaches only the supervisor."""

    def __init__(self, command: Command, process: asyncio.subprocess.Process, guard: Guard) -> None:
        self.command = command
        self._process = process
        self._guard = guard

    @classmethod
    async def start(cls, command: Command, guard: Guard) -> Child:
        """Starts the command; its output is appended to its log file."""
        with command.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command.arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **command.environment},
                cwd=command.folder,
                start_new_session=True,
                user=command.user,
                group=_group_of(command.user),
                extra_groups=None if command.user is None else [],
            )
        guard.started(process.pid, command.stop_signal)
        return cls(command, process, guard)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._process.returncode

    async def wait(self) -> int:
        """Waits until it ends and returns its exit code."""
        code = await self._process.wait()
        self._guard.ended(self.pid)
        return code

    async def stop(self, timeout: float = 8.0) -> None:
        """Asks it to stop, and kills it when it has not within ``timeout`` seconds."""
        if self.exit_code is None:
            self._signal(self.command.stop_signal)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await asyncio.shield(self.wait())
        if self.exit_code is None:
            self._signal(signal.SIGKILL)
        await self.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)


def _group_of(user: str | int | None) -> int | None:
    if user is None:
        return None
    import pwd  # noqa: PLC0415 - not on every system

    entry = pwd.getpwnam(user) if isinstance(user, str) else pwd.getpwuid(user)
    return entry.pw_gid


def last_lines(log: Path, count: int = 3) -> str:
    """The end of a log file, for an error line; empty when there is none."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return " | ".join(line.strip() for line in text.splitlines()[-count:] if line.strip())
