"""Feedback takes the sectors of intake's dossiers: over a broker, in any order, at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest
import pytest_asyncio

from motcua_events import AiokafkaProducer, Event, EventStore, KafkaConfig, encode
from motcua_events.consumer import Received
from motcua_events.contracts import DossierCorrected, DossierReceived, Limit
from motcua_events.errors import VersionConflict
from motcua_feedback.commands import FileFeedback
from motcua_feedback.domain import FeedbackDecider
from motcua_feedback.domain_feedback import Context
from motcua_feedback.inputs import Handler, SectorNotes
from motcua_service.handler import CommandHandler
from motcua_worktime import Calendars

AT = datetime(2020, 3, 2, 2, tzinfo=UTC)
DOSSIERS = 40
Tell = Callable[..., Awaitable[None]]


def reception(sector: str | None, day: int = 0, dossier: str = "D1") -> Event:
    """Intake's record of a dossier: the reception, or on a later day a correction."""
    known = {
        "dossier": dossier, "procedure": "1.012766", "sector": sector, "receiving": "A",
        "resolving": "A", "received_at": AT,
    }  # fmt: skip
    data = DossierCorrected(**known, reason="x") if day else DossierReceived(**known)
    at = AT + timedelta(days=day)
    return Event(f"{dossier}-{day}", at, data, "/intake", at)


def filing(feedback: str = "F1", dossier: str = "D1", **more: str) -> dict[str, str]:
    fields = {"feedback": feedback, "agency": "A", "dossier": dossier}
    return {**fields, "filed_at": AT.isoformat(), **more}


@pytest_asyncio.fixture
async def tell(kafka: str) -> AsyncIterator[Tell]:
    """Publishes intake's events."""
    producer = AiokafkaProducer(KafkaConfig(kafka))
    await producer.start()
    await producer.ensure(["intake.dossiers", "intake.catalogue"])

    async def send(*events: Event) -> None:
        await producer.send([encode(each) for each in events])

    yield send
    await producer.stop()


async def sectors(client: httpx.AsyncClient, feedback: str = "F1") -> list[str | None]:
    """The sector in each record of the filing, in order."""
    journal = (await client.get(f"/journal/feedback/{feedback}")).json()
    return [each["data"]["sector"] for each in journal if each["type"] == "feedback.filed.v1"]


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


async def until_noted(client: httpx.AsyncClient, dossier: str, sector: str) -> None:
    async def noted() -> bool:
        return (await client.get(f"/dossiers/{dossier}")).json().get("sector") == sector

    await until(noted)


@pytest.mark.asyncio
async def test_a_filing_before_its_dossier_is_told_again_once(served, tell) -> None:
    async with served() as client:
        for about in ("other", "conduct"):
            await client.post("/feedback", json=filing(f"F-{about}", about=about))
        assert (await client.get("/feedback/F-other")).json()["waiting_for"] == ["sector"]
        await tell(reception("HT"), reception("HT"))
        await until_noted(client, "D1", "HT")
        assert (await client.get("/feedback/F-other")).json()["waiting_for"] == []
        for about in ("other", "conduct"):
            again = await client.post("/feedback", json=filing(f"F-{about}", about=about))
            assert (again.status_code, again.json()["duplicates"]) == (200, 1)
    async with served() as client:
        await tell(reception("HT"), reception("DD", 1), reception("XD", 0, "D2"))
        await until_noted(client, "D2", "XD")
        await until_noted(client, "D1", "DD")
        await tell(reception("HT"), reception("HT", 0, "D3"))
        await until_noted(client, "D3", "HT")
        for about in ("other", "conduct"):
            assert await sectors(client, f"F-{about}") == [None, "HT", "DD"]


@pytest.mark.asyncio
async def test_a_filing_after_its_dossier_carries_the_sector(client, tell) -> None:
    await tell(reception("HT"))
    await until_noted(client, "D1", "HT")
    await client.post("/feedback", json=filing())
    await client.post("/feedback", json=filing("F2", sector="DD"))
    shown = (await client.get("/feedback/F1")).json()["filing"]
    assert (shown["sector"], shown["sector_of_dossier"]) == ("HT", True)
    await tell(reception("XD", 1))
    await until_noted(client, "D1", "XD")
    assert [await sectors(client, each) for each in ("F1", "F2")] == [["HT", "XD"], ["DD"]]


@pytest.mark.asyncio
async def test_filings_and_dossiers_at_the_same_moment_miss_nothing(client, tell) -> None:
    codes = [f"D{n}" for n in range(DOSSIERS)]

    async def file(code: str) -> None:
        about = "conduct" if code[-1] in "02468" else "other"
        answer = await client.post("/feedback", json=filing(f"F-{code}", code, about=about))
        assert answer.status_code == 201

    told = (tell(reception("HT", 0, code)) for code in codes)
    await asyncio.gather(*told, *(file(code) for code in codes))
    for code in codes:
        await until_noted(client, code, "HT")
        assert (await sectors(client, f"F-{code}"))[-1] == "HT"


@pytest.mark.asyncio
async def test_more_feedback_about_one_dossier_than_a_run_has_passes(client, tell) -> None:
    names = [f"F{n}" for n in range(30)]
    lines = (httpx.Request("POST", "http://x", json={"do": "file_feedback", **filing(name)})
             for name in names)  # fmt: skip
    await client.post("/bulk", content=b"\n".join(line.content for line in lines))
    await tell(reception("HT"))
    await until_noted(client, "D1", "HT")
    assert [await sectors(client, name) for name in names] == [[None, "HT"]] * 30


@pytest_asyncio.fixture
async def pool(served, postgres_url) -> AsyncIterator[asyncpg.Pool]:
    """The service's database without the service."""
    async with served():
        pass
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=3) as made:
        yield made


@pytest.fixture
def handler(pool: asyncpg.Pool) -> Handler:
    def context() -> Context:
        return Context(datetime.now(UTC), Calendars(), Limit(amount=5))

    return CommandHandler(EventStore(pool, "/feedback"), FeedbackDecider(), context)


def received(*events: Event) -> list[Received]:
    return [Received(each, "intake.dossiers", 0, n, AT) for n, each in enumerate(events)]


async def told(pool: asyncpg.Pool) -> list[str | None]:
    """The sector in each record of the filing F1, in order."""
    events = await EventStore(pool, "/feedback").load("feedback/F1")
    return [each.data.sector for each in events]


@pytest.mark.asyncio
@pytest.mark.parametrize("about", ["conduct", "other"])
async def test_a_filing_during_an_open_note_waits_and_carries_the_sector(
    pool, handler, about
) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await SectorNotes(handler).apply(conn, received(reception("HT")))
        filed = asyncio.create_task(handler.run([FileFeedback(**filing(about=about))]))
        await asyncio.sleep(0.2)
        assert not filed.done()
    await filed
    assert await told(pool) == ["HT"]


@pytest.mark.asyncio
@pytest.mark.parametrize("about", ["conduct", "other"])
async def test_a_note_during_an_open_filing_conflicts_and_then_tells_it_again(
    pool, handler, about
) -> None:
    async def note() -> None:
        async with pool.acquire() as own, own.transaction():
            await SectorNotes(handler).apply(own, received(reception("HT")))

    async with pool.acquire() as conn, conn.transaction():
        await handler.run([FileFeedback(**filing(about=about))], conn=conn)
        noted = asyncio.create_task(note())
        await asyncio.sleep(0.2)
        assert not noted.done()
    with pytest.raises(VersionConflict):
        await noted
    await note()
    assert await told(pool) == [None, "HT"]


@pytest.mark.asyncio
async def test_a_batch_takes_as_many_queries_whatever_its_size(pool, handler) -> None:
    notes = SectorNotes(handler)
    counts = [await _queries(pool, notes, first, size) for first, size in ((0, 60), (60, 600))]
    noted = await pool.fetchval("select count(*) from events where type = 'sector.noted.v1'")
    assert noted == 660
    assert counts[0] == counts[1] < 10


async def _queries(pool: asyncpg.Pool, notes: SectorNotes, first: int, size: int) -> int:
    events = [reception("HT", 0, f"D{n}") for n in range(first, first + size)]
    seen: list[str] = []
    async with pool.acquire() as conn, conn.transaction():
        conn.add_query_logger(lambda record: seen.append(record.query))
        await notes.apply(conn, received(*events))
    return len(seen)
