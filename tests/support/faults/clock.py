"""Clocks that step: processes run under libfaketime, which reads the step from a file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

LIBRARIES = (
    "/usr/lib/*/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
)


SHARED = Path("/dev/shm")
"""Where libfaketime keeps a file or two of each process."""


class Clock:
    """The wall clock of some processes; their monotonic clock is left alone.

    ``available`` is False where libfaketime is not installed: then clocks cannot be made to step.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        found = [path for pattern in LIBRARIES for path in Path("/").glob(pattern[1:])]
        self._library = next(iter(found), None)
        self.step(0)

    @property
    def available(self) -> bool:
        return self._library is not None

    def environment(self) -> dict[str, str]:
        """What a process needs to run by this clock.

        Waits of threads are left alone: libfaketime's correction of them has a JVM spin.
        """
        if self._library is None:
            return {}
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        }

    def step(self, seconds: int) -> None:
        """The clock shows so many seconds more (or less) than the true time, within a second."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{seconds:+d}\n", encoding="ascii")
        draft.replace(self._file)


def tidy() -> None:
    """Removes what libfaketime left of processes that were killed."""
    for pattern in ("faketime_shm_*", "sem.faketime_sem_*"):
        for file in SHARED.glob(pattern):
            if not psutil.pid_exists(int(file.name.rpartition("_")[2])):
                with suppress(OSError):
                    file.unlink()
