"""Scoring's database in tests: events applied in batches, what was served, published, replayed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from zlib import crc32

import asyncpg
from opentelemetry import trace

from motcua_events import Event, EventStore, Received
from motcua_events.contracts import EvaluationChanged
from motcua_scoring import evaluations, projector
from motcua_scoring.answers import Agency, Question
from motcua_scoring.evaluation import Evaluation
from motcua_scoring.publisher import Publisher
from motcua_scoring.rulebook_files import rulebooks
from motcua_scoring.rulebooks_in_force import Rulebooks

TABLES = "entities, tallies, bundle_lines, places, catalogue, dirty, published, events"
BOOKS = Rulebooks.of(rulebooks(), ["tt01-2018"])


async def emptied(pool: asyncpg.Pool) -> None:
    """The database as if nothing had ever come in."""
    await pool.execute(f"truncate {TABLES} restart identity")


def batches(events: Sequence[Event], seed: int) -> Iterator[list[Event]]:
    """The events cut into batches of random sizes."""
    sizes, start = random.Random(seed), 0
    while start < len(events):
        size = sizes.randint(1, 9)
        yield list(events[start : start + size])
        start += size


def received(events: Iterable[Event]) -> list[Received]:
    """The events as they come from Kafka, each in the partition of its key."""
    now = datetime.now(UTC)
    return [
        Received(each, each.data.TOPIC or "", crc32(each.data.key.encode()) % 6, place, now)
        for place, each in enumerate(events)
    ]


async def apply(pool: asyncpg.Pool, events: Iterable[Event]) -> None:
    """One batch, committed."""
    async with pool.acquire() as conn, conn.transaction():
        await projector.apply(conn, received(events))


def publisher(pool: asyncpg.Pool, store: EventStore | None = None) -> Publisher:
    """A publisher on the database."""
    return Publisher(pool, store or EventStore(pool, "/scoring"), BOOKS, trace.get_tracer("test"))


async def published(pool: asyncpg.Pool) -> dict[tuple[str, str], EvaluationChanged]:
    """The latest published revision of each agency and period."""
    rows = await pool.fetch("select data from events order by stream, version")
    found = [EvaluationChanged.model_validate_json(row["data"]) for row in rows]
    return {(data.agency, data.period): data for data in found}


async def served(pool: asyncpg.Pool, agency: str, question: Question) -> Evaluation:
    """The evaluation that the database answers with."""
    known = await evaluations.registered(pool, code=agency)
    [found] = await evaluations.answer(pool, known or [Agency(agency)], question)
    return found.evaluation


async def snapshot(pool: asyncpg.Pool) -> dict[str, list[tuple[object, ...]]]:
    """Everything that must not depend on the order of events: facts byte for byte, sums, places."""
    queries = {
        "facts": "select kind, id, facts::text from entities order by 1, 2",
        "measures": "select * from measures order by 1, 2, 3, 4, 5, 6, 7, 8",
        "tallies": "select * from tallies order by 1, 2, 3, 4, 5, 6",
        "places": "select * from places order by 1, 2, 3, 4, 5, 6",
        "catalogue": "select kind, id, agency, data::text from catalogue order by 1, 2",
    }
    return {name: [tuple(row) for row in await pool.fetch(sql)] for name, sql in queries.items()}
