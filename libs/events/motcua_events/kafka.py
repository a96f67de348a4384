"""Kafka through aiokafka: settings, topics, and the adapters of both ports.

Two kinds of broker are served. A *durable* one (Apache Kafka) gets the idempotent producer and
consumer groups with the range assignor. The embedded one of the development setup (Tansu) has
neither a sound idempotent producer nor sound group rejoins, and does not wake a waiting fetch: it
gets a plain producer that waits for all replicas, one consumer per name that takes every partition,
and short fetches.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka import TopicPartition as Partition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import (
    IllegalStateError,
    IncompatibleBrokerVersion,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.partitioner import murmur2

from .cloudevents import Message
from .contracts import COMPACTED_TOPICS, DOSSIER_TOPICS, SCORING_TOPICS
from .errors import PositionLost, TransportError, UnequalPartitions
from .ports import AssignmentListener, Record, TopicPartition

TOPICS: tuple[str, ...] = (*SCORING_TOPICS, *COMPACTED_TOPICS)
"""Every topic of the contracts."""

_BATCH_BYTES = 256 * 1024
_START_GRACE = 2.0
_ANSWER = 5.0
_FLUSH = 3.0
_METADATA_AGE = 10_000
"""Milliseconds after which a group notices topics and partitions that are new."""


@dataclass(frozen=True, slots=True)
class KafkaConfig:
    """How to reach the broker, what kind it is, and how topics are made.

    ``bootstrap`` is ``host:port[,host:port…]``; ``durable`` is for Apache Kafka.
    """

    bootstrap: str
    durable: bool = False
    partitions: int = 6
    replication: int = 1
    client_id: str = "motcua"

    @property
    def common(self) -> dict[str, Any]:
        """What every aiokafka client is told."""
        return {"bootstrap_servers": self.bootstrap, "client_id": self.client_id}


@contextmanager
def _translated() -> Iterator[None]:
    """Turns aiokafka's errors into this package's.

    A client that closes a connection cancels the requests that wait on it. Whoever awaits one sees
    a cancellation that nobody asked for, which would end its loop for good and without a word.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise TransportError("the client gave the request up") from error
    except (NoOffsetForPartitionError, OffsetOutOfRangeError) as error:
        raise PositionLost(str(error)) from error
    except KafkaError as error:
        raise TransportError(f"{type(error).__name__}: {error}") from error


async def _started_or_closed(
    starting: Awaitable[None], close: Callable[[], Awaitable[None]]
) -> None:
    """Waits for a client to start; one that fails or is cancelled meanwhile is closed.

    A cancelled start is not broken off at once: aiokafka would leave its socket open.
    """
    task = asyncio.ensure_future(starting)
    try:
        await asyncio.shield(task)
    except BaseException:
        await asyncio.wait([task], timeout=_START_GRACE)
        task.cancel()
        await close()
        raise


def _never_creating(client: AIOKafkaClient) -> None:
    """Has a client ask for all topics, never for one by name.

    Brokers may create a topic that is asked for by name, with a partition count of their own, and
    aiokafka has no setting against it. It refreshes in the background, so after a broker was
    replaced it would be faster than ``ensure``.
    """
    ask = client._metadata_update  # noqa: SLF001

    async def ask_for_all(cluster: ClusterMetadata, topics: Collection[str]) -> bool:
        del topics
        return bool(await ask(cluster, ()))

    client._metadata_update = ask_for_all  # noqa: SLF001


class _Admin:
    """A connection for questions about the cluster."""

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config
        self._client: AIOKafkaAdminClient | None = None

    async def start(self) -> None:
        if self._client is None:
            client = AIOKafkaAdminClient(**self._config.common, request_timeout_ms=5000)
            with _translated():
                await _started_or_closed(client.start(), client.close)
            self._client = client

    async def stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def cluster_id(self) -> str:
        with _translated():
            return str((await self._started.describe_cluster())["cluster_id"])

    async def partitions(self) -> dict[str, int]:
        """The number of partitions of every topic."""
        with _translated():
            found = await self._started.describe_topics()
        return {topic["topic"]: len(topic["partitions"]) for topic in found}

    async def ensure(self, topics: Collection[str], partitions: int) -> None:
        missing = set(topics) - (await self.partitions()).keys()
        if not missing:
            return
        new = [self._new(topic, partitions) for topic in sorted(missing)]
        with _translated():
            answer = await self._started.create_topics(new, timeout_ms=5000)
            for _, code, *_ in answer.topic_errors:
                if code not in (0, TopicAlreadyExistsError.errno):
                    raise for_code(code)(f"creating {sorted(missing)}")

    async def grow(self, topics: Collection[str], partitions: int, *, only_ask: bool) -> None:
        wanted = {topic: NewPartitions(partitions) for topic in sorted(topics)}
        with _translated():
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
        return NewTopic(topic, partitions, self._config.replication, topic_configs=settings)

    @property
    def _started(self) -> AIOKafkaAdminClient:
        if self._client is None:
            raise TransportError("not connected")
        return self._client


@asynccontextmanager
async def _admin(config: KafkaConfig) -> AsyncIterator[_Admin]:
    admin = _Admin(config)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.stop()


async def cluster_id(config: KafkaConfig) -> str:
    """The id of the cluster behind the address. Raises TransportError if nothing answers."""
    async with _admin(config) as admin:
        return await admin.cluster_id()


async def ensure_topics(
    config: KafkaConfig, partitions: int | None = None, topics: Collection[str] = TOPICS
) -> None:
    """Creates those of the topics that do not exist; existing ones stay as they are.

    Raises:
        UnequalPartitions: the dossier topics exist with different partition counts, so that one
            dossier's events would not meet in one consumer.
    """
    async with _admin(config) as admin:
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
    async with _admin(config) as admin:
        found = await admin.partitions()
        counts = {topic: found.get(topic, 0) for topic in topics}
        if len(set(counts.values())) > 1 or max(counts.values()) >= partitions:
            raise UnequalPartitions(f"{partitions} must be more than all of {counts} have, equally")
        await admin.grow(topics, partitions, only_ask=only_ask)
        return max(counts.values())


async def ends(config: KafkaConfig, topics: Collection[str]) -> dict[TopicPartition, int]:
    """The offset after the last message of every partition of the topics."""
    async with _admin(config) as admin:
        counts = await admin.partitions()
    consumer = AIOKafkaConsumer(**config.common, group_id=None)
    _never_creating(consumer._client)  # noqa: SLF001
    with _translated():
        await _started_or_closed(consumer.start(), consumer.stop)
        try:
            wanted = [Partition(topic, n) for topic in topics for n in range(counts.get(topic, 0))]
            found = await consumer.end_offsets(wanted)
        finally:
            await consumer.stop()
    return {TopicPartition(*key): offset for key, offset in found.items()}


class AiokafkaProducer:
    """The producer port on aiokafka.

    One request per partition is under way at a time, and a partition's next batch is only built
    when its last one was acknowledged: so a failure never lets a later message overtake.
    """

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config
        self._admin = _Admin(config)
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connects."""
        await self._admin.start()
        producer = AIOKafkaProducer(
            **self._config.common,
            acks="all",
            enable_idempotence=self._config.durable,
            linger_ms=0,
            max_batch_size=_BATCH_BYTES,
            request_timeout_ms=10_000,
        )
        _never_creating(producer.client)
        with _translated():
            await _started_or_closed(producer.start(), producer.stop)
        self._producer = producer

    async def stop(self) -> None:
        """Disconnects; harmless when not started."""
        producer, self._producer = self._producer, None
        try:
            if producer is not None:
                with _translated():
                    await _stopped(producer)
        finally:
            await self._admin.stop()

    async def cluster_id(self) -> str:
        """The id of the cluster now behind the address."""
        return await self._admin.cluster_id()

    async def ensure(self, topics: Collection[str]) -> None:
        """Creates those of the topics that do not exist."""
        await self._admin.ensure(topics, self._config.partitions)

    async def send(self, messages: Sequence[Message]) -> None:
        """Sends all, in order per key, and returns when all are acknowledged."""
        if self._producer is None:
            raise TransportError("not connected")
        with _translated():
            lanes = await _lanes(self._producer, messages)
            sending = (_send(self._producer, lane, part) for lane, part in lanes.items())
            outcomes = await asyncio.gather(*sending, return_exceptions=True)
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome


async def _stopped(producer: AIOKafkaProducer) -> None:
    """Stops the producer; what a silent broker has not acknowledged soon is given up."""
    try:
        async with asyncio.timeout(_FLUSH):
            await producer.stop()
    except TimeoutError:
        await producer.client.close()


async def _lanes(
    producer: AIOKafkaProducer, messages: Sequence[Message]
) -> dict[TopicPartition, list[Message]]:
    counts = {
        topic: len(await producer.partitions_for(topic))
        for topic in {message.topic for message in messages}
    }
    lanes: dict[TopicPartition, list[Message]] = {}
    for message in messages:
        partition = partition_of(message.key, counts[message.topic])
        lanes.setdefault(TopicPartition(message.topic, partition), []).append(message)
    return lanes


@functools.lru_cache(maxsize=100_000)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition in which every Kafka client puts a key."""
    return (int(murmur2(key)) & 0x7FFFFFFF) % partitions


async def _send(
    producer: AIOKafkaProducer, lane: TopicPartition, messages: Sequence[Message]
) -> None:
    now = int(time.time() * 1000)
    done = 0
    while done < len(messages):
        batch = producer.create_batch()
        for message in messages[done:]:
            added = batch.append(
                timestamp=now, key=message.key, value=message.value, headers=message.headers
            )
            if added is None:
                break
            done += 1
        await (await producer.send_batch(batch, lane.topic, partition=lane.partition))


async def _highwaters(
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


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]
    """Passes aiokafka's rebalances on to the port's listener."""

    def __init__(self, listener: AssignmentListener) -> None:
        self._listener = listener

    async def on_partitions_revoked(self, revoked: Collection[Partition]) -> None:
        del revoked
        await self._listener.revoked()

    async def on_partitions_assigned(self, assigned: Collection[Partition]) -> None:
        del assigned
        await self._listener.assigned()


class AiokafkaPort:
    """The consumer port on aiokafka.

    With a durable broker it joins the consumer group ``group``; else it takes every partition of
    its topics and commits nothing to the broker.
    """

    def __init__(self, config: KafkaConfig, group: str) -> None:
        self._config = config
        self._group = group
        self._admin = _Admin(config)
        self._consumer: AIOKafkaConsumer | None = None

    async def start(self, topics: Collection[str], listener: AssignmentListener) -> None:
        """Connects, creates missing topics and asks for partitions."""
        await self._admin.start()
        await self._admin.ensure(topics, self._config.partitions)
        consumer = AIOKafkaConsumer(**self._config.common, **self._settings())
        _never_creating(consumer._client)  # noqa: SLF001
        if self._config.durable:
            consumer.subscribe(sorted(topics), listener=_Rebalances(listener))
        with _translated():
            await _started_or_closed(consumer.start(), consumer.stop)
        self._consumer = consumer
        if not self._config.durable:
            counts = await self._admin.partitions()
            consumer.assign([Partition(t, p) for t in topics for p in range(counts[t])])
            await listener.assigned()

    def _settings(self) -> dict[str, Any]:
        shared = {"enable_auto_commit": False, "auto_offset_reset": "none"}
        if not self._config.durable:
            return shared | {"group_id": None, "fetch_max_wait_ms": 10}
        return shared | {
            "group_id": self._group,
            "partition_assignment_strategy": (RangePartitionAssignor,),
            "metadata_max_age_ms": _METADATA_AGE,
        }

    async def stop(self) -> None:
        """Disconnects and gives up all partitions; harmless when not started."""
        consumer, self._consumer = self._consumer, None
        try:
            if consumer is not None:
                with _translated():
                    await consumer.stop()
        finally:
            await self._admin.stop()

    async def cluster_id(self) -> str:
        """The id of the cluster now behind the address."""
        return await self._admin.cluster_id()

    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions held now."""
        return frozenset(TopicPartition(*held) for held in self._started.assignment())

    async def bounds(
        self, partitions: Collection[TopicPartition]
    ) -> dict[TopicPartition, tuple[int, int]]:
        """Of each partition the first offset kept and the offset after the last."""
        wanted = [Partition(*partition) for partition in partitions]
        with _translated():
            first = await self._started.beginning_offsets(wanted)
            after = await self._started.end_offsets(wanted)
            if not self._config.durable:
                after = await _highwaters(self._started, after)
        return {TopicPartition(*key): (first[key], after[key]) for key in wanted}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """The next poll of the partition starts at the offset."""
        with suppress(IllegalStateError):
            self._started.seek(Partition(*partition), offset)

    async def poll(
        self, *, timeout: float, max_records: int
    ) -> dict[TopicPartition, Sequence[Record]]:
        """Records by partition, each in order of offsets."""
        with _translated():
            found = await self._started.getmany(
                timeout_ms=int(timeout * 1000), max_records=max_records
            )
        return {TopicPartition(*key): records for key, records in found.items()}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Tells the broker the next offsets; nothing with the embedded broker."""
        if self._config.durable and offsets:
            with _translated():
                await self._started.commit({Partition(*k): v for k, v in offsets.items()})

    def highwater(self, partition: TopicPartition) -> int | None:
        """The offset after the partition's last record, as far as known."""
        key = Partition(*partition)
        if key not in self._started.assignment():
            return None
        known: int | None = self._started.highwater(key)
        return known

    @property
    def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise TransportError("not connected")
        return self._consumer
