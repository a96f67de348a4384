"""Another, empty cluster answers at the address: no producer may send it a late message first."""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from brokers import start_embedded
from needs_kafka import needs_kafka

from motcua_events import AiokafkaProducer, KafkaConfig, Message, ProducerPort, ensure_topics
from motcua_events.errors import ClusterChanged
from motcua_events.testing import MemoryBroker, MemoryProducer
from motcua_local.kafka import ApacheKafka
from motcua_local.running.ports import free_port

TOPIC = "kept"


class Replaceable(ABC):
    """A broker that can lose everything, its cluster's id too, and keep its address."""

    @abstractmethod
    def producer(self) -> ProducerPort: ...
    @abstractmethod
    async def replace(self) -> None:
        """The new cluster has the topic."""

    @abstractmethod
    async def messages(self) -> int: ...


class InMemory(Replaceable):
    def __init__(self) -> None:
        self._broker = MemoryBroker("first")

    def producer(self) -> ProducerPort:
        return MemoryProducer(self._broker)

    async def replace(self) -> None:
        self._broker.replace("second")
        self._broker.create([TOPIC])

    async def messages(self) -> int:
        return sum(map(len, self._broker.logs.values()))


class OnServer(Replaceable, ABC):
    durable = False

    @property
    def config(self) -> KafkaConfig:
        return KafkaConfig(self.address, durable=self.durable, partitions=1)

    @property
    @abstractmethod
    def address(self) -> str: ...
    @abstractmethod
    def restart_empty(self) -> None: ...

    def producer(self) -> ProducerPort:
        return AiokafkaProducer(self.config)

    async def replace(self) -> None:
        self.restart_empty()
        await ensure_topics(self.config, topics=[TOPIC])

    async def messages(self) -> int:
        one = TopicPartition(TOPIC, 0)
        async with AIOKafkaConsumer(bootstrap_servers=self.address, group_id=None) as reader:
            return int((await reader.end_offsets([one]))[one])


class Embedded(OnServer):
    def __init__(self) -> None:
        self._port = free_port()
        self._process = self._start("first")

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def restart_empty(self) -> None:
        self.stop()
        self._process = self._start("second")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _start(self, cluster: str) -> subprocess.Popen[bytes]:
        return start_embedded(cluster, self._port)


class Apache(OnServer):
    durable = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kafka = self._started("first")
        self._port = self._kafka.port

    @property
    def address(self) -> str:
        return self._kafka.bootstrap

    def restart_empty(self) -> None:
        self.stop()
        self._kafka = self._started("second", self._port)

    def stop(self) -> None:
        self._kafka.kill()

    def _started(self, name: str, port: int | None = None) -> ApacheKafka:
        kafka = ApacheKafka(self._folder / name, Path.home() / ".cache" / "motcua")
        kafka.port = port or kafka.port
        kafka.start()
        return kafka


@contextmanager
def in_memory(folder: Path) -> Iterator[Replaceable]:
    del folder
    yield InMemory()


@contextmanager
def embedded(folder: Path) -> Iterator[Replaceable]:
    del folder
    broker = Embedded()
    try:
        yield broker
    finally:
        broker.stop()


@contextmanager
def apache(folder: Path) -> Iterator[Replaceable]:
    with needs_kafka():
        broker = Apache(folder)
        try:
            yield broker
        finally:
            broker.stop()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "kind", [in_memory, embedded, pytest.param(apache, marks=pytest.mark.kafka)]
)
async def test_nothing_is_sent_to_a_cluster_other_than_that_of_the_start(
    kind: Callable[[Path], AbstractContextManager[Replaceable]], tmp_path: Path
) -> None:
    message = Message(TOPIC, b"key", b"{}", [])
    with kind(tmp_path) as broker:
        producer = broker.producer()
        await producer.start()
        await producer.ensure([TOPIC])
        await producer.send([message])
        await broker.replace()
        with pytest.raises(ClusterChanged):
            await producer.send([message])
        assert await broker.messages() == 0
        await producer.stop()
        await producer.start()
        await producer.send([message])
        assert await broker.messages() == 1
        await producer.stop()
