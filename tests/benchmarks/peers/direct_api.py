"""FastAPI that publishes what it accepts straight to Kafka with faststream: no store, no outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import uvicorn
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from pydantic import BaseModel

from benchmarks.peers.settings import BOOTSTRAP, PORT

broker = KafkaBroker(BOOTSTRAP, acks="all")


class Resolution(BaseModel):
    """A dossier's resolution."""

    resolved_at: datetime


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Connects to Kafka."""
    await broker.start()
    yield
    await broker.stop()


app = FastAPI(lifespan=lifespan)


@app.get("/ready")
async def ready() -> dict[str, str]:
    """It runs."""
    return {}


@app.post("/dossiers/{dossier}/resolution", status_code=201)
async def resolve(dossier: str, resolution: Resolution) -> dict[str, int]:
    """Publishes the resolution and waits for Kafka's acknowledgement."""
    message = {"dossier": dossier, "resolved_at": resolution.resolved_at}
    await broker.publish(message, "direct.dossiers", key=dossier.encode())
    return {"accepted": 1}


uvicorn.run(app, port=PORT, loop="uvloop", http="httptools", access_log=False, log_level="warning")
