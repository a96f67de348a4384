"""The publisher: dirty marks into ``evaluation.changed`` events, apart from the projector.

A round sees the marks, reads the committed sums, evaluates, records what differs from what was last
published, and takes the marks away; all in one transaction, one round at a time over all processes.
A batch committed after the marks were seen has its own, so the next round looks again: what is
published last is never older than what was published before.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import asyncpg
from opentelemetry import trace

from motcua_events import Connection, EventStore, Pool

from . import sums
from ._sql import sql
from .made import Maker
from .marks import Trigger, expand
from .publications import News, append, changed
from .rulebooks_in_force import Rulebooks

log = logging.getLogger(__name__)

MARKS = 200_000
"""Marks taken by one round."""

QUICK, LONGEST = 0.002, 4.0
"""Seconds between rounds: at least, and at most."""

KEEPING_UP = 500
"""Messages that the projector is behind at which a pause is as long as the round before it."""

CATCHING_UP = 5_000
"""Messages that the projector is behind from which on it catches up."""

REST = 15.0
"""Seconds between rounds while the projector catches up: intermediate scores interest nobody."""

LOOK = 0.1
"""Seconds between looks whether it still catches up."""

IDLE = 0.05
"""Seconds between looks for marks of other processes."""


class Publisher:
    """Publishes changed evaluations until cancelled.

    ``behind`` tells how many messages the projector still has to apply. ``wake`` is set by the
    projector of the same process; ``published``, if given, is set after a round that published.
    ``last_progress`` is the monotonic time of the last round.
    """

    def __init__(
        self,
        pool: Pool,
        store: EventStore,
        rulebooks: Rulebooks,
        tracer: trace.Tracer,
        *,
        published: asyncio.Event | None = None,
        behind: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._pool, self._store, self._rulebooks, self._tracer = pool, store, rulebooks, tracer
        self._published = published or asyncio.Event()
        self._behind = behind
        self._maker = Maker()
        self.wake = asyncio.Event()
        self.last_progress = time.monotonic()

    async def run(self) -> None:
        """Rounds until cancelled. Outages of the database are waited out."""
        while True:
            self.wake.clear()
            began = time.monotonic()
            try:
                taken = await self.round()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("publisher waits: %s: %s", type(error).__name__, error)
                await asyncio.sleep(1)
                continue
            self.last_progress = time.monotonic()
            await self._pause(taken, self.last_progress - began)

    async def round(self) -> int:
        """One round: the number of different marks. 0 too while another process has its turn."""
        news: list[News] = []
        async with self._pool.acquire() as conn, conn.transaction():
            seen = await conn.fetch(sql("see_marks"), MARKS)
            if seen:
                news = await self._news(conn, [Trigger.of(row) for row in seen])
                await append(conn, self._store, news, self._tracer)
                await conn.execute(sql("drop_marks"), [id_ for row in seen for id_ in row["ids"]])
        if news:
            self._store.appended.set()
            self._published.set()
        return len(seen)

    async def _news(self, conn: Connection, triggers: Sequence[Trigger]) -> list[News]:
        touched = await expand(conn, triggers)
        targets = sorted(touched, key=lambda target: (target.agency, target.period.id))
        counted = await sums.read(conn, targets)
        return await changed(conn, touched, counted, self._rulebooks, self._maker)

    async def _pause(self, taken: int, seconds: float) -> None:
        if taken:
            await self._rest(seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE):
                await self.wake.wait()

    async def _rest(self, seconds: float) -> None:
        """The pause, looking again and again: it ends soon after the projector has caught up."""
        ended = time.monotonic()
        while (left := ended + pause(seconds, self._behind() or 0) - time.monotonic()) > 0:
            await asyncio.sleep(min(left, LOOK))
            self.last_progress = time.monotonic()


def pause(seconds: float, behind: int) -> float:
    """The seconds to wait after a round that took so long, with so many messages still to apply.

    Next to none while the projector keeps up; the further it is behind, the more time it gets; long
    while it catches up, when intermediate scores interest nobody.
    """
    if behind >= CATCHING_UP:
        return REST
    return max(QUICK, min(LONGEST, seconds * behind / KEEPING_UP))
