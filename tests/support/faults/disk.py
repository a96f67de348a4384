"""A small file system for a server, which a fault can fill."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil

LEAST = str(64 * 1024)
"""Bytes a file may have while the disk is full, where no file system could be mounted."""


class Disk:
    """A folder on a file system of its own: a tmpfs of ``megabytes``, where mounting is permitted.

    Filling it leaves no free block. Where mounting is not permitted, ``fill`` limits the size of
    files that the server's processes may write instead (EFBIG in place of ENOSPC); ``kind`` says
    which it is.
    """

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        folder.mkdir(parents=True)
        self.mounted = _mount(folder, megabytes)
        self.kind = "a full tmpfs" if self.mounted else "a limit on the size of files"

    def fill(self, server: int) -> None:
        """No room from now on. ``server`` is the process id of the server that writes here."""
        if not self.mounted:
            _limit(server, LEAST)
            return
        at = 0
        with self._ballast.open("wb") as ballast:
            for step in (16 * 1024 * 1024, 256 * 1024, 4096):
                with suppress(OSError):
                    while True:
                        os.posix_fallocate(ballast.fileno(), at, step)
                        at += step

    def free(self, server: int) -> None:
        """Room again."""
        if not self.mounted:
            _limit(server, "unlimited")
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        """Takes the file system away; call it when nothing uses it any more."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)


def _mount(folder: Path, megabytes: int) -> bool:
    """A tmpfs on the folder; False where that is not permitted."""
    mount = shutil.which("mount")
    if mount is None:
        return False
    options = f"size={megabytes}m,mode=755"
    command = [mount, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _limit(server: int, size: str) -> None:
    """Limits what the server and its children may write to a file, as the account they run under:
    only that may do so without a capability of its own."""
    if not psutil.pid_exists(server):
        return
    family = [psutil.Process(server), *psutil.Process(server).children()]
    own = os.geteuid() != 0
    for process in family:
        with suppress(psutil.NoSuchProcess):
            subprocess.run(
                ["prlimit", "--pid", str(process.pid), f"--fsize={size}:unlimited"],
                user=None if own else process.uids().real,
                group=None if own else process.gids().real,
                extra_groups=None if own else [],
                check=False, capture_output=True,
            )  # fmt: skip
