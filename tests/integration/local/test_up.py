"""``motcua up``: real processes that come, come back, and go without leaving anything."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from motcua_command import Running, motcua, motcua_json, some_ports

from motcua_local.running.ports import HOST, free_port
from motcua_local.running.state import SERVICES


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(*more: str) -> Running:
        started.append(Running("up", tmp_path / "data", *more))
        return started[-1]

    yield start
    for one in started:
        one.process.terminate()
        one.process.wait(30)


def gone(running: Running, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if running.stopped():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(up: Callable[..., Running], how: signal.Signals) -> None:
    running = up("--ports", some_ports())
    running.until_up()
    assert len(running.family) >= 7  # guardian, PostgreSQL with helpers, broker, four services
    running.process.send_signal(how)
    assert running.process.wait(15) == 0
    assert running.left() == []
    assert not running.layout.state.exists()
    assert "Traceback" not in running.text


def test_a_kill_leaves_nothing_running_and_it_starts_again(up: Callable[..., Running]) -> None:
    first = up("--ports", some_ports())
    first.until_up()
    first.process.kill()
    first.process.wait()
    assert gone(first, 8)
    second = up("--ports", some_ports())
    second.until_up()


def test_a_service_that_is_killed_comes_back(up: Callable[..., Running]) -> None:
    running = up("--ports", some_ports())
    running.until_up()
    victim = running.service("feedback")
    assert victim is not None
    victim.kill()
    running.until(lambda: "feedback was ended by signal 9; starting it again" in running.text)
    data = str(running.layout.root)
    running.until(lambda: motcua("status", "--data", data).returncode == 0)


def test_a_second_one_says_what_is_running(up: Callable[..., Running]) -> None:
    running = up("--ports", some_ports())
    state = running.until_up()
    again = motcua("up", "--data", str(running.layout.root))
    assert again.returncode == 1
    assert again.stderr.startswith("motcua: motcua is already running on")
    assert all(url in again.stderr for url in state.services.values())
    assert again.stderr.count("\n") == 1
    status = motcua_json("status", "--data", str(running.layout.root))
    assert status["ready"] == dict.fromkeys(SERVICES, True)
    assert set(status["unpublished"].values()) == {0}


def test_a_taken_port_is_replaced_and_told(up: Callable[..., Running]) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        ports = [taken, *(free_port() for _ in SERVICES[1:])]
        running = up("--ports", ",".join(map(str, ports)))
        state = running.until_up()
    assert f"port {taken} is taken; intake uses" in running.text
    assert state.url("intake") != f"http://{HOST}:{taken}"


def test_unknown_things_are_told_in_one_line(up: Callable[..., Running]) -> None:
    running = up("--ports", some_ports())
    running.until_up()
    data = str(running.layout.root)
    for arguments in (["trace", "D-1"], ["show", "H53.77", "2020"], ["show", "H53.77", "20"]):
        done = motcua(*arguments, "--data", data)
        assert done.returncode == 1
        assert done.stderr.startswith("motcua: ")
        assert done.stderr.count("\n") == 1
