"""The lock on a data folder and the note of what runs on it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from motcua_local.errors import LocalError

from .layout import Layout

SERVICES = ("intake", "workflow", "feedback", "scoring")


class State(BaseModel):
    """Addresses of what runs on a data folder, and the process that looks after it."""

    model_config = ConfigDict(frozen=True)

    pid: int
    data: Path
    services: dict[str, str]
    database: str
    broker: str

    def url(self, service: str) -> str:
        """The base address of ``service``."""
        return self.services[service]


def read_state(layout: Layout) -> State | None:
    """The note in the folder, or None when there is none or it cannot be read."""
    try:
        return State.model_validate_json(layout.state.read_bytes())
    except (OSError, ValidationError):
        return None


def write_state(layout: Layout, state: State) -> None:
    """Replaces the note at once, so that a reader never sees half of it."""
    draft = layout.state.with_suffix(".new")
    draft.write_text(state.model_dump_json(indent=2), encoding="utf-8")
    draft.replace(layout.state)


def is_running(layout: Layout) -> bool:
    """Whether somebody holds the folder's lock. A note left by a killed process is not enough."""
    if not layout.lock.exists():
        return False
    with layout.lock.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def running_state(layout: Layout) -> State:
    """What runs on the folder; raises LocalError (code 3) when nothing does."""
    state = read_state(layout)
    if state is None or not is_running(layout):
        raise LocalError(
            f"nothing is running on {layout.root}; start it with: motcua up --data {layout.root}",
            code=3,
        )
    return state


class FolderLock:
    """Only one stack runs on a data folder.

    The lock belongs to an open file, so it ends with the processes that hold it, however they end.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._handle: IO[bytes] | None = None

    def fileno(self) -> int:
        """The open file: whoever inherits it keeps the lock."""
        if self._handle is None:
            raise ValueError("the lock is not held")
        return self._handle.fileno()

    async def acquire(self, patience: float = 8.0) -> None:
        """Takes the lock. Waits ``patience`` seconds while a killed predecessor is tidied up.

        Raises LocalError, naming what is running, when the folder is in use.
        """
        handle = self._layout.lock.open("ab")
        end = time.monotonic() + patience
        while not _try_lock(handle):
            state = read_state(self._layout)
            if (state is not None and _alive(state.pid)) or time.monotonic() > end:
                handle.close()
                raise LocalError(_in_use(self._layout, state))
            await asyncio.sleep(0.1)
        self._handle = handle

    def release(self) -> None:
        """Takes the note away and frees the folder."""
        if self._handle is None:
            return
        self._layout.state.unlink(missing_ok=True)
        self._handle.close()
        self._handle = None


def _try_lock(handle: IO[bytes]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _in_use(layout: Layout, state: State | None) -> str:
    if state is None:
        return f"another motcua is starting on {layout.root}; wait for it or use another --data"
    where = ", ".join(f"{name} {url}" for name, url in state.services.items())
    return (
        f"motcua is already running on {layout.root} (process {state.pid}: {where}); "
        "stop it with Ctrl-C there, or use another --data"
    )
