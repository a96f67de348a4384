"""Supervised loops, and health that knows their progress."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from motcua_service import tasks
from motcua_service.health import Health
from motcua_service.tasks import Background


@pytest.fixture(autouse=True)
def quiet():
    with capture_logs():
        yield


@pytest.fixture
def health() -> Health:
    return Health()


async def status(health: Health, path: str) -> tuple[int, str]:
    app = FastAPI()
    app.include_router(health.router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http:
        answer = await http.get(path)
    return answer.status_code, answer.text


async def forever() -> None:
    await asyncio.sleep(60)


@pytest.mark.asyncio
async def test_a_running_loop_is_ready_and_alive(health):
    background = Background(health)
    background.add("loop", forever, time.monotonic)
    assert (await status(health, "/readyz"))[0] == 503
    async with background.running():
        await asyncio.sleep(0)
        assert (await status(health, "/readyz"))[0] == 200
        assert (await status(health, "/livez"))[0] == 200
    assert (await status(health, "/readyz"))[0] == 503


@pytest.mark.asyncio
async def test_a_crashed_loop_is_not_ready_and_starts_again(health):
    runs = 0

    async def crashing() -> None:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise RuntimeError("no")
        await asyncio.sleep(60)

    background = Background(health)
    background.add("loop", crashing)
    async with background.running():
        await asyncio.sleep(0.01)
        code, text = await status(health, "/readyz")
        assert code == 503
        assert "RuntimeError" in text
        await asyncio.sleep(0.5)
        assert runs == 3
        assert (await status(health, "/readyz"))[0] == 200


@pytest.mark.asyncio
async def test_a_loop_that_ends_is_started_again(health, monkeypatch):
    monkeypatch.setattr(tasks, "FIRST_PAUSE", 0.001)
    runs = 0

    async def ending() -> None:
        nonlocal runs
        runs += 1

    background = Background(health)
    background.add("loop", ending)
    async with background.running():
        await asyncio.sleep(0.1)
    assert runs > 2


@pytest.mark.asyncio
async def test_a_loop_that_stands_still_is_not_alive(health):
    background = Background(health)
    background.add("loop", forever, lambda: None, stall=0.05)
    async with background.running():
        await asyncio.sleep(0.1)
        code, text = await status(health, "/livez")
        assert code == 503
        assert "no progress" in text
        assert (await status(health, "/readyz"))[0] == 200


@pytest.mark.asyncio
async def test_leaving_stops_loops_and_does_not_wait_for_stubborn_ones(health, monkeypatch):
    monkeypatch.setattr(tasks, "STOP_SECONDS", 0.05)
    release = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await release.wait()
            raise

    background = Background(health)
    background.add("loop", stubborn)
    began = time.monotonic()
    async with background.running():
        await asyncio.sleep(0.01)
    assert time.monotonic() - began < 1
    release.set()
    await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_a_check_that_fails_or_hangs_is_named(health, monkeypatch):
    monkeypatch.setattr("motcua_service.health.CHECK_SECONDS", 0.05)

    async def failing() -> str | None:
        raise ConnectionError("password=secret")

    async def hanging() -> str | None:
        await asyncio.sleep(60)
        return None

    health.ready("failing", failing)
    health.ready("hanging", hanging)
    code, text = await status(health, "/readyz")
    assert code == 503
    assert "failing: ConnectionError" in text
    assert "hanging: no answer" in text
    assert "secret" not in text


@pytest.mark.asyncio
async def test_no_checks_are_well(health):
    assert (await status(health, "/livez"))[0] == 200


@pytest.mark.asyncio
async def test_a_loop_whose_awaited_future_is_cancelled_by_a_library_starts_again(
    health, monkeypatch
):
    monkeypatch.setattr(tasks, "FIRST_PAUSE", 0.01)
    runs = 0

    async def given_up() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            future = asyncio.get_running_loop().create_future()
            future.cancel()
            await future
        await forever()

    background = Background(health)
    background.add("loop", given_up)
    async with background.running():
        await asyncio.sleep(0.1)
        assert runs == 2
        assert (await status(health, "/readyz"))[0] == 200


@pytest.mark.asyncio
async def test_a_note_is_told_and_makes_nothing_unready(health):
    said = iter([None, "3 events are parked"])
    health.tell("consumer", lambda: next(said))
    assert '"notes":[]' in (await status(health, "/readyz"))[1]
    code, text = await status(health, "/readyz")
    assert (code, "consumer: 3 events are parked" in text) == (200, True)
    assert '"notes":[]' in (await status(health, "/livez"))[1]
