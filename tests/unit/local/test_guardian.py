"""The guardian: ends what its parent left, and only that."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from motcua_local.running.guard import Guard
from motcua_local.running.guardian import end, is_gone, read

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); "
    "time.sleep(60)",
]  # fmt: skip


def test_it_remembers_who_is_alive() -> None:
    lines = ["+ 10 15\n", "+ 11 2\n", "- 10\n", "rm /tmp/x y\n", "- 99\n"]
    assert read(lines) == ({11: 2}, ["/tmp/x y"])


def test_it_ends_children_by_their_signal() -> None:
    child = subprocess.Popen(SLEEP)
    end({child.pid: signal.SIGINT})
    assert child.wait(5) != 0


def test_it_kills_what_does_not_listen(monkeypatch) -> None:
    monkeypatch.setattr("motcua_local.running.guardian.PATIENCE", 0.2)
    with subprocess.Popen(STUBBORN, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        end({child.pid: signal.SIGTERM})
        assert child.wait(5) == -signal.SIGKILL


def test_a_process_nobody_waited_for_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    until = time.monotonic() + 5
    while not is_gone(child.pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert is_gone(child.pid)
    child.wait()
    assert is_gone(child.pid)


def test_closing_the_pipe_ends_children_and_deletes_folders(tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    stays, goes = subprocess.Popen(SLEEP), subprocess.Popen(SLEEP)
    guard = Guard()
    guard.started(stays.pid, signal.SIGTERM)
    guard.started(goes.pid, signal.SIGTERM)
    guard.ended(stays.pid)
    guard.delete_at_end(folder)
    guard.close()
    assert goes.wait(5) == -signal.SIGTERM
    assert stays.poll() is None
    assert not folder.exists()
    stays.kill()
    stays.wait()
