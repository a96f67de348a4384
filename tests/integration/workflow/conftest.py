"""Workflow as a running service, and intake's topics as tests fill them."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from motcua_events import AiokafkaProducer, Event, KafkaConfig, encode
from motcua_events.contracts import (
    Deadline,
    DossierCorrected,
    DossierReceived,
    EventData,
)
from motcua_events.event import Change
from motcua_workflow.app import create
from motcua_workflow.settings import WorkflowSettings

CODE = "000.00.15.H53-200302-0007"


class Intake:
    """Publishes what intake would, to the topics workflow consumes."""

    def __init__(self, producer: AiokafkaProducer) -> None:
        self._producer = producer

    async def tell(self, *told: EventData | Change | Event) -> list[Event]:
        """Publish the events in order; a bare data gets now as its time. Returns them."""
        events = [_event(each) for each in told]
        await self._producer.send([encode(each) for each in events])
        return events

    def reception(self, deadline: Deadline | None, dossier: str = CODE, **other: Any) -> Any:
        """A reception of a dossier with that deadline; ``reason`` makes it a correction."""
        kind = DossierCorrected if "reason" in other else DossierReceived
        known = {
            "dossier": dossier, "procedure": "1.012766", "receiving": "H53.1",
            "resolving": "H53.15", "received_at": datetime(2020, 3, 2, 2, tzinfo=UTC),
            "deadline": deadline,
        }  # fmt: skip
        return kind.model_validate(known | other)


def _event(told: EventData | Change | Event) -> Event:
    if isinstance(told, Event):
        return told
    now = datetime.now(UTC)
    change = told if isinstance(told, Change) else Change(told, now)
    return Event(str(uuid.uuid4()), change.time, change.data, "/intake", now, None)


@dataclass
class Workflow:
    """A running workflow service behind an HTTP client."""

    http: httpx.AsyncClient

    async def post(self, path: str, status: int = 201, **body: Any) -> dict[str, Any]:
        """POST under the dossier; the answer's JSON."""
        answer = await self.http.post(f"/dossiers/{CODE}/{path}", json=body)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def bulk(self, lines: list[dict[str, Any]], status: int = 201) -> dict[str, Any]:
        """POST /bulk; the answer's JSON."""
        answer = await self.http.post("/bulk", content=b"\n".join(map(orjson.dumps, lines)))
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def dossier(self, dossier: str = CODE) -> dict[str, Any]:
        """The dossier's view; empty if it is not known."""
        answer = await self.http.get(f"/dossiers/{dossier}")
        return dict(answer.json()) if answer.status_code == 200 else {}

    async def events(self, kind: str | None = None, dossier: str = CODE) -> list[dict[str, Any]]:
        """The data of the dossier's events, of one type if named; empty if it is not known."""
        answer = await self.http.get(f"/journal/dossier/{dossier}")
        found = answer.json() if answer.status_code == 200 else []
        return [each["data"] for each in found if kind in {None, each["type"]}]

    async def until(
        self, holds: Callable[[dict[str, Any]], bool], dossier: str = CODE, seconds: float = 10
    ) -> dict[str, Any]:
        """The dossier's view once the condition holds for it."""
        began = time.monotonic()
        while True:
            view = await self.dossier(dossier)
            if view and holds(view):
                return view
            assert time.monotonic() - began < seconds, view
            await asyncio.sleep(0.02)


Running = Callable[..., AbstractAsyncContextManager[Workflow]]


@pytest.fixture
def running(postgres_url: str, kafka: str) -> Running:
    """Starts the service; every start uses the same database and broker."""

    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[Workflow]:
        known = {"database_url": postgres_url, "kafka_bootstrap": kafka, "backfill_grace": 0.5}
        app = create(WorkflowSettings(**(known | settings)))
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://workflow") as http:
                yield Workflow(http)

    return start


@pytest_asyncio.fixture
async def workflow(running: Running) -> AsyncIterator[Workflow]:
    """A running workflow service."""
    async with running() as service:
        yield service


@pytest_asyncio.fixture
async def intake(kafka: str) -> AsyncIterator[Intake]:
    """Intake's side of the broker."""
    producer = AiokafkaProducer(KafkaConfig(kafka))
    await producer.start()
    await producer.ensure(["intake.dossiers", "intake.catalogue"])
    yield Intake(producer)
    await producer.stop()
