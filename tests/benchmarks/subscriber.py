"""A subscriber that notes when it learns of each resolution."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import orjson
from aiokafka import AIOKafkaConsumer

from .client import Answer
from .province import MONTH

Told = Callable[[bytes, bytes], tuple[str, int] | None]
"""What a message, by its key and value, says: an agency and how many of its dossiers are resolved
this month."""


def ours(key: bytes, value: bytes) -> tuple[str, int] | None:
    """``evaluation.changed``: everything that is resolved is counted under index 1."""
    agency, _, period = key.decode().partition(" ")
    if period != MONTH:
        return None
    return agency, sum(orjson.loads(value)["settled"]["indices"][0]["counts"].values())


def direct(_: bytes, value: bytes) -> tuple[str, int] | None:
    """The peer's message."""
    data = orjson.loads(value)
    return data["agency"], data["count"]


class Subscriber:
    """``times[agency][i]`` is when it learned of the agency's (i+1)-th resolution."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self.times: dict[str, list[float]] = defaultdict(list)
        self.last: dict[str, int] = {}
        self.heard = time.perf_counter()

    @property
    def counted(self) -> int:
        """All resolutions in the latest message of every agency."""
        return sum(self.last.values())

    def hear(self, key: bytes, value: bytes) -> None:
        """Take one message."""
        self.heard = time.perf_counter()
        if (told := self._told(key, value)) is not None:
            agency, count = told
            self.last[agency] = count
            missing = count - len(self.times[agency])
            self.times[agency] += [self.heard] * missing

    async def reached(self, count: int, patience: float = 10.0) -> bool:
        """Wait for that many; False after ``patience`` seconds without a message."""
        self.heard = time.perf_counter()
        while self.counted < count:
            if time.perf_counter() - self.heard > patience:
                return False
            await asyncio.sleep(0.02)
        return True

    def latencies(self, since: dict[str, int], sent: Sequence[tuple[str, Answer]]) -> list[float]:
        """Seconds from when each accepted request was due until its resolution was heard of.

        ``since`` says how many resolutions of each agency came before. Those never heard of are
        left out: the caller counts them.
        """
        turn = dict(since)
        found = []
        for agency, answer in sent:
            if answer.accepted:
                at = turn[agency] = turn.get(agency, 0) + 1
                if at <= len(self.times[agency]):
                    found.append(self.times[agency][at - 1] - answer.due)
        return found


@asynccontextmanager
async def subscribed(bootstrap: str, topic: str, told: Told) -> AsyncIterator[Subscriber]:
    """A subscriber that hears everything from now on."""
    subscriber = Subscriber(told)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="latest")
    await consumer.start()
    for partition in consumer.assignment():
        await consumer.position(partition)

    async def listen() -> None:
        while True:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    subscriber.hear(record.key, record.value)

    task = asyncio.create_task(listen())
    try:
        yield subscriber
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await consumer.stop()
