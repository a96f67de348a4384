"""A trap: a process dies by kill -9 at a stage of its work, at its n-th passage.

Both sides meet in files. The nemesis ``set``s the trap of a process and looks whether it has
``sprung``; the process tells its trap whenever it is ``passing`` a stage.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path


class Trap:
    """The trap of the process with that name, in a folder shared with the nemesis."""

    def __init__(self, folder: Path, name: str) -> None:
        self._armed = folder / f"{name}.armed"
        self._sprung = folder / f"{name}.sprung"
        self._passages = 0
        folder.mkdir(exist_ok=True)

    def set(self, stage: str, passage: int = 1) -> None:
        """The process dies when it comes by the stage for the ``passage``-th time from now."""
        self._sprung.unlink(missing_ok=True)
        draft = self._armed.with_suffix(".new")
        draft.write_text(f"{passage} {stage}", encoding="utf-8")
        draft.replace(self._armed)

    @property
    def sprung(self) -> bool:
        """Whether the process has died since the trap was set."""
        return self._sprung.exists()

    async def wait(self, seconds: float) -> None:
        """Waits until it has sprung, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.sprung:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

    def passing(self, stage: str) -> None:
        """The process comes by a stage; if it is the one, it goes no further."""
        try:
            passage, _, where = self._armed.read_text(encoding="utf-8").partition(" ")
        except FileNotFoundError:
            self._passages = 0
            return
        if where != stage:
            return
        self._passages += 1
        if self._passages >= int(passage):
            self._armed.replace(self._sprung)
            os.kill(os.getpid(), signal.SIGKILL)
