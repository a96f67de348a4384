"""The parent's side of the guardian."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("guardian.py")


class Guard:
    """Tells the guardian what to end should this process die without a chance to do it itself."""

    def __init__(self, keep_open: tuple[int, ...] = ()) -> None:
        """``keep_open``: files the guardian inherits, such as the data folder's lock."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=keep_open,
            cwd="/",
            text=True,
        )

    def started(self, pid: int, signal_number: int) -> None:
        """``pid`` runs; ``signal_number`` asks it to stop."""
        self._tell(f"+ {pid} {signal_number}")

    def ended(self, pid: int) -> None:
        """``pid`` is gone."""
        self._tell(f"- {pid}")

    def delete_at_end(self, folder: Path) -> None:
        """``folder`` is temporary: delete it when everything has ended."""
        self._tell(f"rm {folder}")

    def close(self, timeout: float = 10.0) -> None:
        """Lets the guardian finish and waits for it."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)

    def _tell(self, line: str) -> None:
        stream = self._process.stdin
        if stream is None:
            return
        with contextlib.suppress(BrokenPipeError):
            stream.write(line + "\n")
            stream.flush()
