"""The producer port on aiokafka."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Collection, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from ._kafka_admin import Admin
from ._kafka_client import KafkaConfig, bound_to, never_creating, started_or_closed, translated
from .cloudevents import Message
from .errors import TransportError
from .ports import TopicPartition

_BATCH_BYTES = 256 * 1024
_FLUSH = 3.0
_EPOCH_ANSWER = 20.0
_EPOCH_AGE = 24 * 3600.0
"""Seconds after which a named producer asks for a new epoch: brokers forget names in a week."""


class AiokafkaProducer:
    """The producer port on aiokafka.

    One request per partition is under way at a time, and a partition's next batch is only built
    when its last one was acknowledged: so a failure never lets a later message overtake.

    With a ``name``, a durable broker fences: once a producer of a name has sent to a partition,
    what one started before it still sends there is refused (``Fenced``). So nothing old can follow
    what is newer, not even out of a process that was frozen. No transactions are needed for that,
    only the epoch that the broker gives out with a transactional id.
    """

    def __init__(self, config: KafkaConfig, name: str | None = None) -> None:
        self._config = config
        self._name = name if config.durable else None
        self._admin = Admin(config)
        self._producer: AIOKafkaProducer | None = None
        self._started = 0.0

    async def start(self) -> None:
        """Connects to the cluster behind the address, and stays with it."""
        await self._admin.start()
        cluster = await self._admin.cluster_id()
        producer = AIOKafkaProducer(
            **self._config.common,
            acks="all",
            enable_idempotence=self._config.durable,
            transactional_id=self._name,
            linger_ms=0,
            max_batch_size=_BATCH_BYTES,
            request_timeout_ms=10_000,
        )
        never_creating(producer.client)
        bound_to(producer.client, cluster)
        with translated():
            await started_or_closed(_start(producer), producer.stop)
        self._producer, self._started = producer, time.monotonic()

    async def stop(self) -> None:
        """Disconnects; harmless when not started."""
        producer, self._producer = self._producer, None
        try:
            if producer is not None:
                with translated():
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
        """Sends all, in order per key, and returns when all are acknowledged.

        Raises ClusterChanged, with nothing sent to it, when the address leads to another cluster,
        and Fenced when a later producer of the same name is at work.
        """
        if self._producer is None:
            raise TransportError("not connected")
        if self._name and time.monotonic() - self._started > _EPOCH_AGE:
            await self.stop()
            await self.start()
        with translated():
            lanes = await _lanes(self._producer, messages)
            sending = (_send(self._producer, lane, part) for lane, part in lanes.items())
            outcomes = await asyncio.gather(*sending, return_exceptions=True)
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome


async def _start(producer: AIOKafkaProducer) -> None:
    """Starts; one with a transactional id keeps the epoch that it got and sends without."""
    await producer.start()
    known = producer._txn_manager  # noqa: SLF001
    if known is not None and known.transactional_id is not None:
        async with asyncio.timeout(_EPOCH_ANSWER):
            await known.wait_for_pid()
        known.transactional_id = None


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
