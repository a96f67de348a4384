"""The feedback service on real servers, driven in process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from motcua_feedback.app import SERVICE
from motcua_feedback.settings import FeedbackSettings
from motcua_service.app import create_app


@pytest.fixture
def served(postgres_url, kafka):
    """Serve the app on the test's servers: ``async with served(...) as client``."""

    @asynccontextmanager
    async def serve(processors=(), **more) -> AsyncIterator[httpx.AsyncClient]:
        settings = FeedbackSettings(
            database_url=postgres_url, kafka_bootstrap=kafka, backfill_grace=0.3, **more
        )
        app = create_app(SERVICE, settings, processors)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://feedback") as client,
        ):
            yield client

    return serve


@pytest_asyncio.fixture
async def client(served):
    async with served() as made:
        yield made
