"""An outage is one readable line, whatever fails and however often; a bug keeps its traceback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from structlog.testing import capture_logs

from motcua_events import TransportError
from motcua_service import outages, tasks
from motcua_service.health import Health
from motcua_service.outages import Outages, named
from motcua_service.tasks import Background

AWAY = [
    ConnectionRefusedError(111, "Connection refused"),
    TimeoutError(),
    TransportError("not connected"),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.DiskFullError("could not extend file"),
    asyncpg.ReadOnlySQLTransactionError("cannot execute in a read-only transaction"),
]


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(tasks, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(tasks, "LONGEST_PAUSE", 0.005)


def failing(error: Exception) -> Callable[[], Awaitable[None]]:
    async def loop() -> None:
        raise error

    return loop


async def logged(*errors: Exception) -> list[dict]:
    """What is logged while one loop for each error fails again and again."""
    background = Background(Health())
    for number, error in enumerate(errors):
        background.add(f"loop{number}", failing(error))
    with capture_logs() as lines:
        async with background.running():
            await asyncio.sleep(0.05)
    return lines


@pytest.mark.asyncio
@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
async def test_what_is_out_of_reach_is_one_warning_without_a_traceback(error):
    (line,) = await logged(error)
    assert (line["event"], line["log_level"]) == ("out_of_reach", "warning")
    assert (line["task"], line["error"]) == ("loop0", named(error))
    assert "exc_info" not in line


@pytest.mark.asyncio
async def test_one_outage_of_all_loops_is_told_once():
    assert len(await logged(*AWAY)) == 1


@pytest.mark.asyncio
async def test_a_bug_is_still_a_crash_with_its_traceback():
    lines = await logged(RuntimeError("no"), asyncpg.UndefinedTableError("no such table"))
    assert {line["event"] for line in lines} == {"loop_crashed"}
    assert all(line["exc_info"] for line in lines)
    assert len(lines) > 2


def test_the_next_outage_is_told_again(monkeypatch):
    now = 0.0
    monkeypatch.setattr(outages.time, "monotonic", lambda: now)
    found = Outages()
    assert found.begins()
    now = 20.0
    assert not found.begins()
    now = 49.0
    assert not found.begins()
    now = 80.0
    assert found.begins()


def test_an_error_is_named_in_one_line():
    assert named(TimeoutError()) == "TimeoutError"
    assert named(OSError("a\n  b")) == "OSError: a b"
