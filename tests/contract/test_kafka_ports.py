"""One contract for both Kafka ports, kept by the in-memory broker and by aiokafka on a server.

Another server is one more subclass that gives a producer and a consumer port.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import ClassVar

import pytest
import pytest_asyncio
from aiokafka.partitioner import DefaultPartitioner

from motcua_events import (
    AiokafkaPort,
    AiokafkaProducer,
    ConsumerPort,
    KafkaConfig,
    Message,
    PositionLost,
    ProducerPort,
    Record,
    TopicPartition,
    TransportError,
)
from motcua_events.testing import MemoryBroker, MemoryPort, MemoryProducer

PARTITIONS = 3


class Listener:
    def __init__(self) -> None:
        self.calls: list[str] = []

    async def assigned(self) -> None:
        self.calls.append("assigned")

    async def revoked(self) -> None:
        self.calls.append("revoked")


def message(topic: str, key: str, value: str) -> Message:
    return Message(topic, key.encode(), value.encode(), [("n", value.encode()), ("x", b"\xff")])


class KafkaPortsContract:
    """What the relay and the consumer rely on."""

    within: ClassVar[float] = 10.0

    @pytest.fixture(autouse=True)
    def _fresh_topics(self) -> None:
        self.left, self.right = (f"{side}-{uuid.uuid4().hex[:12]}" for side in ("left", "right"))
        self.topics = (self.left, self.right)

    @pytest_asyncio.fixture
    async def broker(self) -> AsyncIterator[object]:
        raise NotImplementedError
        yield

    def producer_on(self, broker: object) -> ProducerPort:
        raise NotImplementedError

    def port_on(self, broker: object) -> ConsumerPort:
        raise NotImplementedError

    def nowhere(self) -> tuple[ProducerPort, ConsumerPort]:
        raise NotImplementedError

    @pytest_asyncio.fixture
    async def producer(self, broker: object) -> AsyncIterator[ProducerPort]:
        producer = self.producer_on(broker)
        self.server = broker
        await producer.start()
        await producer.ensure(self.topics)
        yield producer
        await producer.stop()

    @pytest_asyncio.fixture
    async def port(self, broker: object) -> AsyncIterator[ConsumerPort]:
        port = self.port_on(broker)
        self.listener = Listener()
        await port.start(self.topics, self.listener)
        await self._until_assigned(port)
        yield port
        await port.stop()

    async def _until_assigned(self, port: ConsumerPort) -> None:
        async with asyncio.timeout(self.within):
            while not port.assignment():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    def from_start(self, port: ConsumerPort) -> None:
        for partition in port.assignment():
            port.seek(partition, 0)

    async def read(
        self, port: ConsumerPort, count: int, max_records: int = 1000
    ) -> list[tuple[TopicPartition, Record]]:
        found: list[tuple[TopicPartition, Record]] = []
        async with asyncio.timeout(self.within):
            while len(found) < count:
                polled = await port.poll(timeout=0.2, max_records=max_records)
                assert sum(map(len, polled.values())) <= max_records
                found += [(key, record) for key, records in polled.items() for record in records]
        return found

    @pytest.mark.asyncio
    async def test_start_takes_every_partition_and_says_so(self, port: ConsumerPort) -> None:
        assert port.assignment() == {
            TopicPartition(topic, number) for topic in self.topics for number in range(PARTITIONS)
        }
        assert self.listener.calls[-1] == "assigned"

    @pytest.mark.asyncio
    async def test_a_position_must_be_set_before_polling(self, port: ConsumerPort) -> None:
        with pytest.raises(PositionLost):
            await self.read(port, 1)

    @pytest.mark.asyncio
    async def test_a_message_arrives_whole(
        self, producer: ProducerPort, port: ConsumerPort
    ) -> None:
        self.from_start(port)
        before = int(time.time() * 1000)
        await producer.send([message(self.left, "chìa-khoá", "giá trị")])
        [(partition, record)] = await self.read(port, 1)
        assert (record.offset, record.key, record.value) == (
            0, "chìa-khoá".encode(), "giá trị".encode(),
        )  # fmt: skip
        assert list(record.headers) == [("n", "giá trị".encode()), ("x", b"\xff")]
        assert before - 1000 <= record.timestamp <= int(time.time() * 1000) + 1000
        assert partition.topic == self.left

    @pytest.mark.asyncio
    async def test_order_holds_per_key_and_offsets_are_in_order(
        self, producer: ProducerPort, port: ConsumerPort
    ) -> None:
        self.from_start(port)
        sent = [message(self.left, f"k{n % 7}", str(n)) for n in range(3000)]
        await producer.send(sent[:1000])
        await producer.send(sent[1000:])
        found = await self.read(port, 3000)
        by_key: dict[bytes | None, list[int]] = {}
        offsets: dict[TopicPartition, list[int]] = {}
        for partition, record in found:
            by_key.setdefault(record.key, []).append(int(record.value or b""))
            offsets.setdefault(partition, []).append(record.offset)
        assert len(found) == 3000
        assert all(numbers == sorted(numbers) for numbers in by_key.values())
        assert all(seen == list(range(len(seen))) for seen in offsets.values())

    @pytest.mark.asyncio
    async def test_a_key_has_the_partition_every_kafka_client_gives_it(
        self, producer: ProducerPort, port: ConsumerPort
    ) -> None:
        self.from_start(port)
        keys = [f"000.00.15.H53-201202-{n:04}" for n in range(20)]
        await producer.send([message(topic, key, "1") for key in keys for topic in self.topics])
        for partition, record in await self.read(port, 40):
            assert record.key is not None
            everywhere = list(range(PARTITIONS))
            assert partition.partition == DefaultPartitioner()(record.key, everywhere, everywhere)

    @pytest.mark.asyncio
    async def test_seeking_back_delivers_again(
        self, producer: ProducerPort, port: ConsumerPort
    ) -> None:
        self.from_start(port)
        await producer.send([message(self.left, "k", str(n)) for n in range(5)])
        [(partition, _), *_] = await self.read(port, 5)
        port.seek(partition, 3)
        again = await self.read(port, 2)
        assert [record.offset for _, record in again] == [3, 4]

    @pytest.mark.asyncio
    async def test_a_poll_gives_no_more_than_asked_and_nothing_is_skipped(
        self, producer: ProducerPort, port: ConsumerPort
    ) -> None:
        self.from_start(port)
        await producer.send([message(self.left, f"k{n}", str(n)) for n in range(50)])
        found = await self.read(port, 50, max_records=7)
        assert sorted(int(record.value or b"") for _, record in found) == list(range(50))

    @pytest.mark.asyncio
    async def test_a_poll_of_some_partitions_leaves_the_others_where_they_are(
        self, producer: ProducerPort, port: ConsumerPort
    ) -> None:
        self.from_start(port)
        both = [message(topic, f"k{n}", str(n)) for n in range(30) for topic in self.topics]
        await producer.send(both)
        left = [one for one in port.assignment() if one.topic == self.left]
        found: list[int] = []
        async with asyncio.timeout(self.within):
            while len(found) < 30:
                polled = await port.poll(timeout=0.2, max_records=1000, partitions=left)
                assert polled.keys() <= set(left)
                found += [int(one.value or b"") for part in polled.values() for one in part]
        assert sorted(found) == list(range(30))
        others = await self.read(port, 30)
        assert {partition.topic for partition, _ in others} == {self.right}

    @pytest.mark.asyncio
    async def test_an_empty_poll_ends_in_time(self, port: ConsumerPort) -> None:
        self.from_start(port)
        started = time.monotonic()
        assert await port.poll(timeout=0.2, max_records=10) == {}
        assert time.monotonic() - started < 2

    @pytest.mark.asyncio
    async def test_bounds_and_highwater_tell_what_is_there(
        self, producer: ProducerPort, port: ConsumerPort
    ) -> None:
        self.from_start(port)
        await producer.send([message(self.left, "k", str(n)) for n in range(4)])
        [(partition, _), *_] = await self.read(port, 4)
        bounds: Mapping[TopicPartition, tuple[int, int]] = await port.bounds(port.assignment())
        assert bounds[partition] == (0, 4)
        assert {span for other, span in bounds.items() if other != partition} == {(0, 0)}
        assert port.highwater(partition) == 4
        assert port.highwater(TopicPartition("elsewhere", 0)) is None

    @pytest.mark.asyncio
    async def test_from_an_offset_beyond_the_end_nothing_comes(
        self, producer: ProducerPort, port: ConsumerPort
    ) -> None:
        await producer.send([message(self.left, "k", "1")])
        for partition in port.assignment():
            port.seek(partition, 1000)
        with suppress(PositionLost):
            for _ in range(5):
                assert await port.poll(timeout=0.1, max_records=10) == {}

    @pytest.mark.asyncio
    async def test_seeking_a_partition_not_held_is_ignored(self, port: ConsumerPort) -> None:
        port.seek(TopicPartition("elsewhere", 0), 5)

    @pytest.mark.asyncio
    async def test_offsets_can_be_told_to_the_broker(self, port: ConsumerPort) -> None:
        await port.commit(dict.fromkeys(port.assignment(), 0))
        await port.commit({})

    @pytest.mark.asyncio
    async def test_both_sides_see_one_cluster(
        self, producer: ProducerPort, port: ConsumerPort
    ) -> None:
        assert await producer.cluster_id() == await port.cluster_id() != ""

    @pytest.mark.asyncio
    async def test_topics_can_be_ensured_twice(self, producer: ProducerPort) -> None:
        new = f"new-{self.left}"
        await producer.ensure([self.left, new])
        await producer.ensure([new])
        await producer.send([message(new, "k", "1")])

    @pytest.mark.asyncio
    async def test_sending_creates_no_topic_behind_ones_back(self, producer: ProducerPort) -> None:
        """A broker's own partition count would part what belongs together."""
        new = f"new-{self.left}"
        with suppress(TimeoutError, TransportError):
            async with asyncio.timeout(1):
                await producer.send([message(new, "k", "1")])
        await producer.ensure([new])
        other = self.port_on(self.server)
        await other.start([new], Listener())
        await self._until_assigned(other)
        assert len(other.assignment()) == PARTITIONS
        await other.stop()

    @pytest.mark.asyncio
    async def test_sending_nothing_is_nothing(self, producer: ProducerPort) -> None:
        await producer.send([])

    @pytest.mark.asyncio
    async def test_stopping_twice_is_harmless_and_ends_the_service(self, broker: object) -> None:
        producer, port = self.producer_on(broker), self.port_on(broker)
        await producer.stop()
        await port.stop()
        await producer.start()
        await port.start(self.topics, Listener())
        for _ in range(2):
            await producer.stop()
            await port.stop()
        with pytest.raises(TransportError):
            await producer.send([message(self.left, "k", "1")])
        with pytest.raises(TransportError):
            await port.poll(timeout=0.1, max_records=1)

    @pytest.mark.asyncio
    async def test_starting_again_reads_again(self, broker: object, producer: ProducerPort) -> None:
        await producer.ensure(self.topics)
        await producer.send([message(self.left, "k", "1")])
        port = self.port_on(broker)
        for _ in range(2):
            await port.start(self.topics, Listener())
            await self._until_assigned(port)
            self.from_start(port)
            assert len(await self.read(port, 1)) == 1
            await port.stop()

    @pytest.mark.asyncio
    async def test_no_broker_is_said_in_our_own_words(self) -> None:
        producer, port = self.nowhere()
        with pytest.raises((TransportError, OSError)):
            await producer.start()
        with pytest.raises((TransportError, OSError)):
            await port.start(self.topics, Listener())
        await producer.stop()
        await port.stop()


class TestMemory(KafkaPortsContract):
    @pytest_asyncio.fixture
    async def broker(self) -> AsyncIterator[object]:
        yield MemoryBroker(partitions=PARTITIONS)

    def producer_on(self, broker: object) -> ProducerPort:
        assert isinstance(broker, MemoryBroker)
        return MemoryProducer(broker)

    def port_on(self, broker: object) -> ConsumerPort:
        assert isinstance(broker, MemoryBroker)
        return MemoryPort(broker)

    def nowhere(self) -> tuple[ProducerPort, ConsumerPort]:
        broker = MemoryBroker()
        broker.down = True
        return MemoryProducer(broker), MemoryPort(broker)


class TestEmbeddedBroker(KafkaPortsContract):
    """aiokafka with the embedded broker (Tansu)."""

    @pytest_asyncio.fixture
    async def broker(self, kafka: str) -> AsyncIterator[object]:
        yield KafkaConfig(kafka, partitions=PARTITIONS)

    def producer_on(self, broker: object) -> ProducerPort:
        assert isinstance(broker, KafkaConfig)
        return AiokafkaProducer(broker)

    def port_on(self, broker: object) -> ConsumerPort:
        assert isinstance(broker, KafkaConfig)
        return AiokafkaPort(broker, "contract")

    def nowhere(self) -> tuple[ProducerPort, ConsumerPort]:
        config = KafkaConfig("127.0.0.1:1")
        return AiokafkaProducer(config), AiokafkaPort(config, "contract")


@pytest.mark.kafka
class TestApacheKafka(KafkaPortsContract):
    """aiokafka with Apache Kafka: idempotent producer, consumer group, range assignor."""

    within = 60.0

    @pytest_asyncio.fixture
    async def broker(self, apache_kafka: str) -> AsyncIterator[object]:
        yield KafkaConfig(apache_kafka, durable=True, partitions=PARTITIONS)

    def producer_on(self, broker: object) -> ProducerPort:
        assert isinstance(broker, KafkaConfig)
        return AiokafkaProducer(broker)

    def port_on(self, broker: object) -> ConsumerPort:
        assert isinstance(broker, KafkaConfig)
        return AiokafkaPort(broker, f"contract-{self.left}")

    def nowhere(self) -> tuple[ProducerPort, ConsumerPort]:
        config = KafkaConfig("127.0.0.1:1", durable=True)
        return AiokafkaProducer(config), AiokafkaPort(config, "contract")
