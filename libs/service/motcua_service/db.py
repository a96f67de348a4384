"""PostgreSQL: the service's pool, and its migrations (plain SQL, forward only, pogo format).

Migrations come from several folders, applied in order: those of the event store, those shared by
the services, the service's own. Each folder keeps its own history, under the name of its package.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import asyncpg
import structlog
from pogo_core.error import BadMigrationError
from pogo_core.util import migrate as pogo
from pogo_core.util import sql

from motcua_events import MIGRATIONS as EVENTS
from motcua_events import Pool

from .settings import ServiceSettings

log = structlog.get_logger("motcua.db")

SERVICE = Path(__file__).parent / "migrations"
"""Tables the services share: idempotency keys, timers, loads, calendar facts."""

MIGRATION_LOCK = 0x6D6F746D
"""The advisory lock under which one process at a time migrates a database."""

WAIT_SECONDS = 30.0
"""How long a starting service waits for a database server that does not answer yet."""

LOCK_SECONDS = 2
"""How long a migration waits for a table at most before it lets others through: who waits to change
a table makes everybody else wait for it."""

CLOSE_SECONDS = 5.0


def folders(package: Path) -> tuple[Path, ...]:
    """The migration folders of a service whose package folder is given."""
    own = package / "migrations"
    return (EVENTS, SERVICE, own) if own.is_dir() else (EVENTS, SERVICE)


class _Stateless(asyncpg.Connection):
    """A connection that goes back into its pool as it is: nobody here leaves anything behind in a
    session (the relay gives its lock up itself), so a question to the server each time is saved."""

    def get_reset_query(self) -> str:
        """None."""
        return ""


async def create_pool(settings: ServiceSettings, name: str = "motcua") -> Pool:
    """A pool of at most ``settings.pool_size`` connections, in UTC.

    The server ends a transaction left idle for a minute, so that a hung client cannot hold back
    the relay's horizon.
    """
    return await asyncpg.create_pool(
        settings.database_url,
        min_size=1,
        max_size=settings.pool_size,
        connection_class=_Stateless,
        server_settings={
            "application_name": name,
            "timezone": "UTC",
            "idle_in_transaction_session_timeout": "60000",
        },
    )


async def migrate(url: str, dirs: Sequence[Path]) -> None:
    """Bring the database to the head of every folder; at once if it is there already.

    Processes that start together wait for each other; those that run go on meanwhile. Raises
    pogo_core's BadMigrationError, with the failed migration rolled back.
    """
    conn = await _connected(url)
    try:
        await conn.execute("select pg_advisory_lock($1)", MIGRATION_LOCK)
        await conn.execute(f"set lock_timeout = '{LOCK_SECONDS}s'")
        for folder in dirs:
            await _apply(conn, folder)
    finally:
        await conn.close()


async def _apply(conn: asyncpg.Connection[asyncpg.Record], folder: Path) -> None:
    """Applies a folder; gives way to the work of running processes, and tries again."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return await pogo.apply(conn, folder, schema_name=folder.parent.name)
        except BadMigrationError as error:
            busy = isinstance(error.__cause__, asyncpg.LockNotAvailableError)
            if not busy or time.monotonic() > until:
                raise
            log.warning("migration_waits_for_tables_in_use")
            await asyncio.sleep(LOCK_SECONDS / 2)


async def _connected(url: str) -> asyncpg.Connection[asyncpg.Record]:
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return await asyncpg.connect(url)
        except (OSError, asyncpg.CannotConnectNowError):
            if time.monotonic() > until:
                raise
            log.warning("waiting_for_database")
            await asyncio.sleep(0.5)


async def close(pool: Pool) -> None:
    """Close the pool; connections that do not come back within 5 seconds are cut."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await pool.close()
    except TimeoutError:
        pool.terminate()


async def pending(pool: Pool, dirs: Sequence[Path]) -> list[str]:
    """The names of the migrations not yet applied; empty at the head."""
    missing: list[str] = []
    async with pool.acquire() as proxy:
        conn = cast("asyncpg.Connection[asyncpg.Record]", proxy)
        for folder in dirs:
            applied = await sql.get_applied_migrations(conn, schema_name=folder.parent.name)
            missing += sorted(
                each.stem for each in folder.glob("*.sql") if each.stem not in applied
            )
    return missing
