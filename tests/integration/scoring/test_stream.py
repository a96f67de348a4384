"""The live stream: ids, resuming, filters, the limit of connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest
import scoring_events as given
from scoring_database import apply, publisher

from motcua_events import Event
from motcua_scoring.feed import START, Feed, Place


class Stream:
    """One connection: the fields of each event, comments left out."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()

    async def event(self) -> dict[str, str]:
        """The next block with any field."""
        found: dict[str, str] = {}
        async with asyncio.timeout(10):
            async for line in self._lines:
                if not line and found:
                    return found
                name, colon, value = line.partition(": ")
                if name and colon and not line.startswith(":"):
                    found[name] = value
        raise AssertionError("the stream ended")

    async def change(self) -> tuple[str, dict]:
        """The next change: its id and data."""
        while "data" not in (found := await self.event()):
            pass
        assert found["event"] == "evaluation.changed"
        return found["id"], json.loads(found["data"])["change"]


@asynccontextmanager
async def following(scoring, last: str | None = None, **query: str) -> AsyncIterator[Stream]:
    headers = {} if last is None else {"last-event-id": last}
    async with scoring.http.stream("GET", "/stream", params=query, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer)


def life(dossier: str, agency: str = "H53.1") -> list[Event]:
    return [given.received(dossier, resolving=agency), given.resolved("2020-03-10 09:00", dossier)]


@pytest.mark.asyncio
async def test_changes_come_live_and_a_client_that_returns_misses_nothing(scoring) -> None:
    async with following(scoring, agency="H53.1", period="2020-Q1") as stream:
        first = await stream.event()
        assert set(first) == {"id", "retry"}
        await scoring.tell(*life("D-1"))
        id_, change = await stream.change()
    assert (change["agency"], change["period"]) == ("H53.1", "2020-Q1")

    for number in range(2, 5):
        await scoring.tell(*life(f"D-{number}"))
        newest = await scoring.published("H53.1", "2020-Q1", change["revision"] + 1)
        async with following(scoring, id_, agency="H53.1", period="2020-Q1") as stream:
            id_, change = await stream.change()
        assert change["revision"] <= newest["revision"]
    async with following(scoring, first["id"], agency="H53.1", period="2020-Q1") as stream:
        revisions = [(await stream.change())[1]["revision"] for _ in range(change["revision"])]
    assert revisions == list(range(1, change["revision"] + 1))


@pytest.mark.asyncio
async def test_a_place_of_a_database_since_restored_begins_anew(scoring) -> None:
    await scoring.tell(*life("D-1"))
    await scoring.published("H53.1", "2020", 1)
    async with following(scoring, "99999999999-1", agency="H53.1", period="2020") as stream:
        _, change = await stream.change()
        assert change["revision"] == 1


@pytest.mark.asyncio
async def test_resuming_works_across_a_restart_of_the_service(serve) -> None:
    async with serve() as scoring:
        async with following(scoring, agency="H53.1", period="2020") as stream:
            place = (await stream.event())["id"]
        await scoring.tell(*life("D-1"))
        sent = scoring.sent
        newest = await scoring.published("H53.1", "2020", 1)
    async with serve() as scoring:
        scoring.sent = sent
        async with following(scoring, place, agency="H53.1", period="2020") as stream:
            revision = 0
            while revision < newest["revision"]:
                _, change = await stream.change()
                assert change["revision"] == revision + 1
                revision = change["revision"]


@pytest.mark.asyncio
async def test_connections_are_limited_and_a_place_becomes_free(serve) -> None:
    async with serve(stream_connections=1) as scoring:
        async with following(scoring) as stream:
            await stream.event()
            refused = await scoring.http.get("/stream")
            assert refused.status_code == 503
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.headers["retry-after"]
        async with asyncio.timeout(10):
            while True:
                async with scoring.http.stream("GET", "/stream") as again:
                    if again.status_code == 200:
                        break
                await asyncio.sleep(0.05)


@pytest.mark.asyncio
async def test_who_returns_before_the_feed_has_begun_waits_for_no_later_change(
    pool: asyncpg.Pool,
) -> None:
    await apply(pool, life("D-1"))
    await publisher(pool).round()
    total = await pool.fetchval("select count(*) from events")
    feed = Feed(pool)
    following = feed.follow(START)
    first = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0)
    running = asyncio.create_task(feed.run())
    async with asyncio.timeout(5):
        seen = [await first, *[await anext(following) for _ in range(total - 1)]]
    assert len({news.id for news in seen}) == total
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.asyncio
async def test_followers_far_behind_read_from_the_store(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("motcua_scoring.feed.KEPT", 3)
    monkeypatch.setattr("motcua_scoring.feed.PAGE", 2)
    feed = Feed(pool)
    running = asyncio.create_task(feed.run())
    for number in range(4):
        await apply(pool, life(f"D-{number}"))
        await publisher(pool).round()
        feed.wake.set()
    total = await pool.fetchval("select count(*) from events")
    seen = []
    async with asyncio.timeout(10):
        async for news in feed.follow(START):
            seen.append(news)
            if len(seen) == total:
                break
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert [news.place for news in seen] == sorted({news.place for news in seen})
    assert len({news.id for news in seen}) == total


@pytest.mark.parametrize(
    "text", ["", "1", "1-", "-1", "a-b", "1-2-3", "01-2", "1- 2", f"{2**63}-1", "1-²"]
)
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any reading error
        Place.parse(text)


def test_a_place_reads_what_it_writes() -> None:
    assert Place.parse(str(Place(12, 34))) == Place(12, 34)
