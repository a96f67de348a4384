"""Completes dossiers and listings that waited for their procedure, once it is registered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from opentelemetry.trace import Tracer

from motcua_events import Pool
from motcua_service.handler import CommandHandler

from ._sql import sql
from .domain.index import Index
from .domain.intake import Context, SettleDossier, SettleListing, State, Told
from .projection import learn

EVERY_SECONDS = 5.0
COMMITS = (0.02, 0.2)
"""Seconds before each of the sweeps after a wake-up, which comes just before its commit."""

BATCH = 500

Handler = CommandHandler[Told, State, Context]


class Settler:
    """Sweeps what waits: at start, when woken by a registration, and every 5 seconds.

    A registration and a reception that commit side by side do not see each other; the next sweep
    sees both. ``last_progress`` is the monotonic time of the last whole sweep.
    """

    def __init__(self, pool: Pool, handler: Handler, index: Index, tracer: Tracer) -> None:
        self._pool, self._handler, self._index, self._tracer = pool, handler, index, tracer
        self.woken = asyncio.Event()
        self._soon: tuple[float, ...] = ()
        self.last_progress: float | None = None

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await learn(self._index, self._pool)
            await self.sweep()
            self.last_progress = time.monotonic()
            await self._pause()

    async def _pause(self) -> None:
        """Until the next sweep: soon and once more after a wake-up, else 5 seconds."""
        self._soon = COMMITS if self.woken.is_set() else self._soon
        self.woken.clear()
        if self._soon:
            await asyncio.sleep(self._soon[0])
            self._soon = self._soon[1:]
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY_SECONDS):
                await self.woken.wait()

    async def sweep(self) -> int:
        """Correct what can be corrected now; how many events that took."""
        dossiers = await self._settle("dossiers", "settleable", _dossier)
        return dossiers + await self._settle("listings", "settleable_listings", _listing)

    async def _settle(self, what: str, query: str, command: Callable[[str], Told]) -> int:
        after, recorded = "", 0
        while found := [row[0] for row in await self._pool.fetch(sql(query), after, BATCH)]:
            with self._tracer.start_as_current_span(f"settle {what}"):
                outcome = await self._handler.run([command(each) for each in found])
            recorded += outcome.recorded
            after = found[-1]
        return recorded


def _dossier(code: str) -> Told:
    return SettleDossier(dossier=code)


def _listing(id_: str) -> Told:
    agency, _, procedure = id_.partition(" ")
    return SettleListing(agency=agency, procedure=procedure)
