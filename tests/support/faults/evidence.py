"""What there is when all is quiet: the stores, the topics, the scores, what subscribers heard."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from faults.cluster import SERVICES, Cluster
from scoring_database import snapshot

from motcua_events import AiokafkaPort, Consumer, Event, EventStore, KafkaConfig
from motcua_events.contracts import SCORING_TOPICS, EvaluationChanged
from motcua_events.kafka import TOPICS
from motcua_scoring import app, projector, recount
from motcua_service.db import folders, migrate

Scored = tuple[tuple[int | None, ...], int, str]
"""The nine scores in tenths, their total, the class."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One recorded event and its place in its store."""

    event: Event
    stream: str
    version: int
    topic: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """One message on a topic."""

    topic: str
    partition: int
    offset: int
    id: str


@dataclass
class Evidence:
    """Everything that the checker compares."""

    stored: list[Stored]
    messages: list[Message]
    live: Mapping[str, list[tuple[object, ...]]]
    replayed: Mapping[str, list[tuple[object, ...]]]
    measures: dict[tuple[object, ...], int]
    served: dict[tuple[str, str], dict[str, Scored]]
    told: dict[tuple[str, str], EvaluationChanged]
    streamed: dict[tuple[str, str], EvaluationChanged]
    counted: dict[tuple[object, ...], int]
    parked: int


async def gather(
    cluster: Cluster,
    periods: list[str],
    streamed: Mapping[tuple[str, str], EvaluationChanged],
) -> Evidence:
    """Reads everything from a quiet cluster; the replay runs in a database of its own."""
    pools = {name: await _pool(cluster, name) for name in (*SERVICES, "subscriber", "replayed")}
    try:
        scoring, subscriber = pools["scoring"], pools["subscriber"]
        return Evidence(
            stored=[row for name in SERVICES for row in await _stored(pools[name], name)],
            messages=await _messages(cluster.kafka.bootstrap),
            live=await snapshot(scoring),
            replayed=await _replayed(cluster, pools["replayed"]),
            measures=await _measures(scoring),
            served=await _served(cluster.url("scoring"), periods),
            told=await _told(subscriber),
            streamed=dict(streamed),
            counted=await _counted(subscriber),
            parked=sum([await pool.fetchval("select count(*) from parked")
                        for name, pool in pools.items() if name != "replayed"]),
        )  # fmt: skip
    finally:
        for pool in pools.values():
            await pool.close()


async def ends(bootstrap: str, topics: tuple[str, ...] = TOPICS) -> dict[tuple[str, int], int]:
    """The offset after the last message of every partition."""
    async with _Reader(bootstrap) as reader:
        wanted = await partitions(bootstrap, topics)
        after = await reader.end_offsets(wanted)
    return {(one.topic, one.partition): offset for one, offset in after.items()}


async def _pool(cluster: Cluster, name: str) -> asyncpg.Pool:
    return await asyncpg.create_pool(cluster.postgres.url(name), min_size=1, max_size=4)


async def _stored(pool: asyncpg.Pool, service: str) -> list[Stored]:
    rows = await pool.fetch("select id, stream, version, topic from events")
    places = {row["id"]: row for row in rows}
    return [
        Stored(event, row["stream"], row["version"], row["topic"])
        async for event in EventStore(pool, f"/{service}").scan()
        if (row := places[event.id])
    ]


class _Reader:
    """A plain consumer without a group."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def __aenter__(self) -> AIOKafkaConsumer:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, group_id=None)
        await self._consumer.start()
        return self._consumer

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()


async def partitions(bootstrap: str, topics: tuple[str, ...]) -> list[TopicPartition]:
    """Every partition of those of the topics that exist."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        known = await admin.describe_topics()
    finally:
        await admin.close()
    return [
        TopicPartition(one["topic"], part["partition"])
        for one in known
        if one["topic"] in topics
        for part in one["partitions"]
    ]


async def _messages(bootstrap: str) -> list[Message]:
    found: list[Message] = []
    async with _Reader(bootstrap) as reader:
        wanted = await partitions(bootstrap, TOPICS)
        reader.assign(wanted)
        after = await reader.end_offsets(wanted)
        for one in wanted:
            reader.seek(one, 0)
        left = {one for one in wanted if after[one]}
        async with asyncio.timeout(60):
            while left:
                for one, records in (await reader.getmany(timeout_ms=200)).items():
                    found += [_message(one, record) for record in records]
                left = {one for one in left if await reader.position(one) < after[one]}
    return found


def _message(one: TopicPartition, record: Any) -> Message:
    id_ = dict(record.headers)["ce_id"].decode()
    return Message(one.topic, one.partition, record.offset, id_)


async def _replayed(cluster: Cluster, pool: asyncpg.Pool) -> dict[str, list[tuple[object, ...]]]:
    """Scoring's tables after a replay of the topics into a new database."""
    await migrate(cluster.postgres.url("replayed"), folders(app.SERVICE.package))
    await recount.when_needed(pool)
    config = KafkaConfig(cluster.kafka.bootstrap)
    consumer = Consumer(
        "replay", AiokafkaPort(config, "replay"), pool, SCORING_TOPICS, projector.apply
    )
    running = asyncio.create_task(consumer.run())
    try:
        after = await ends(cluster.kafka.bootstrap, SCORING_TOPICS)
        async with asyncio.timeout(60):
            while sum((await _positions(pool)).values()) < sum(after.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return await snapshot(pool)


async def _measures(pool: asyncpg.Pool) -> dict[tuple[object, ...], int]:
    rows = await pool.fetch(
        "select agency, role, sector, month, basis, measure, outcome, sum(n)::bigint as n"
        " from measures group by 1, 2, 3, 4, 5, 6, 7 having sum(n) <> 0"
    )
    return {tuple(row)[:7]: row["n"] for row in rows}


async def _served(url: str, periods: list[str]) -> dict[tuple[str, str], dict[str, Scored]]:
    found: dict[tuple[str, str], dict[str, Scored]] = {}
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        for period in periods:
            for basis in ("settled", "live"):
                query = {"period": period, "basis": basis, "limit": "500"}
                async with session.get(f"{url}/evaluations", params=query) as answer:
                    items = (await answer.json())["items"]
                found[period, basis] = {item["agency"]: _scored(item) for item in items}
    return found


def _scored(item: Mapping[str, Any]) -> Scored:
    return tuple(item["tenths"]), item["total_tenths"], item["classification"]


async def _told(pool: asyncpg.Pool) -> dict[tuple[str, str], EvaluationChanged]:
    rows = await pool.fetch("select agency, period, data::text as data from latest")
    read = EvaluationChanged.model_validate_json
    return {(row["agency"], row["period"]): read(row["data"]) for row in rows}


async def _counted(pool: asyncpg.Pool) -> dict[tuple[object, ...], int]:
    rows = await pool.fetch(
        'select topic, partition, "offset", event, sent_at, count(*) as n from counted'
        " group by 1, 2, 3, 4, 5"
    )
    return {tuple(row)[:5]: row["n"] for row in rows}


async def _positions(pool: asyncpg.Pool) -> dict[tuple[str, int], int]:
    rows = await pool.fetch("select topic, partition, next_offset from offsets")
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
