"""A migrated scoring database, and the running service over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
import uvicorn
from opentelemetry.sdk.trace import SpanProcessor

import motcua_scoring
from motcua_events import AiokafkaProducer, Event, KafkaConfig, encode
from motcua_scoring import recount
from motcua_scoring.app import SERVICE
from motcua_scoring.settings import ScoringSettings
from motcua_service import db
from motcua_service.app import create_app


@pytest_asyncio.fixture
async def pool(postgres_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on an empty scoring database."""
    await db.migrate(postgres_url, db.folders(Path(motcua_scoring.__file__).parent))
    found = await asyncpg.create_pool(postgres_url, min_size=1, max_size=6)
    await recount.when_needed(found)
    yield found
    await found.close()


@dataclass
class Served:
    """The running service, and the topics it reads."""

    http: httpx.AsyncClient
    producer: AiokafkaProducer
    sent: int = 0

    async def tell(self, *events: Event) -> None:
        """Publish events and wait until scoring has applied them."""
        await self.producer.send([encode(event) for event in events])
        self.sent += len(events)
        async with asyncio.timeout(20):
            while (await self._read()) < self.sent:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def get(self, path: str, status: int = 200, **query: Any) -> Any:
        """The JSON answered at a path."""
        answer = await self.http.get(path, params=query)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def published(self, agency: str, period: str, revision: int) -> dict[str, Any]:
        """The newest change of an evaluation, once that revision is reached."""
        async with asyncio.timeout(20):
            while True:
                found = await self.get(f"/evaluations/{agency}/{period}/changes")
                if found["changes"] and found["changes"][0]["revision"] >= revision:
                    return dict(found["changes"][0])
                await asyncio.sleep(0.02)

    async def _read(self) -> int:
        found = await self.get("/evaluations", period="1999")
        return sum(each["position"] for each in found["freshness"]["streams"])


Serve = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def serve(postgres_url: str, kafka: str) -> Serve:
    """Run the service on a loopback port: ``async with serve(stream_connections=1) as scoring``."""

    @asynccontextmanager
    async def running(
        processors: Sequence[SpanProcessor] = (), **more: Any
    ) -> AsyncIterator[Served]:
        settings = ScoringSettings(database_url=postgres_url, kafka_bootstrap=kafka, **more)
        app = create_app(SERVICE, settings, processors)
        config = uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        producer = AiokafkaProducer(KafkaConfig(kafka))
        await producer.start()
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
                yield Served(client, producer)
        finally:
            await producer.stop()
            server.should_exit = True
            await task

    return running


@pytest_asyncio.fixture
async def scoring(serve: Serve) -> AsyncIterator[Served]:
    """The running service."""
    async with serve() as found:
        yield found
