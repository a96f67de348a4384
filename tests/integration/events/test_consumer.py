"""The consumer runtime: effects once, the fence, parking, and coming back from trouble."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from motcua_events import (
    Change,
    Connection,
    Consumer,
    Event,
    EventStore,
    Pool,
    Received,
    TopicPartition,
    TransportError,
    VersionConflict,
    encode,
)
from motcua_events._ids import new_id
from motcua_events.testing import MemoryBroker, MemoryPort, MemoryProducer

Make = Callable[..., Change]
Start = Callable[..., asyncio.Task[None]]
Until = Callable[..., Awaitable[None]]
Publish = Callable[..., Awaitable[list[Event]]]

TOPIC = "intake.dossiers"


class Projection:
    """Counts each contact in a table, in the consumer's transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.batches: list[list[Received]] = []

    async def apply(self, conn: Connection, received: Sequence[Received]) -> None:
        self.batches.append(list(received))
        await conn.executemany(
            "insert into seen (dossier, contact) values ($1, $2)",
            [(r.event.data.dossier, int(r.event.data.contact)) for r in received],  # type: ignore[attr-defined]
        )

    async def seen(self) -> dict[str, list[int]]:
        """Each dossier's contacts in the order in which they took effect."""
        rows = await self._pool.fetch("select dossier, contact from seen order by place")
        found: dict[str, list[int]] = {}
        for row in rows:
            found.setdefault(row["dossier"], []).append(row["contact"])
        return found

    async def count(self) -> int:
        count: int = await self._pool.fetchval("select count(*) from seen")
        return count


@pytest_asyncio.fixture
async def projection(pool: Pool) -> Projection:
    await pool.execute(
        "create table seen (place bigint generated always as identity, dossier text, contact int)"
    )
    return Projection(pool)


@pytest.fixture
def publish(producer: MemoryProducer, change: Make) -> Publish:
    """Publishes contacts ``first`` to ``last`` of a dossier."""

    async def run(dossier: str, first: int, last: int, trace: str | None = None) -> list[Event]:
        await producer.start()
        await producer.ensure([TOPIC])
        events = []
        for number in range(first, last + 1):
            made = change(dossier, number)
            events.append(Event(new_id(), made.time, made.data, "/intake", made.time, trace))
        await producer.send([encode(event) for event in events])
        return events

    return run


@pytest.fixture
def consumer(pool: Pool, port: MemoryPort, projection: Projection) -> Consumer:
    return Consumer("counting", port, pool, [TOPIC], projection.apply)


async def stored(pool: Pool) -> dict[TopicPartition, int]:
    rows = await pool.fetch("select topic, partition, next_offset from offsets")
    return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


@pytest.mark.asyncio
async def test_events_take_effect_in_order_with_their_offsets(
    pool: Pool, projection: Projection, consumer: Consumer, publish: Publish, broker: MemoryBroker,
    start: Start, until: Until,
) -> None:  # fmt: skip
    sent = await publish("A", 1, 30) + await publish("B", 1, 20)
    assert consumer.lag() is None
    start(consumer.run())
    await until(lambda: consumer.applied == 50)
    assert await projection.seen() == {"A": list(range(1, 31)), "B": list(range(1, 21))}
    received = [one for batch in projection.batches for one in batch]
    assert {one.event.id for one in received} == {event.id for event in sent}
    assert all(abs(one.sent_at.timestamp() - time.time()) < 60 for one in received)
    offsets = await stored(pool)
    assert len(offsets) == 6
    assert offsets == {partition: len(log) for partition, log in broker.logs.items()}
    assert (consumer.lag(), consumer.healthy()) == (0, True)


@pytest.mark.asyncio
async def test_a_batch_holds_all_partitions_in_order_of_each(
    projection: Projection, consumer: Consumer, publish: Publish, start: Start, until: Until
) -> None:
    for n in range(20):
        await publish(f"D{n}", 1, 5)
    start(consumer.run())
    await until(lambda: consumer.applied == 100)
    [batch] = projection.batches
    places = [(one.topic, one.partition, one.offset) for one in batch]
    assert places == sorted(places)
    assert len({one.partition for one in batch}) > 1


@pytest.mark.asyncio
async def test_a_batch_is_no_larger_than_asked(
    pool: Pool, port: MemoryPort, projection: Projection, publish: Publish, start: Start,
    until: Until,
) -> None:  # fmt: skip
    await publish("A", 1, 25)
    consumer = Consumer("slices", port, pool, [TOPIC], projection.apply, max_records=10)
    start(consumer.run())
    await until(lambda: consumer.applied == 25)
    assert [len(batch) for batch in projection.batches] == [10, 10, 5]


@pytest.mark.asyncio
async def test_another_run_goes_on_where_the_last_one_ended(
    pool: Pool, broker: MemoryBroker, projection: Projection, publish: Publish, start: Start,
    until: Until,
) -> None:  # fmt: skip
    for first in (1, 11, 21):
        await publish("A", first, first + 9)
        consumer = Consumer("counting", MemoryPort(broker), pool, [TOPIC], projection.apply)
        task = start(consumer.run())
        await until(lambda consumer=consumer: consumer.applied == 10)
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert task.cancelled()
    assert await projection.seen() == {"A": list(range(1, 31))}


@pytest.mark.asyncio
async def test_consumers_of_other_names_do_not_disturb_each_other(
    pool: Pool, broker: MemoryBroker, projection: Projection, publish: Publish, start: Start,
    until: Until,
) -> None:  # fmt: skip
    await publish("A", 1, 10)
    for name in ("one", "two"):
        consumer = Consumer(name, MemoryPort(broker), pool, [TOPIC], projection.apply)
        start(consumer.run())
        await until(lambda consumer=consumer: consumer.applied == 10)
    assert await projection.count() == 20


@pytest.mark.asyncio
async def test_two_consumers_of_one_name_count_every_event_once(
    pool: Pool, broker: MemoryBroker, projection: Projection, publish: Publish, start: Start,
    until: Until, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.WARNING)
    for _ in range(2):
        consumer = Consumer(
            "counting", MemoryPort(broker), pool, [TOPIC], projection.apply, max_records=5
        )
        start(consumer.run())
    for first in range(1, 100, 10):
        for dossier in "ABCD":
            await publish(dossier, first, first + 9)
        await asyncio.sleep(0.01)
    await until(lambda: _reached(projection, 400))
    await asyncio.sleep(0.3)
    expected = list(range(1, 101))
    assert await projection.seen() == dict.fromkeys("ABCD", expected)


async def _reached(projection: Projection, count: int) -> bool:
    return await projection.count() >= count


@pytest.mark.asyncio
async def test_who_finds_the_offsets_moved_is_fenced_and_locates_anew(
    pool: Pool, projection: Projection, consumer: Consumer, publish: Publish, start: Start,
    until: Until, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.WARNING)
    await publish("A", 1, 5)
    start(consumer.run())
    await until(lambda: consumer.applied == 5)
    await pool.execute("update offsets set next_offset = 8 where next_offset = 5")
    await publish("A", 6, 10)
    await until(lambda: consumer.applied == 7)
    assert await projection.seen() == {"A": [1, 2, 3, 4, 5, 9, 10]}
    assert "rolled back" in caplog.text


@pytest.mark.asyncio
async def test_an_apply_that_fails_for_everything_moves_nothing_and_ends_the_run(
    pool: Pool, broker: MemoryBroker, projection: Projection, publish: Publish, start: Start,
    until: Until,
) -> None:  # fmt: skip
    for number in range(25):
        await publish(f"D{number}", 1, 1)

    async def broken(conn: Connection, received: Sequence[Received]) -> None:
        await projection.apply(conn, received)
        raise ZeroDivisionError("a mistake")

    failing = Consumer("counting", MemoryPort(broker), pool, [TOPIC], broken)
    with pytest.raises(ZeroDivisionError, match="a mistake"):
        await asyncio.wait_for(failing.run(), 10)
    assert await projection.count() == 0
    assert set((await stored(pool)).values()) == {0}
    assert await pool.fetchval("select count(*) from parked") == 0
    consumer = Consumer("counting", MemoryPort(broker), pool, [TOPIC], projection.apply)
    start(consumer.run())
    await until(lambda: consumer.applied == 25)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "trouble",
    [
        VersionConflict("a faster one"),
        asyncpg.SerializationError("not serialisable"),
        asyncpg.DeadlockDetectedError("deadlock"),
        asyncpg.AdminShutdownError("restarting"),
        asyncpg.TooManyConnectionsError("full"),
        ConnectionResetError("reset"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_trouble_that_passes_is_waited_out_in_place(
    pool: Pool, port: MemoryPort, projection: Projection, publish: Publish, start: Start,
    until: Until, trouble: Exception,
) -> None:  # fmt: skip
    await publish("A", 1, 5)
    troubles = [trouble, trouble]

    async def shaky(conn: Connection, received: Sequence[Received]) -> None:
        await projection.apply(conn, received)
        if troubles:
            raise troubles.pop()

    consumer = Consumer("counting", port, pool, [TOPIC], shaky)
    start(consumer.run())
    await until(lambda: consumer.applied == 5)
    assert await projection.seen() == {"A": [1, 2, 3, 4, 5]}
    assert len(projection.batches) == 3


@pytest.mark.asyncio
async def test_a_connection_killed_in_mid_batch_counts_nothing_twice(
    pool: Pool, port: MemoryPort, projection: Projection, publish: Publish, start: Start,
    until: Until,
) -> None:  # fmt: skip
    await publish("A", 1, 5)
    kills = 2

    async def killed(conn: Connection, received: Sequence[Received]) -> None:
        nonlocal kills
        await projection.apply(conn, received)
        if kills:
            kills -= 1
            pid = await conn.fetchval("select pg_backend_pid()")
            await pool.execute("select pg_terminate_backend($1)", pid)
            await conn.execute("select 1")

    consumer = Consumer("counting", port, pool, [TOPIC], killed)
    start(consumer.run())
    await until(lambda: consumer.applied == 5)
    assert await projection.seen() == {"A": [1, 2, 3, 4, 5]}


@pytest.mark.asyncio
async def test_a_missing_table_is_no_event_s_fault(
    pool: Pool, port: MemoryPort, publish: Publish
) -> None:
    async def mistaken(conn: Connection, received: Sequence[Received]) -> None:
        await conn.execute("insert into no_such_table values (1)")

    await publish("A", 1, 5)
    with pytest.raises(asyncpg.UndefinedTableError):
        async with asyncio.timeout(10):
            await Consumer("counting", port, pool, [TOPIC], mistaken).run()
    assert await pool.fetchval("select count(*) from parked") == 0


@pytest.mark.asyncio
async def test_a_projection_that_appends_events_of_its_own(
    pool: Pool, port: MemoryPort, store: EventStore, change: Make, publish: Publish, start: Start,
    until: Until,
) -> None:  # fmt: skip
    await publish("A", 1, 5)

    async def note(conn: Connection, received: Sequence[Received]) -> None:
        streams = {f"dossier/N{one.offset}" for one in received}
        changes = [change(f"N{one.offset}", 1, f"note-{one.event.id}") for one in received]
        await store.execute(streams, lambda _: (changes, None), traceparent=None, conn=conn)

    consumer = Consumer("notes", port, pool, [TOPIC], note)
    start(consumer.run())
    await until(lambda: consumer.applied == 5)
    assert len([event async for event in store.scan()]) == 5


@pytest.mark.asyncio
async def test_another_cluster_is_read_from_the_beginning(
    pool: Pool, projection: Projection, consumer: Consumer, publish: Publish, broker: MemoryBroker,
    start: Start, until: Until,
) -> None:  # fmt: skip
    await publish("A", 1, 10)
    start(consumer.run())
    await until(lambda: consumer.applied == 10)
    broker.replace("second")
    await publish("A", 1, 8)
    await until(lambda: _reached(projection, 18))
    assert (await projection.seen())["A"][10:] == list(range(1, 9))
    assert {row[0] for row in await pool.fetch("select cluster_id from offsets")} == {"second"}


@pytest.mark.asyncio
async def test_a_rebalance_on_another_cluster_that_still_lacks_the_topics_begins_anew(
    pool: Pool, projection: Projection, publish: Publish, broker: MemoryBroker, start: Start,
    until: Until,
) -> None:  # fmt: skip
    """The group met again on the new broker before anybody made its topics, and shared nothing."""
    await publish("A", 1, 10)
    port = MemoryPort(broker)
    consumer = Consumer("counting", port, pool, [TOPIC], projection.apply)
    start(consumer.run())
    await until(lambda: consumer.applied == 10)
    broker.replace("second")
    await port.reassign([])
    await publish("A", 1, 8)
    await until(lambda: _reached(projection, 18))


@pytest.mark.asyncio
async def test_a_longer_log_of_another_cluster_is_not_skipped_after_a_restart(
    pool: Pool, projection: Projection, publish: Publish, broker: MemoryBroker, start: Start,
    until: Until,
) -> None:  # fmt: skip
    for cluster in ("second", "third"):
        broker.replace(cluster)
        await publish("A", 1, 5)
        consumer = Consumer("counting", MemoryPort(broker), pool, [TOPIC], projection.apply)
        task = start(consumer.run())
        await until(lambda consumer=consumer: consumer.applied == 5)
        task.cancel()
        await asyncio.wait([task])
    assert await projection.count() == 10


@pytest.mark.asyncio
async def test_after_retention_it_reads_from_the_earliest_kept(
    pool: Pool, projection: Projection, publish: Publish, broker: MemoryBroker, start: Start,
    until: Until, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.WARNING)
    await publish("A", 1, 10)
    [partition] = [key for key, log in broker.logs.items() if log]
    await pool.execute(
        "insert into offsets (consumer, topic, partition, cluster_id, next_offset)"
        " values ('counting', $1, $2, 'first', 3)",
        *partition,
    )
    broker.trim(partition, 6)
    consumer = Consumer("counting", MemoryPort(broker), pool, [TOPIC], projection.apply)
    start(consumer.run())
    await until(lambda: consumer.applied == 4)
    assert await projection.seen() == {"A": [7, 8, 9, 10]}
    assert (await stored(pool))[partition] == 10
    assert "is gone" in caplog.text


@pytest.mark.asyncio
async def test_an_offset_beyond_the_end_reads_from_the_beginning(
    pool: Pool, projection: Projection, publish: Publish, broker: MemoryBroker, start: Start,
    until: Until,
) -> None:  # fmt: skip
    await publish("A", 1, 3)
    await pool.execute(
        "insert into offsets (consumer, topic, partition, cluster_id, next_offset)"
        " select 'counting', $1, n, 'first', 500 from generate_series(0, 5) n",
        TOPIC,
    )
    consumer = Consumer("counting", MemoryPort(broker), pool, [TOPIC], projection.apply)
    start(consumer.run())
    await until(lambda: consumer.applied == 3)
    assert await projection.seen() == {"A": [1, 2, 3]}


@pytest.mark.asyncio
async def test_a_rebalance_in_mid_flow_loses_and_repeats_nothing(
    pool: Pool, port: MemoryPort, projection: Projection, consumer: Consumer, publish: Publish,
    broker: MemoryBroker, start: Start, until: Until,
) -> None:  # fmt: skip
    start(consumer.run())
    everything = [TopicPartition(TOPIC, number) for number in range(6)]
    await until(lambda: consumer.lag() == 0)
    for first in range(1, 100, 10):
        for dossier in "ABCDE":
            await publish(dossier, first, first + 9)
        await port.reassign(everything[first % 3 :: 2])
        await asyncio.sleep(0.02)
    await port.reassign(everything)
    await until(lambda: _reached(projection, 500))
    expected = list(range(1, 101))
    assert await projection.seen() == dict.fromkeys("ABCDE", expected)


@pytest.mark.asyncio
async def test_a_rebalance_waits_for_the_batch_in_hand(
    pool: Pool, port: MemoryPort, projection: Projection, publish: Publish, start: Start,
    until: Until,
) -> None:  # fmt: skip
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(conn: Connection, received: Sequence[Received]) -> None:
        await projection.apply(conn, received)
        entered.set()
        await go_on.wait()

    await publish("A", 1, 5)
    consumer = Consumer("counting", port, pool, [TOPIC], slow)
    start(consumer.run())
    await entered.wait()
    rebalance = asyncio.create_task(port.reassign([]))
    await asyncio.sleep(0.1)
    assert not rebalance.done()
    go_on.set()
    await asyncio.wait_for(rebalance, 5)
    assert await projection.count() == 5


@pytest.mark.asyncio
async def test_an_outage_of_the_broker_is_waited_out(
    projection: Projection, consumer: Consumer, publish: Publish, broker: MemoryBroker,
    start: Start, until: Until,
) -> None:  # fmt: skip
    broker.down = True
    start(consumer.run())
    await asyncio.sleep(0.2)
    broker.down = False
    await publish("A", 1, 5)
    await until(lambda: consumer.applied == 5)
    broker.down = True
    await asyncio.sleep(0.4)
    assert consumer.lag() is None
    broker.down = False
    await publish("A", 6, 10)
    await until(lambda: consumer.applied == 10)
    assert await projection.seen() == {"A": list(range(1, 11))}


@pytest.mark.asyncio
async def test_the_broker_is_told_the_offsets(
    pool: Pool, consumer: Consumer, publish: Publish, broker: MemoryBroker, start: Start,
    until: Until,
) -> None:  # fmt: skip
    await publish("A", 1, 5)
    task = start(consumer.run())
    await until(lambda: consumer.applied == 5)
    task.cancel()
    await asyncio.wait([task])
    assert set(broker.committed.values()) == {5}


@pytest.mark.asyncio
async def test_a_broker_that_refuses_the_offsets_does_no_harm(
    pool: Pool, port: MemoryPort, consumer: Consumer, publish: Publish, start: Start, until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async def refuse(offsets: object) -> None:
        raise TransportError("no")

    monkeypatch.setattr(port, "commit", refuse)
    start(consumer.run())
    await publish("A", 1, 5)
    await until(lambda: consumer.applied == 5)
    await publish("A", 6, 10)
    await until(lambda: consumer.applied == 10)


@pytest.mark.asyncio
async def test_after_the_commit_the_batch_is_told(
    pool: Pool, port: MemoryPort, projection: Projection, publish: Publish, start: Start,
    until: Until,
) -> None:  # fmt: skip
    counts: list[tuple[int, int]] = []

    async def after(received: Sequence[Received]) -> None:
        counts.append((len(received), await projection.count()))

    await publish("A", 1, 5)
    consumer = Consumer("counting", port, pool, [TOPIC], projection.apply, after_commit=after)
    start(consumer.run())
    await until(lambda: counts)
    assert counts == [(5, 5)]


@pytest.mark.asyncio
async def test_ending_in_mid_batch_is_quick_and_counts_nothing(
    pool: Pool, port: MemoryPort, projection: Projection, publish: Publish, start: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    entered = asyncio.Event()

    async def endless(conn: Connection, received: Sequence[Received]) -> None:
        await projection.apply(conn, received)
        entered.set()
        await conn.execute("select pg_sleep(600)")

    async def never() -> None:
        await asyncio.sleep(600)

    monkeypatch.setattr(port, "stop", never)
    await publish("A", 1, 5)
    task = start(Consumer("counting", port, pool, [TOPIC], endless).run())
    await entered.wait()
    started = time.monotonic()
    task.cancel()
    await asyncio.wait([task], timeout=20)
    assert task.done()
    assert time.monotonic() - started < 8
    assert await projection.count() == 0
    assert set((await stored(pool)).values()) == {0}


@pytest.mark.asyncio
async def test_a_consumer_that_stands_still_is_not_healthy(
    pool: Pool, port: MemoryPort, publish: Publish, start: Start, until: Until
) -> None:
    async def stuck(conn: Connection, received: Sequence[Received]) -> None:
        await asyncio.sleep(600)

    consumer = Consumer("counting", port, pool, [TOPIC], stuck)
    start(consumer.run())
    await until(lambda: consumer.lag() == 0)
    assert consumer.healthy(within=5)
    await publish("A", 1, 5)
    await until(lambda: not consumer.healthy(within=0.5))


@pytest.mark.asyncio
async def test_a_consumer_without_partitions_is_healthy_while_it_polls(
    pool: Pool, port: MemoryPort, projection: Projection, start: Start, until: Until
) -> None:
    """As many processes as partitions have work; one more waits for its turn."""
    consumer = Consumer("counting", port, pool, [TOPIC], projection.apply)
    start(consumer.run())
    await until(lambda: consumer.lag() == 0)
    await port.reassign([])
    await until(lambda: consumer.lag() is None)
    consumer.last_progress = 0.0
    assert consumer.healthy(within=5)


@pytest.mark.asyncio
async def test_a_span_per_batch_and_topic_links_to_the_requests(
    pool: Pool, port: MemoryPort, projection: Projection, publish: Publish, start: Start,
    until: Until, tracer: Any, spans: InMemorySpanExporter,
) -> None:  # fmt: skip
    for number in (1, 2):
        await publish("A", number, number, f"00-{number:032x}-{7:016x}-01")
    consumer = Consumer("counting", port, pool, [TOPIC], projection.apply, tracer=tracer)
    start(consumer.run())
    await until(spans.get_finished_spans)
    [span] = spans.get_finished_spans()
    assert (span.name, span.kind, span.parent) == (
        "process intake.dossiers",
        SpanKind.CONSUMER,
        None,
    )
    assert {link.context.trace_id for link in span.links} == {1, 2}
    attributes = dict(span.attributes or {})
    assert attributes.pop("messaging.destination.partition.id") in set("012345")
    assert attributes == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "intake.dossiers",
        "messaging.batch.message_count": 2,
        "messaging.consumer.group.name": "counting",
        "messaging.kafka.cluster.id": "first",
    }
