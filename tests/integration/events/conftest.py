"""A database with this package's tables, an event store in it, and an in-memory broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pogo_core.util import migrate

from motcua_events import MIGRATIONS, Change, Event, EventStore, Pool
from motcua_events.contracts import ContactMade
from motcua_events.testing import MemoryBroker, MemoryPort, MemoryProducer

NOW = datetime(2020, 12, 2, 3, tzinfo=UTC)


@pytest_asyncio.fixture
async def pool(postgres_url: str) -> AsyncIterator[Pool]:
    conn = await asyncpg.connect(postgres_url)
    await migrate.apply(conn, MIGRATIONS, schema_name="public")
    await conn.close()
    pool = await asyncpg.create_pool(postgres_url, min_size=1, max_size=24)
    yield pool
    await asyncio.wait_for(pool.close(), 10)


@pytest.fixture
def store(pool: Pool) -> EventStore:
    return EventStore(pool, "/intake")


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker("first")


@pytest.fixture
def producer(broker: MemoryBroker) -> MemoryProducer:
    return MemoryProducer(broker)


@pytest.fixture
def port(broker: MemoryBroker) -> MemoryPort:
    return MemoryPort(broker)


@pytest.fixture
def change() -> Callable[..., Change]:
    """Makes a change: contact ``number`` of a dossier."""

    def make(dossier: str, number: int, event_id: str | None = None) -> Change:
        data = ContactMade(
            dossier=dossier, contact=str(number), body="H53.15", place="other", made_at=NOW
        )
        return Change(data, NOW, event_id)

    return make


@pytest.fixture
def append(store: EventStore, change: Callable[..., Change]) -> Callable[..., Awaitable[None]]:
    """Appends the next ``count`` contacts to a dossier's stream, in one transaction."""

    async def run(dossier: str, count: int = 1, traceparent: str | None = None) -> None:
        stream = f"dossier/{dossier}"

        def decide(histories: Any) -> tuple[list[Change], None]:
            done = len(histories[stream])
            return [change(dossier, done + n + 1) for n in range(count)], None

        await store.execute([stream], decide, traceparent=traceparent)

    return run


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]]:
    """Starts a task that is cancelled, and must end in time, when the test is over."""
    tasks: list[asyncio.Task[None]] = []

    def run(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(work))
        return tasks[-1]

    yield run
    for task in tasks:
        task.cancel()
    if tasks:
        _, pending = await asyncio.wait(tasks, timeout=15)
        assert not pending


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    """Waits until something holds."""

    async def wait(holds: Callable[[], Any], within: float = 15.0) -> None:
        async with asyncio.timeout(within):
            while True:
                found = holds()
                if await found if isinstance(found, Awaitable) else found:
                    return
                await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(spans: InMemorySpanExporter) -> Any:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider.get_tracer("test")


@pytest.fixture
def numbers() -> Callable[[list[Event]], list[int]]:
    """The contact numbers of events."""

    def read(events: list[Event]) -> list[int]:
        return [int(event.data.contact) for event in events if isinstance(event.data, ContactMade)]

    return read
