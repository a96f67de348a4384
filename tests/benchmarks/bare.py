"""The bare FastAPI peer with its tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from motcua_local.running.ports import free_port

from .servers import Servers

TABLES = """
create table bare_dossiers (
    dossier text primary key, procedure text not null, receiving text not null,
    resolving text not null, channel text not null, received_at timestamptz not null
);
create table bare_evaluations (
    agency text, period text, answer text not null, primary key (agency, period)
);
"""


@asynccontextmanager
async def bare(found: Servers, database: str) -> AsyncIterator[str]:
    """Its base address while it runs; its tables are made in the database."""
    connection = await asyncpg.connect(database)
    await connection.execute(TABLES)
    await connection.close()
    url = f"http://127.0.0.1:{(port := free_port())}"
    environment = {"BENCH_DATABASE": database, "BENCH_PORT": str(port)}
    process = found.process("benchmarks.peers.bare_api", environment)
    try:
        await process.ready(f"{url}/ready")
        yield url
    finally:
        process.stop()
