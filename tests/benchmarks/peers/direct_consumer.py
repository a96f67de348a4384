"""A faststream consumer that counts in memory and publishes each agency's new count."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import uvicorn
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from pydantic import BaseModel

from benchmarks.peers.settings import BOOTSTRAP, PORT

broker = KafkaBroker(BOOTSTRAP, acks="all", logger=None)
resolved: Counter[tuple[str, str]] = Counter()


class Resolved(BaseModel):
    """A dossier was resolved; its code begins with its agency."""

    dossier: str
    resolved_at: datetime


@broker.subscriber("direct.dossiers", group_id="direct", auto_offset_reset="earliest")
async def count(message: Resolved) -> None:
    """One more for the agency's month."""
    agency = message.dossier.partition("-")[0]
    period = f"{message.resolved_at:%Y-%m}"
    resolved[agency, period] += 1
    changed = {"agency": agency, "period": period, "count": resolved[agency, period]}
    await broker.publish(changed, "direct.changed", key=agency.encode())


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Consumes while it runs."""
    await broker.start()
    yield
    await broker.stop()


app = FastAPI(lifespan=lifespan)


@app.get("/ready")
async def ready() -> dict[str, str]:
    """It runs."""
    return {}


uvicorn.run(app, port=PORT, loop="uvloop", http="httptools", access_log=False, log_level="warning")
