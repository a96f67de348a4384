"""Intake's application, in this process, on real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest_asyncio

from motcua_intake.app import create
from motcua_intake.settings import IntakeSettings


@asynccontextmanager
async def running(postgres_url: str, kafka: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = IntakeSettings(database_url=postgres_url, kafka_bootstrap=kafka, partitions=2)
    app = create(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://intake") as client,
    ):
        yield client


@pytest_asyncio.fixture
async def intake(postgres_url: str, kafka: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a running intake service with an empty database."""
    async with running(postgres_url, kafka) as client:
        yield client
