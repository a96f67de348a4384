"""The database goes away and comes back under running loops: one line, and the work goes on."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from motcua_events import MIGRATIONS
from motcua_service import db, tasks
from motcua_service.deadlines import OpenDeadline
from motcua_service.health import Health
from motcua_service.tasks import Background
from motcua_service.timers import Timers

CUT = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'behind'"


class Door:
    """A way to the database that can be shut: nobody is let in, and who is in is cut off."""

    def __init__(self, url: str, folder: Path) -> None:
        self._socket = parse_qs(urlsplit(url).query)["host"][0]
        self._direct, self._way = url, folder / "way"
        self.url = f"{url.split('?', maxsplit=1)[0]}?host={self._way}"
        self.open()

    def open(self) -> None:
        self._way.symlink_to(self._socket)

    async def shut(self) -> None:
        self._way.unlink()
        conn = await asyncpg.connect(self._direct)
        await conn.execute(CUT)
        await conn.close()


@pytest_asyncio.fixture
async def door(postgres_url, tmp_path):
    await db.migrate(postgres_url, [MIGRATIONS, db.SERVICE])
    return Door(postgres_url, tmp_path)


async def count(pool) -> None:
    """A loop that asks the database again and again, as the backlog's gauge does."""
    while True:
        await pool.fetchval("select count(*) from events")
        await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_an_outage_is_one_line_and_timers_fire_after_it(door, monkeypatch):
    monkeypatch.setattr(tasks, "LONGEST_PAUSE", 0.2)
    fired = asyncio.Event()

    async def fire(due) -> None:
        fired.set()

    named = {"application_name": "behind"}
    async with asyncpg.create_pool(door.url, min_size=1, server_settings=named) as pool:
        timers = Timers(pool, lambda stream, state: [OpenDeadline("", state)], grace=0)
        background = Background(Health())
        background.add("timers", partial(timers.run, fire))
        background.add("backlog", partial(count, pool))
        with capture_logs() as lines:
            async with background.running():
                await asyncio.sleep(0.1)
                await door.shut()
                await asyncio.sleep(0.6)
                door.open()
                await pool.execute(
                    "insert into timers (stream, subject, late_after, fires_at, held)"
                    " values ('a/1', '', $1, $1, false)",
                    datetime.now(UTC),
                )
                async with asyncio.timeout(5):
                    await fired.wait()
    warned = [line for line in lines if line["log_level"] != "info"]
    assert [line["event"] for line in warned] == ["out_of_reach"]
    assert warned[0]["task"] in ("timers", "backlog")
    assert timers.last_progress > time.monotonic() - 60
