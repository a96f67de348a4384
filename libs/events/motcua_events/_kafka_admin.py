"""Questions about the cluster, and its topics: what exists, what is missing, more partitions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as Partition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import IncompatibleBrokerVersion, TopicAlreadyExistsError, for_code

from ._kafka_client import KafkaConfig, never_creating, started_or_closed, translated
from .contracts import COMPACTED_TOPICS, DOSSIER_TOPICS, SCORING_TOPICS
from .errors import TransportError, UnequalPartitions
from .ports import TopicPartition

_ANSWER = 5.0

TOPICS: tuple[str, ...] = (*SCORING_TOPICS, *COMPACTED_TOPICS)
"""Every topic of the contracts."""


class Admin:
    """A connection for questions about the cluster."""

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config
        self._client: AIOKafkaAdminClient | None = None

    async def start(self) -> None:
        if self._client is None:
            client = AIOKafkaAdminClient(**self._config.common, request_timeout_ms=5000)
            with translated():
                await started_or_closed(client.start(), client.close)
            self._client = client

    async def stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def cluster_id(self) -> str:
        with translated():
            return str((await self._started.describe_cluster())["cluster_id"])

    async def partitions(self) -> dict[str, int]:
        """The number of partitions of every topic."""
        with translated():
            found = await self._started.describe_topics()
        return {topic["topic"]: len(topic["partitions"]) for topic in found}

    async def ensure(self, topics: Collection[str], partitions: int) -> None:
        missing = set(topics) - (await self.partitions()).keys()
        if not missing:
            return
        new = [self._new(topic, partitions) for topic in sorted(missing)]
        with translated():
            answer = await self._started.create_topics(new, timeout_ms=5000)
            for _, code, *_ in answer.topic_errors:
                if code not in (0, TopicAlreadyExistsError.errno):
                    raise for_code(code)(f"creating {sorted(missing)}")

    async def grow(self, topics: Collection[str], partitions: int, *, only_ask: bool) -> None:
        wanted = {topic: NewPartitions(partitions) for topic in sorted(topics)}
        with translated():
            try:
                answer = await self._started.create_partitions(wanted, 5000, only_ask)
            except IncompatibleBrokerVersion as error:
                raise TransportError(
                    "this broker cannot add partitions; Apache Kafka can"
                ) from error
            for topic, code, *_ in answer.topic_errors:
                if code:
                    raise for_code(code)(f"adding partitions to {topic}")

    def _new(self, topic: str, partitions: int) -> NewTopic:
        settings = {"cleanup.policy": "compact"} if topic in COMPACTED_TOPICS else {}
        if self._config.durable:  # else a service whose clock is an hour ahead could not send
            settings["message.timestamp.type"] = "LogAppendTime"
        return NewTopic(topic, partitions, self._config.replication, topic_configs=settings)

    @property
    def _started(self) -> AIOKafkaAdminClient:
        if self._client is None:
            raise TransportError("not connected")
        return self._client


@asynccontextmanager
async def connected(config: KafkaConfig) -> AsyncIterator[Admin]:
    """A connection for the time of the block. Raises TransportError if nothing answers."""
    admin = Admin(config)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.stop()


async def cluster_id(config: KafkaConfig) -> str:
    """The id of the cluster behind the address. Raises TransportError if nothing answers."""
    async with connected(config) as admin:
        return await admin.cluster_id()


async def ensure_topics(
    config: KafkaConfig, partitions: int | None = None, topics: Collection[str] = TOPICS
) -> None:
    """Creates those of the topics that do not exist; existing ones stay as they are.

    Raises:
        UnequalPartitions: the dossier topics exist with different partition counts, so that one
            dossier's events would not meet in one consumer.
    """
    async with connected(config) as admin:
        await admin.ensure(topics, partitions or config.partitions)
        found = await admin.partitions()
    counts = {topic: found[topic] for topic in DOSSIER_TOPICS if topic in found}
    if len(set(counts.values())) > 1:
        raise UnequalPartitions(f"dossier topics need equal partition counts, found {counts}")


async def add_partitions(
    config: KafkaConfig,
    partitions: int,
    topics: Collection[str] = DOSSIER_TOPICS,
    *,
    only_ask: bool = False,
) -> int:
    """Gives topics more partitions, all equally many; how many they had.

    Keys move: before, relays must be paused and everything published must be consumed, or the order
    of a key is not kept. ``only_ask`` changes nothing.

    Raises:
        UnequalPartitions: the topics are not equal to begin with, or would not get more.
        TransportError: the broker cannot do it.
    """
    async with connected(config) as admin:
        found = await admin.partitions()
        counts = {topic: found.get(topic, 0) for topic in topics}
        if len(set(counts.values())) > 1 or max(counts.values()) >= partitions:
            raise UnequalPartitions(f"{partitions} must be more than all of {counts} have, equally")
        await admin.grow(topics, partitions, only_ask=only_ask)
        return max(counts.values())


async def highwaters(
    consumer: AIOKafkaConsumer, last: Mapping[Partition, int]
) -> dict[Partition, int]:
    """The true ends of partitions on the embedded broker.

    Asked for the latest offset it names its last batch; a fetch from there tells the end.
    """
    for key, offset in last.items():
        consumer.seek(key, max(0, offset - 1))
    async with asyncio.timeout(_ANSWER):
        while any(consumer.highwater(key) is None for key in last):
            await consumer.getmany(timeout_ms=20)
    return {key: consumer.highwater(key) for key in last}


async def ends(config: KafkaConfig, topics: Collection[str]) -> dict[TopicPartition, int]:
    """The offset after the last message of every partition of the topics."""
    async with connected(config) as admin:
        counts = await admin.partitions()
    consumer = AIOKafkaConsumer(**config.common, group_id=None)
    never_creating(consumer._client)  # noqa: SLF001
    with translated():
        await started_or_closed(consumer.start(), consumer.stop)
        try:
            wanted = [Partition(topic, n) for topic in topics for n in range(counts.get(topic, 0))]
            found = await consumer.end_offsets(wanted)
            if not config.durable:
                consumer.assign(wanted)
                found = await highwaters(consumer, found)
        finally:
            await consumer.stop()
    return {TopicPartition(*key): offset for key, offset in found.items()}
