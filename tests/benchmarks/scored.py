"""Scoring's processes over the log, watched from outside through the offsets that they commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import asyncpg

from motcua_local.running.ports import free_port

from .processes import Process, Usage
from .servers import Servers

DONE = (
    "select coalesce(sum(next_offset), 0)::bigint from offsets where consumer = 'scoring.projector'"
)
POLL = 0.01

Figures = dict[str, float]


class Moment(NamedTuple):
    """How far it is, when, and what it took: each process, and the servers' CPU seconds."""

    applied: int
    at: float
    usage: list[Usage]
    servers: float
    database: float


@dataclass(slots=True)
class Scoring:
    """Running scoring processes on one database."""

    found: Servers
    services: Sequence[Process]
    connection: Any

    async def moment(self) -> Moment:
        """Where it is now."""
        applied = await self.connection.fetchval(DONE)
        usage = [one.usage() for one in self.services]
        servers, database = self.found.cpu(), self.found.database_cpu()
        return Moment(applied, time.perf_counter(), usage, servers, database)

    async def reached(self, until: int, cap: float) -> Moment:
        """When so many events are applied, or after ``cap`` seconds."""
        for _ in range(int(cap / POLL)):
            if await self.connection.fetchval(DONE) >= until:
                break
            await asyncio.sleep(POLL)
        return await self.moment()

    async def published(self, cap: float = 120.0) -> Moment:
        """When no evaluation waits to be looked at again."""
        for _ in range(int(cap / POLL)):
            if not await self.connection.fetchval("select exists (select from dirty)"):
                return await self.moment()
            await asyncio.sleep(POLL)
        raise RuntimeError(f"evaluations are still not published after {cap:g} s")


@asynccontextmanager
async def scoring(found: Servers, database: str, processes: int = 1) -> AsyncIterator[Scoring]:
    """Scoring processes, alive."""
    async with AsyncExitStack() as stack:
        ports = [free_port() for _ in range(processes)]
        services = []
        for port in ports:
            services.append(found.service("scoring", database, port))
            stack.callback(services[-1].stop)
        for service, port in zip(services, ports, strict=True):
            await service.ready(f"http://127.0.0.1:{port}/livez")
        connection = await asyncpg.connect(database)
        stack.push_async_callback(connection.close)
        yield Scoring(found, services, connection)


async def scored(
    found: Servers, database: str, total: int, *, processes: int = 1, cap: float = 1800
) -> Figures:
    """Scoring processes until ``total`` events are applied, or for ``cap`` seconds.

    Timed from the first progress seen once all processes run; of a log so short that it is read by
    then, from when they were started.
    """
    start = Moment(
        0, time.perf_counter(), [Usage(0, 0)] * processes, found.cpu(), found.database_cpu()
    )
    async with scoring(found, database, processes) as running:
        ready = await running.moment()
        first = await running.reached(min(ready.applied + 1, total), cap)
        last = await running.reached(total, cap)
    figures = between(first if first.applied < total else start, last)
    return {**figures, "complete": float(last.applied >= total)}


def between(first: Moment, last: Moment) -> Figures:
    """Figures of the events applied between two moments; CPU is in seconds per million events."""
    applied = last.applied - first.applied
    if applied <= 0:
        raise RuntimeError(f"no event was applied after the first {first.applied:,}")
    cpu = sum(b.cpu - a.cpu for a, b in zip(first.usage, last.usage, strict=True))
    return {
        "events": applied,
        "rate": applied / (last.at - first.at),
        "cpu": cpu / applied * 1e6,
        "servers": (last.servers - first.servers) / applied * 1e6,
        "peak": max(usage.peak for usage in last.usage),
    }
