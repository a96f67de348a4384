"""The live feed: published changes, read once from the store for all who follow.

A place in the feed is the pair (transaction, position) of the event store, so a follower can resume
where it left off, after a restart of this process too.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

import asyncpg

from motcua_events import Pool
from motcua_events.contracts import EvaluationChanged

from ._sql import sql

log = logging.getLogger(__name__)

POLL = 0.1
"""Seconds between looks for what other processes published."""

KEPT = 5_000
"""Changes kept in memory; who is further behind reads from the store."""

PAGE = 500


_PLACE = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")


class Place(NamedTuple):
    """A place in the feed: after this event."""

    tx: int
    pos: int

    def __str__(self) -> str:
        return f"{self.tx}-{self.pos}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Reads what ``str`` writes. Raises ValueError for anything else."""
        found = _PLACE.fullmatch(text)
        place = cls(int(found[1]), int(found[2])) if found else None
        if place is None or str(place) != text or max(place) >= 2**63:
            raise ValueError(f"{text[:80]!r} is not an id of this stream")
        return place


START = Place(0, 0)


@dataclass(frozen=True)
class News:
    """One published change and its place in the feed. It is read once, by its first follower."""

    place: Place
    id: str
    recorded_at: datetime
    traceparent: str | None
    json: str

    @cached_property
    def data(self) -> EvaluationChanged:
        """What was published."""
        return EvaluationChanged.model_validate_json(self.json, extra="ignore")


class Feed:
    """Follows the store while ``run`` runs. ``wake`` ends the pause between two looks."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._recent: deque[News] = deque(maxlen=KEPT)
        self._floor = self._head = START
        self._arrived = asyncio.Event()
        self._closed = False
        self.wake = asyncio.Event()
        self.last_progress = time.monotonic()

    async def run(self) -> None:
        """Reads what is published until cancelled. Outages of the database are waited out."""
        self._floor = self._head = await self.head()
        self._tell()  # those who came before the head was known have what is behind it to read
        while True:
            self.wake.clear()
            try:
                found = await self._read(self._head)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("feed waits: %s: %s", type(error).__name__, error)
                await asyncio.sleep(1)
                continue
            self.last_progress = time.monotonic()
            if found:
                self._add(found)
            else:
                await self._pause()

    async def head(self) -> Place:
        """The place after everything published by now."""
        row = await self._pool.fetchrow(sql("news_head"))
        return START if row is None else Place(int(row["tx"]), row["pos"])

    async def resumed(self, place: Place | None) -> Place:
        """Where a follower goes on: after what it has, or from now on if it names nothing.

        A place that was never reached is of a database that was since restored from a backup:
        places began anew with it, and so does the follower.
        """
        head = await self.head()
        if place is None:
            return head
        return place if place <= head else START

    async def follow(self, place: Place) -> AsyncIterator[News]:
        """Every change after the place, then each new one as it comes, until the feed closes."""
        while not self._closed:
            arrived = self._arrived
            for news in await self._after(place):
                place = news.place
                yield news
            if place >= self._head and not self._closed:
                await arrived.wait()

    def close(self) -> None:
        """Let every follower end: the service stops."""
        self._closed = True
        self._arrived.set()

    async def _after(self, place: Place) -> list[News]:
        if place >= self._floor:
            return [news for news in self._recent if news.place > place]
        return await self._read(place)

    async def _read(self, place: Place) -> list[News]:
        rows = await self._pool.fetch(sql("news_after"), str(place.tx), place.pos, PAGE)
        return [
            News(
                Place(int(row["tx"]), row["pos"]), row["id"], row["recorded_at"],
                row["traceparent"], row["data"],
            )
            for row in rows
        ]  # fmt: skip

    def _add(self, found: list[News]) -> None:
        for news in found:
            if len(self._recent) == KEPT:
                self._floor = self._recent[0].place
            self._recent.append(news)
        self._head = found[-1].place
        self._tell()

    def _tell(self) -> None:
        arrived, self._arrived = self._arrived, asyncio.Event()
        arrived.set()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL):
                await self.wake.wait()
        except TimeoutError:
            return
