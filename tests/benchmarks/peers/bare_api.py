"""Bare FastAPI on asyncpg: a POST inserts a row, a GET selects one. Nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
import uvicorn
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

from benchmarks.peers.settings import DATABASE, PORT


class Dossier(BaseModel):
    """What is received."""

    dossier: str
    procedure: str
    receiving: str
    resolving: str
    channel: str
    received_at: datetime


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connects to the database."""
    async with asyncpg.create_pool(DATABASE, min_size=10, max_size=10) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/ready")
async def ready() -> dict[str, str]:
    """It runs."""
    return {}


@app.post("/dossiers", status_code=201)
async def receive(one: Dossier) -> dict[str, int]:
    """Inserts the dossier, committed when answered."""
    await app.state.pool.execute(
        "insert into bare_dossiers values ($1, $2, $3, $4, $5, $6)",
        one.dossier, one.procedure, one.receiving, one.resolving, one.channel, one.received_at,
    )  # fmt: skip
    return {"accepted": 1}


@app.get("/evaluations/{agency}/{period}")
async def evaluation(agency: str, period: str) -> Response:
    """Selects a finished answer."""
    query = "select answer from bare_evaluations where agency = $1 and period = $2"
    answer = await app.state.pool.fetchval(query, agency, period)
    if answer is None:
        raise HTTPException(404)
    return Response(answer, media_type="application/json")


uvicorn.run(app, port=PORT, loop="uvloop", http="httptools", access_log=False, log_level="warning")
