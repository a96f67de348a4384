"""An in-memory broker with both ports, for tests without a server.

The ports pass the same contract tests as the real adapters. The broker can be taken down, replaced
by another cluster, and trimmed; the consumer port can be made to rebalance.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .cloudevents import Headers, Message
from .errors import ClusterChanged, PositionLost, TransportError
from .kafka import partition_of
from .ports import AssignmentListener, Record, TopicPartition


@dataclass(frozen=True, slots=True)
class MemoryRecord:
    """A message as the memory broker keeps it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class MemoryBroker:
    """Topics in memory. ``committed`` holds what consumers told it."""

    def __init__(self, cluster_id: str = "memory", partitions: int = 6) -> None:
        self.cluster_id = cluster_id
        self.partitions = partitions
        self.down = False
        self.logs: dict[TopicPartition, list[MemoryRecord]] = {}
        self.first: dict[TopicPartition, int] = {}
        self.committed: dict[TopicPartition, int] = {}
        self.arrived = asyncio.Event()

    def replace(self, cluster_id: str) -> None:
        """Another, empty cluster now answers at the address."""
        self.cluster_id = cluster_id
        self.logs.clear()
        self.first.clear()
        self.committed.clear()

    def trim(self, partition: TopicPartition, first: int) -> None:
        """Retention: records before the offset are gone."""
        self.first[partition] = first

    def put(
        self, partition: TopicPartition, key: bytes | None, value: bytes | None, headers: Headers
    ) -> None:
        """Appends a record to a partition."""
        log = self.logs.setdefault(partition, [])
        log.append(MemoryRecord(len(log), int(time.time() * 1000), key, value, headers))
        self.arrived.set()

    def create(self, topics: Collection[str]) -> None:
        """Creates those of the topics that do not exist."""
        for topic in topics:
            for partition in range(self.partitions):
                self.logs.setdefault(TopicPartition(topic, partition), [])

    def check(self) -> None:
        """Raises TransportError while the broker is down."""
        if self.down:
            raise TransportError("the broker is down")


class MemoryProducer:
    """The producer port on a memory broker. ``fail_after`` lets so many messages of a send pass."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._started = False
        self._cluster = ""
        self.fail_after: int | None = None

    async def start(self) -> None:
        """Connects to the cluster behind the address, and stays with it."""
        self._broker.check()
        self._started = True
        self._cluster = self._broker.cluster_id

    async def stop(self) -> None:
        """Disconnects."""
        self._started = False

    async def cluster_id(self) -> str:
        """The broker's cluster id."""
        self._check()
        return self._broker.cluster_id

    async def ensure(self, topics: Collection[str]) -> None:
        """Creates those of the topics that do not exist."""
        self._check()
        self._broker.create(topics)

    async def send(self, messages: Sequence[Message]) -> None:
        """Appends the messages, up to ``fail_after`` of them. Topics must have been ensured."""
        self._check()
        if self._broker.cluster_id != self._cluster:
            raise ClusterChanged(f"{self._cluster} is gone")
        for topic in {message.topic for message in messages}:
            if TopicPartition(topic, 0) not in self._broker.logs:
                raise TransportError(f"unknown topic {topic}")
        failing, self.fail_after = self.fail_after, None
        for message in messages[:failing]:
            partition = partition_of(message.key, self._broker.partitions)
            self._broker.put(
                TopicPartition(message.topic, partition),
                message.key,
                message.value,
                message.headers,
            )
        await asyncio.sleep(0)
        if failing is not None:
            raise TransportError(f"failed after {failing} messages")

    def _check(self) -> None:
        self._broker.check()
        if not self._started:
            raise TransportError("not connected")


class MemoryPort:
    """The consumer port on a memory broker: takes every partition of its topics."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._listener: AssignmentListener | None = None
        self._positions: dict[TopicPartition, int | None] = {}

    async def start(self, topics: Collection[str], listener: AssignmentListener) -> None:
        """Connects and takes all partitions of the topics."""
        self._broker.check()
        self._broker.create(topics)
        self._listener = listener
        await self.reassign(tp for tp in self._broker.logs if tp.topic in topics)

    async def reassign(self, partitions: Iterable[TopicPartition]) -> None:
        """A rebalance: from now on it holds these partitions."""
        assert self._listener is not None
        await self._listener.revoked()
        self._positions = dict.fromkeys(partitions)
        await self._listener.assigned()

    async def stop(self) -> None:
        """Disconnects and gives up all partitions."""
        self._listener = None
        self._positions = {}

    async def cluster_id(self) -> str:
        """The broker's cluster id."""
        self._check()
        return self._broker.cluster_id

    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions held now."""
        return frozenset(self._positions)

    async def bounds(
        self, partitions: Collection[TopicPartition]
    ) -> dict[TopicPartition, tuple[int, int]]:
        """Of each partition the first offset kept and the offset after the last."""
        self._check()
        return {partition: self._bounds(partition) for partition in partitions}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """The next poll of the partition starts at the offset."""
        if partition in self._positions:
            self._positions[partition] = offset

    async def poll(
        self,
        *,
        timeout: float,
        max_records: int,
        partitions: Collection[TopicPartition] | None = None,
    ) -> dict[TopicPartition, Sequence[Record]]:
        """Records by partition; only of the given ones, if any are."""
        deadline = time.monotonic() + timeout
        while not (found := self._fetch(max_records, partitions)):
            self._broker.arrived.clear()
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    await self._broker.arrived.wait()
            except TimeoutError:
                break
        return found

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Notes the offsets in the broker."""
        self._check()
        self._broker.committed |= offsets

    def highwater(self, partition: TopicPartition) -> int | None:
        """The offset after the partition's last record."""
        return self._bounds(partition)[1] if partition in self._positions else None

    def _fetch(
        self, max_records: int, wanted: Collection[TopicPartition] | None
    ) -> dict[TopicPartition, Sequence[Record]]:
        self._check()
        found: dict[TopicPartition, Sequence[Record]] = {}
        for partition, position in self._positions.items():
            if wanted is not None and partition not in wanted:
                continue
            first, after = self._bounds(partition)
            if position is None or not first <= position <= after:
                raise PositionLost(f"{partition} at {position}")
            records = self._broker.logs[partition][position : position + max_records]
            if records:
                found[partition] = records
                self._positions[partition] = position + len(records)
                max_records -= len(records)
        return found

    def _bounds(self, partition: TopicPartition) -> tuple[int, int]:
        return self._broker.first.get(partition, 0), len(self._broker.logs.get(partition, ()))

    def _check(self) -> None:
        self._broker.check()
        if self._listener is None:
            raise TransportError("not connected")
