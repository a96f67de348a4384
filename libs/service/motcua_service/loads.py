"""Loads: a client says that it is loading history, so that old deadlines wait for the whole of it.

``PUT /loads/{id}`` opens a load or renews its lease, ``DELETE /loads/{id}`` ends it. A load whose
client died ends with its lease. Loads are rows: they survive a restart.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from motcua_events.contracts import Code

from .runtime import PoolOf

OPEN = """
insert into loads (id, until) values ($1, now() + make_interval(secs => $2))
on conflict (id) do update set until = excluded.until
returning id, opened_at, until
"""
CURRENT = "select id, opened_at, until from loads where until > now() order by opened_at, id"

LoadId = Annotated[Code, Path(description="chosen by the client")]


class Lease(BaseModel):
    """How long a load stays open without being renewed, in seconds (1 to 3,600)."""

    model_config = ConfigDict(extra="forbid")

    lease_seconds: Annotated[int, Field(ge=1, le=3600)] = 60


class Load(BaseModel):
    """An open load: no held timer fires before it ends or its lease runs out (``until``)."""

    id: str
    opened_at: datetime
    until: datetime


def router() -> APIRouter:
    """GET /loads, PUT and DELETE /loads/{id}."""
    routes = APIRouter(prefix="/loads", tags=["loads"])

    @routes.put("/{id}")
    async def open_load(id: LoadId, lease: Lease, pool: PoolOf) -> Load:  # noqa: A002
        """Open a load of history, or renew its lease."""
        row = await pool.fetchrow(OPEN, id, lease.lease_seconds)
        assert row is not None
        return Load(**dict(row))

    @routes.delete("/{id}", status_code=204)
    async def end_load(id: LoadId, pool: PoolOf) -> Response:  # noqa: A002
        """End a load; ending one that is not open does nothing."""
        await pool.execute("delete from loads where id = $1 or until < now()", id)
        return Response(status_code=204)

    @routes.get("")
    async def open_loads(pool: PoolOf) -> list[Load]:
        """The loads that are open now, oldest first."""
        return [Load(**dict(row)) for row in await pool.fetch(CURRENT)]

    return routes
