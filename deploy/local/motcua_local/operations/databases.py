"""The services' databases of a data folder, whether it is running or not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import asyncpg

from motcua_local.embedded import Postgres
from motcua_local.errors import LocalError
from motcua_local.running.guard import Guard
from motcua_local.running.layout import Layout
from motcua_local.running.state import (
    SERVICES,
    FolderLock,
    State,
    is_running,
    read_state,
    running_state,
)

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


def address(state: State, service: str) -> str:
    """The address of a service's database."""
    return state.database.replace("{service}", service)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """One connection, in UTC."""
    conn = await asyncpg.connect(
        url, server_settings={"timezone": "UTC", "application_name": "motcua"}
    )
    try:
        yield conn
    finally:
        await conn.close()


@asynccontextmanager
async def databases(
    data: Path, services: Sequence[str] = SERVICES
) -> AsyncIterator[tuple[State, dict[str, Connection]]]:
    """What runs on the folder, and a connection to each service's database.

    Raises LocalError (code 3) when nothing is running.
    """
    state = running_state(Layout.of(data))
    async with AsyncExitStack() as stack:
        found = {
            name: await stack.enter_async_context(connected(address(state, name)))
            for name in services
        }
        yield state, found


@asynccontextmanager
async def server_of(data: Path) -> AsyncIterator[str]:
    """The address of the folder's PostgreSQL, with ``{service}`` for the database's name.

    That of the running product; else PostgreSQL alone is started, and stopped at the end.
    """
    layout = Layout.of(data)
    if is_running(layout) and (state := read_state(layout)) is not None:
        yield state.database
        return
    if not layout.postgres.exists():
        raise LocalError(f"there is no data in {layout.root}")
    async with started(layout) as url:
        yield url


@asynccontextmanager
async def started(layout: Layout) -> AsyncIterator[str]:
    """PostgreSQL alone on a folder that nothing runs on; made when it is new."""
    layout.create()
    lock = FolderLock(layout)
    await lock.acquire()
    guard = Guard((lock.fileno(),))
    postgres = Postgres(layout.postgres, layout.log("postgres"), guard)
    try:
        await postgres.start()
        yield postgres.url("{service}")
    finally:
        await postgres.stop(timeout=60)
        lock.release()
        guard.close()
