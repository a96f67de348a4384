"""The consumer port on aiokafka."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka import TopicPartition as Partition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import IllegalStateError

from ._kafka_admin import Admin, highwaters
from ._kafka_client import KafkaConfig, never_creating, started_or_closed, translated
from .errors import TransportError
from .ports import AssignmentListener, Record, TopicPartition

_LEFT_ALONE, _LEFT = 0.002, 0.1
"""Seconds that aiokafka stops fetching from a broker for when messages of one of its partitions are
left with it; afterwards it fetches the other partitions only. It ships with 100 ms and no setting:
right where the next poll takes them all, a stall where partitions are polled apart.
"""

_LONGEST_FETCH = 25
"""Milliseconds that a fetch waits for messages: those of partitions left out of it wait as long."""

_METADATA_AGE = 10_000
"""Milliseconds after which a group notices topics and partitions that are new."""


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
        self._admin = Admin(config)
        self._consumer: AIOKafkaConsumer | None = None

    async def start(self, topics: Collection[str], listener: AssignmentListener) -> None:
        """Connects, creates missing topics and asks for partitions."""
        await self._admin.start()
        await self._admin.ensure(topics, self._config.partitions)
        consumer = AIOKafkaConsumer(**self._config.common, **self._settings())
        never_creating(consumer._client)  # noqa: SLF001
        if self._config.durable:
            consumer.subscribe(sorted(topics), listener=_Rebalances(listener))
        with translated():
            await started_or_closed(consumer.start(), consumer.stop)
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
            "fetch_max_wait_ms": _LONGEST_FETCH,
            "metadata_max_age_ms": _METADATA_AGE,
        }

    async def stop(self) -> None:
        """Disconnects and gives up all partitions; harmless when not started."""
        consumer, self._consumer = self._consumer, None
        try:
            if consumer is not None:
                with translated():
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
        with translated():
            first = await self._started.beginning_offsets(wanted)
            after = await self._started.end_offsets(wanted)
            if not self._config.durable:
                after = await highwaters(self._started, after)
        return {TopicPartition(*key): (first[key], after[key]) for key in wanted}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """The next poll of the partition starts at the offset."""
        with suppress(IllegalStateError):
            self._started.seek(Partition(*partition), offset)

    async def poll(
        self,
        *,
        timeout: float,
        max_records: int,
        partitions: Collection[TopicPartition] | None = None,
    ) -> dict[TopicPartition, Sequence[Record]]:
        """Records by partition, each in order of offsets; only of the given ones, if any are."""
        left = _LEFT_ALONE if partitions else _LEFT
        self._started._fetcher._prefetch_backoff = left  # noqa: SLF001
        with translated():
            found = await self._started.getmany(
                *(Partition(*one) for one in partitions or ()),
                timeout_ms=int(timeout * 1000),
                max_records=max_records,
            )
        return {TopicPartition(*key): records for key, records in found.items()}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Tells the broker the next offsets; nothing with the embedded broker."""
        if self._config.durable and offsets:
            with translated():
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
