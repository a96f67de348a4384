"""Short names for asyncpg's generic types."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Row: TypeAlias = asyncpg.Record
    Pool: TypeAlias = asyncpg.Pool[Row]
    Connection: TypeAlias = asyncpg.Connection[Row] | PoolConnectionProxy[Row]
else:
    Row = asyncpg.Record
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection
