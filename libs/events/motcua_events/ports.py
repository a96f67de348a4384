"""What the relay and the consumer need of Kafka: two small ports.

Adapters: ``kafka`` (aiokafka) and ``testing`` (in memory). The same contract tests hold for both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from .cloudevents import Message


class TopicPartition(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


class Record(Protocol):
    """A message as the broker keeps it; ``timestamp`` in milliseconds since 1970."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class AssignmentListener(Protocol):
    """Told by the port when partitions come and go; must not call the port back."""

    async def assigned(self) -> None:
        """The assignment is new: every position must be located again."""

    async def revoked(self) -> None:
        """The assignment is about to end: returns when the batch in hand is done, or soon after."""


class ProducerPort(Protocol):
    """Publishes messages."""

    async def start(self) -> None:
        """Connects to the cluster behind the address, and stays with it until stopped.

        Raises TransportError or OSError if nothing answers.
        """

    async def stop(self) -> None:
        """Disconnects; harmless when not started."""

    async def cluster_id(self) -> str:
        """The id of the cluster now behind the address."""

    async def ensure(self, topics: Collection[str]) -> None:
        """Creates those of the topics that do not exist."""

    async def send(self, messages: Sequence[Message]) -> None:
        """Sends all, in order per key, and returns when all are acknowledged.

        When it raises, some may have been sent, but in each partition none after the first that
        was not: sending the same messages again keeps the order of first arrivals. Nothing goes to
        a cluster other than the one of the start: that raises ClusterChanged.
        """


class ConsumerPort(Protocol):
    """Reads partitions, from positions that the caller sets."""

    async def start(self, topics: Collection[str], listener: AssignmentListener) -> None:
        """Connects, creates missing topics and asks for partitions."""

    async def stop(self) -> None:
        """Disconnects and gives up all partitions; harmless when not started."""

    async def cluster_id(self) -> str:
        """The id of the cluster now behind the address."""

    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions held now; empty before the first assignment."""

    async def bounds(
        self, partitions: Collection[TopicPartition]
    ) -> Mapping[TopicPartition, tuple[int, int]]:
        """Of each partition the first offset kept and the offset after the last.

        Call it for all partitions held, and seek them all afterwards.
        """

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """The next poll of the partition starts at the offset. Ignored if it is not held."""

    async def poll(
        self,
        *,
        timeout: float,
        max_records: int,
        partitions: Collection[TopicPartition] | None = None,
    ) -> Mapping[TopicPartition, Sequence[Record]]:
        """Records by partition, each in order of offsets; empty if none came within the timeout.

        Only of the given ``partitions``, if any are; the others stay where they are.

        Raises:
            PositionLost: a position was never set, or is before the first offset kept. (After the
                last one some brokers say so, others deliver nothing; see ``bounds``.)
        """

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Tells the broker the next offsets, for lag tools; nothing depends on it."""

    def highwater(self, partition: TopicPartition) -> int | None:
        """The offset after the partition's last record, as far as known."""
