"""The publisher: dirty marks into ``evaluation.changed`` events, apart from the projector.

A round takes the marks away, reads the committed sums, evaluates, and records what differs from
what was last published; all in one transaction, one round at a time over all processes. A batch
committed after the sums were read has its own marks, so the next round sees it: what is published
last is never older than what was published before.
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
from .marks import Trigger, expand
from .publications import News, append, changed
from .rulebooks_in_force import Rulebooks

log = logging.getLogger(__name__)

MARKS = 20_000
"""Marks taken by one round."""

QUICK, FULL, LONGEST = 0.003, 0.25, 4.0
"""Seconds between rounds: at least, at least while the projector catches up, and at most."""

SHARE = 4
"""While the projector catches up, a pause is so many times the last round: it comes first."""

CATCHING_UP = 5_000
"""Messages that the projector is behind from which on it catches up."""

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
        """One round: the number of marks taken. 0 too while another process has its turn."""
        async with self._pool.acquire() as conn, conn.transaction():
            if not await conn.fetchval(sql("take_turn")):
                return 0
            taken = await conn.fetch(sql("take_marks"), MARKS)
            news = await self._news(conn, [Trigger(**row) for row in taken]) if taken else []
            await append(conn, self._store, news, self._tracer)
        if news:
            self._store.appended.set()
            self._published.set()
        return len(taken)

    async def _news(self, conn: Connection, triggers: Sequence[Trigger]) -> list[News]:
        touched = await expand(conn, triggers)
        targets = sorted(touched, key=lambda target: (target.agency, target.period.id))
        counted = await sums.read(conn, targets)
        levels = await sums.levels(conn, sorted({target.agency for target in targets}))
        return await changed(conn, touched, counted, levels, self._rulebooks)

    async def _pause(self, taken: int, seconds: float) -> None:
        if taken:
            await asyncio.sleep(pause(seconds, self._behind() or 0))
        else:
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE):
                    await self.wake.wait()


def pause(seconds: float, behind: int) -> float:
    """The seconds to wait after a round that took so long, with so many messages still to apply.

    As long as the round itself, so that nothing published is older than about two rounds; longer
    while the projector catches up, when intermediate scores interest nobody.
    """
    if behind < CATCHING_UP:
        return max(QUICK, min(LONGEST, seconds))
    return min(LONGEST, max(FULL, SHARE * seconds))
