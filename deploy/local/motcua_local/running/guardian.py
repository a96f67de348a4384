"""A tiny process that ends the children when their parent cannot.

It runs in a session of its own and reads lines from the parent: ``+ PID SIGNAL`` for a child that
started, ``- PID`` for one that ended, ``rm PATH`` for a folder to delete. When the pipe closes, the
parent is gone, however it went: what is still on the list gets its signal, and five seconds later
SIGKILL. Only the standard library, so that it starts at once; works on Linux and macOS alike.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

PATIENCE = 5.0


def read(lines: Iterable[str]) -> tuple[dict[int, int], list[str]]:
    """The children still alive (pid to signal) and the folders to delete, when the pipe closes."""
    children: dict[int, int] = {}
    folders: list[str] = []
    for line in lines:
        verb, _, rest = line.rstrip("\n").partition(" ")
        if verb == "+":
            pid, number = rest.split()
            children[int(pid)] = int(number)
        elif verb == "-":
            children.pop(int(rest), None)
        elif verb == "rm":
            folders.append(rest)
    return children, folders


def send(pid: int, number: int) -> bool:
    """Sends a signal; False when the process is gone."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def is_gone(pid: int) -> bool:
    """Whether the process has ended, even if nobody has collected its exit code yet."""
    if not send(pid, 0):
        return True
    try:
        status = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
        return status.rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def end(children: dict[int, int]) -> None:
    """Signals every child, newest first, waits, and kills what is left."""
    left = [pid for pid in reversed(children) if send(pid, children[pid])]
    until = time.monotonic() + PATIENCE
    while left and time.monotonic() < until:
        time.sleep(0.05)
        left = [pid for pid in left if not is_gone(pid)]
    for pid in left:
        send(pid, signal.SIGKILL)


def main() -> None:
    """Reads until the parent is gone, then tidies up."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    children, folders = read(sys.stdin)
    end(children)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
