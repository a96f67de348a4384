"""What every aiokafka client here needs: settings, errors made ours, bounds on its freedom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.cluster import ClusterMetadata
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    KafkaError,
    NodeNotReadyError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    ProducerFenced,
)
from aiokafka.protocol.metadata import MetadataRequest

from ._kafka_security import IN_THE_CLEAR, KafkaSecurity
from .errors import ClusterChanged, Fenced, PositionLost, TransportError

_START_GRACE = 2.0


@dataclass(frozen=True, slots=True)
class KafkaConfig:
    """How to reach the broker, what kind it is, and how topics are made.

    ``bootstrap`` is ``host:port[,host:port…]``; ``durable`` is for Apache Kafka; ``security`` is
    TLS and login, neither by default.
    """

    bootstrap: str
    durable: bool = False
    partitions: int = 6
    replication: int = 1
    client_id: str = "motcua"
    security: KafkaSecurity = IN_THE_CLEAR

    @property
    def common(self) -> dict[str, Any]:
        """What every aiokafka client is told."""
        reached = {"bootstrap_servers": self.bootstrap, "client_id": self.client_id}
        return reached | self.security.settings


class _OtherCluster(KafkaError):  # type: ignore[misc]
    """Tells aiokafka that to send again is of no use."""


@contextmanager
def translated() -> Iterator[None]:
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
    except ProducerFenced as error:
        raise Fenced("a later producer of the same name is at work") from error
    except _OtherCluster as error:
        raise ClusterChanged(str(error)) from error
    except KafkaError as error:
        raise TransportError(f"{type(error).__name__}: {error}") from error


async def started_or_closed(
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


def never_creating(client: AIOKafkaClient) -> None:
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


def bound_to(client: AIOKafkaClient, cluster_id: str) -> None:
    """Has a client send nothing to another cluster: such requests raise ClusterChanged.

    A client reconnects by itself and then sends what it was about to send. If the address leads to
    another cluster meanwhile, empty or older, that would be the newest message before the first.
    """
    send = client.send
    known: WeakSet[AIOKafkaConnection] = WeakSet()

    async def send_if_same(
        node_id: int, request: Any, *, group: ConnectionGroup = ConnectionGroup.DEFAULT
    ) -> Any:
        connection = await client._get_conn(node_id, group=group)  # noqa: SLF001
        if connection is not None and connection not in known:
            found = (await connection.send(MetadataRequest([]))).cluster_id
            if found != cluster_id:
                raise _OtherCluster(f"cluster {cluster_id} is gone, {found} answers in its place")
            known.add(connection)
        if connection is None or not connection.connected():
            raise NodeNotReadyError(f"node {node_id} cannot be reached")
        return await send(node_id, request, group=group)

    client.send = send_if_same
