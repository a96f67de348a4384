"""Ports, the data folder's lock and note, and what the supervisor does with a process that dies."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_asyncio

from motcua_local.errors import LocalError
from motcua_local.running import ports
from motcua_local.running.child import Child, Command, last_lines
from motcua_local.running.guard import Guard
from motcua_local.running.layout import Layout
from motcua_local.running.state import (
    SERVICES,
    FolderLock,
    State,
    is_running,
    read_state,
    running_state,
    write_state,
)
from motcua_local.running.supervisor import Keeper, Service, Supervisor, describe_exit


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found = Layout.of(tmp_path / "data")
    found.create()
    return found


@pytest_asyncio.fixture
async def guard():
    made = Guard()
    yield made
    made.close()


def state(layout: Layout, pid: int | None = None) -> State:
    urls = {name: f"http://127.0.0.1:{n}" for n, name in enumerate(SERVICES, 8101)}
    return State(pid=pid or os.getpid(), data=layout.root, services=urls, database="d", broker="b")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def command(layout: Layout, name: str, code: str) -> Command:
    return Command(name, [sys.executable, "-c", code], layout.log(name))


def test_the_preferred_port_when_it_is_free() -> None:
    free = ports.free_port()
    taken: set[int] = set()
    assert ports.choose(free, taken) == free
    assert ports.choose(free, taken) != free
    assert len(taken) == 2


def test_another_port_when_the_preferred_one_is_taken() -> None:
    with socket.socket() as other:
        other.bind((ports.HOST, 0))
        other.listen()
        assert ports.choose(other.getsockname()[1], set()) != other.getsockname()[1]


def test_ports_count_up_from_one() -> None:
    assert ports.parse_ports("9000", ("a", "b"), 1) == {"a": 9000, "b": 9001}
    assert ports.parse_ports(None, ("a", "b"), 8101) == {"a": 8101, "b": 8102}
    assert ports.parse_ports("7000,6000", ("a", "b"), 1) == {"a": 7000, "b": 6000}


@pytest.mark.parametrize("text", ["x", "0", "70000", "1,2,3", "5,5", "-1", "", "8000,"])
def test_ports_that_make_no_sense(text: str) -> None:
    with pytest.raises(LocalError) as caught:
        ports.parse_ports(text or ",", ("a", "b"), 1)
    assert caught.value.code == 2


@pytest.mark.asyncio
async def test_a_folder_is_locked_once(layout: Layout) -> None:
    first, second = FolderLock(layout), FolderLock(layout)
    await first.acquire()
    write_state(layout, state(layout))
    assert is_running(layout)
    with pytest.raises(LocalError, match=r"already running .*8104"):
        await second.acquire()
    first.release()
    assert read_state(layout) is None
    await second.acquire(patience=0)
    second.release()


@pytest.mark.asyncio
async def test_somebody_is_starting_on_the_folder(layout: Layout) -> None:
    first = FolderLock(layout)
    await first.acquire()
    with pytest.raises(LocalError, match="is starting"):
        await FolderLock(layout).acquire(patience=0)
    first.release()


def test_the_note_of_a_killed_process_is_not_believed(layout: Layout) -> None:
    write_state(layout, state(layout, pid=2**22 - 1))
    layout.lock.touch()
    with pytest.raises(LocalError, match="nothing is running") as caught:
        running_state(layout)
    assert caught.value.code == 3


def test_an_unreadable_note_is_no_note(layout: Layout) -> None:
    layout.state.write_text("{")
    assert read_state(layout) is None


def test_nothing_runs_on_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="motcua up --data"):
        running_state(Layout.of(tmp_path / "no"))


@pytest.mark.asyncio
async def test_a_child_writes_its_log_and_stops(layout: Layout, guard: Guard) -> None:
    code = "import os, time; print(os.environ['X'], flush=True); time.sleep(60)"
    wanted = Command("child", [sys.executable, "-c", code], layout.log("child"), {"X": "hello"})
    child = await Child.start(wanted, guard)
    await until(lambda: "hello" in last_lines(layout.log("child")))
    await child.stop()
    assert child.exit_code == -signal.SIGTERM


@pytest.mark.asyncio
async def test_a_child_that_does_not_listen_is_killed(layout: Layout, guard: Guard) -> None:
    code = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); "
        "print('on', flush=True); time.sleep(60)"
    )
    child = await Child.start(command(layout, "deaf", code), guard)
    await until(lambda: "on" in last_lines(layout.log("deaf")))
    await child.stop(timeout=0.2)
    assert child.exit_code == -signal.SIGKILL


@pytest.mark.asyncio
async def test_a_service_that_dies_is_started_again(layout: Layout, guard: Guard) -> None:
    told: list[str] = []
    service = Service(command(layout, "short", "import time; time.sleep(60)"), "http://127.0.0.1:1")
    keeper = Keeper(service, guard, told.append)
    await keeper.start()
    assert keeper.child is not None
    first = keeper.child.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: keeper.child.pid != first)
    assert told == ["short was ended by signal 9; starting it again"]
    await keeper.bounce()
    await until(lambda: keeper.restarts == 2)
    assert len(told) == 1
    await keeper.stop()
    assert keeper.child.exit_code is not None


@pytest.mark.asyncio
async def test_a_service_that_ends_while_starting_is_told(layout: Layout, guard: Guard) -> None:
    code = "import sys; sys.stderr.write('MOTCUA_PORT: missing\\n'); sys.exit(2)"
    service = Service(command(layout, "broken", code), "http://127.0.0.1:1")
    supervisor = Supervisor(guard, lambda _: None)
    with pytest.raises(LocalError, match="broken ends while starting: MOTCUA_PORT: missing"):
        await supervisor.start([service])
    await supervisor.stop()


def test_exits_are_told_in_words() -> None:
    assert describe_exit(-9) == "was ended by signal 9"
    assert describe_exit(3) == "ended with code 3"


def test_the_end_of_a_log_that_is_not_there(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none.log") == ""
