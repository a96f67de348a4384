"""Timers: a deadline that passes with nobody calling still becomes an event, once.

The table ``timers`` holds one row per open deadline. It is brought up to date in the transaction
that appends events, from the folded state (``maintain`` is an ``after`` hook of the command
handler), so it survives restarts and never disagrees with the stream. ``run`` is the loop that
fires.

A deadline that was past already when it was recorded belongs to a load of history: it is *held* for
a grace and while any load is open (``motcua_service.loads``), so that what the same load resolves
never fires. (One held far longer than the grace was recorded while the clock was ahead: it is due
too.) Other timers fire within about 0.2 seconds. Firing is at-least-once; the domain's decision
makes the event come once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic

import asyncpg
import structlog
from opentelemetry import trace
from opentelemetry.context import Context

from motcua_events import Connection, Pool
from motcua_events.event import Event

from .deadlines import Due, OpenDeadlines, StateT

IDLE_SECONDS = 0.2
AT_ONCE = 500
AHEAD = timedelta(minutes=1)
"""A timer held by so much more than the grace got its time from a clock that was ahead."""

log = structlog.get_logger("motcua.timers")

REMOVE = """
delete from timers where stream = any($1::text[])
    and not exists (
        select from unnest($2::text[], $3::text[]) as kept (stream, subject)
        where kept.stream = timers.stream and kept.subject = timers.subject
    )
"""
KEEP = """
insert into timers (stream, subject, late_after, fires_at, held)
select stream, subject, late_after,
    case when late_after < $4::timestamptz then $5::timestamptz else late_after end,
    late_after < $4::timestamptz
from unnest($1::text[], $2::text[], $3::timestamptz[]) as new (stream, subject, late_after)
order by stream, subject
on conflict (stream, subject) do update
set late_after = excluded.late_after, fires_at = excluded.fires_at, held = excluded.held
where timers.late_after <> excluded.late_after
"""
DUE = """
select stream, subject, late_after, xmin::text as written from timers
where not held and fires_at < $1
order by fires_at
limit $2
"""
DUE_HELD = """
select stream, subject, late_after, written
from (
    select stream, subject, late_after, fires_at, xmin::text as written from timers
    where held and fires_at < $1
    union all
    select stream, subject, late_after, fires_at, xmin::text as written from timers
    where held and fires_at > $3 and late_after < $1
) as due
where not exists (select from loads where until > $1)
order by fires_at
limit $2
"""
FIRED = """
delete from timers using unnest($1::text[], $2::text[], $3::text[])
    as fired (stream, subject, written)
where timers.stream = fired.stream and timers.subject = fired.subject
    and timers.xmin::text = fired.written
"""
NEXT = "select min(fires_at) from timers where not held"


class Timers(Generic[StateT]):
    """A service's timers.

    ``open_deadlines`` is the domain's; ``grace`` (seconds) is how long a deadline already past when
    recorded is held. Each firing is a trace of its own. ``last_progress`` is the
    ``time.monotonic()`` of the loop's last round.
    """

    def __init__(
        self,
        pool: Pool,
        open_deadlines: OpenDeadlines[StateT],
        *,
        grace: float,
        tracer: trace.Tracer | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool, self._open, self._now = pool, open_deadlines, now
        self._tracer = tracer or trace.get_tracer("motcua.timers")
        self._grace = timedelta(seconds=grace)
        self.last_progress = time.monotonic()

    async def maintain(
        self, conn: Connection, states: Mapping[str, StateT], events: Sequence[Event]
    ) -> None:
        """Bring the timers of the streams just appended to in line with their states."""
        streams = sorted({event.data.stream for event in events})
        if not streams:
            return
        rows = [
            (stream, each.subject, each.late_after)
            for stream in streams
            for each in self._open(stream, states[stream])
        ]
        names, subjects = [row[0] for row in rows], [row[1] for row in rows]
        await conn.execute(REMOVE, streams, names, subjects)
        if rows:
            now = self._now()
            times = [row[2] for row in rows]
            await conn.execute(KEEP, names, subjects, times, now, now + self._grace)

    async def run(self, fire: Callable[[Sequence[Due]], Awaitable[None]]) -> None:
        """Fire what is due until cancelled; ``fire`` runs the domain's commands for the timers."""
        while True:
            fired = await self.fire_due(fire)
            self.last_progress = time.monotonic()
            if not fired:
                await asyncio.sleep(await self._pause())

    async def fire_due(self, fire: Callable[[Sequence[Due]], Awaitable[None]]) -> int:
        """Fire what is due now, at most some hundreds of timers; how many there were."""
        now = self._now()
        rows: list[asyncpg.Record] = await self._pool.fetch(DUE, now, AT_ONCE)
        too_long = now + self._grace + AHEAD
        rows += await self._pool.fetch(DUE_HELD, now, AT_ONCE - len(rows), too_long)
        if not rows:
            return 0
        due = [Due(row["stream"], row["subject"], row["late_after"]) for row in rows]
        with self._tracer.start_as_current_span(
            "fire timers", context=Context(), attributes={"motcua.timers": len(due)}
        ):
            await fire(due)
        if self._now() < now:  # the clock went back: for the domain it may have been too early
            return len(due)
        await self._pool.execute(
            FIRED,
            [each.stream for each in due],
            [each.subject for each in due],
            [row["written"] for row in rows],
        )
        log.info("fired", timers=len(due))
        return len(due)

    async def _pause(self) -> float:
        """Seconds until the next look: until the next timer, at most the idle time."""
        coming: datetime | None = await self._pool.fetchval(NEXT)
        if coming is None:
            return IDLE_SECONDS
        left = (coming - self._now()).total_seconds()
        return min(IDLE_SECONDS, max(0.001, left + 0.001))
