"""The relay: nothing lost, order per key, one at a time, and starting over."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from motcua_events import Change, Event, EventStore, Pool, Relay, decode, encode, republish
from motcua_events.contracts import FeedbackAnswered
from motcua_events.relay import LOCK
from motcua_events.testing import MemoryBroker, MemoryProducer

Make = Callable[..., Change]
Append = Callable[..., Awaitable[None]]
Start = Callable[..., asyncio.Task[None]]
Until = Callable[..., Awaitable[None]]


def published(broker: MemoryBroker) -> list[Event]:
    """What the broker holds, partition by partition."""
    return [
        decode(partition.topic, record.headers, record.value)
        for partition, log in sorted(broker.logs.items())
        for record in log
    ]


def by_stream(events: list[Event]) -> dict[str, list[int]]:
    """The contact numbers of each dossier in order of first arrival."""
    found: dict[str, dict[int, None]] = defaultdict(dict)
    for event in events:
        found[event.data.stream][int(event.data.contact)] = None  # type: ignore[attr-defined]
    return {stream: list(numbers) for stream, numbers in found.items()}


async def drained(relay: Relay) -> bool:
    return (await relay.backlog()).events == 0


@pytest.mark.asyncio
async def test_it_publishes_what_the_codec_would(
    pool: Pool, store: EventStore, append: Append, broker: MemoryBroker, producer: MemoryProducer,
    start: Start, until: Until,
) -> None:  # fmt: skip
    await append("A", 3, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    relay = Relay(pool, producer, "/intake", wake=store.appended)
    start(relay.run())
    await until(lambda: drained(relay))
    expected = [encode(event) for event in await store.load("dossier/A")]
    [log] = [log for log in broker.logs.values() if log]
    assert [(record.key, record.value, record.headers) for record in log] == [
        (message.key, message.value, message.headers) for message in expected
    ]


@pytest.mark.asyncio
async def test_internal_events_stay_inside(
    pool: Pool, store: EventStore, append: Append, broker: MemoryBroker, producer: MemoryProducer,
    start: Start, until: Until,
) -> None:  # fmt: skip
    await append("A", 3)
    await pool.execute("update events set topic = null where version < 3")
    relay = Relay(pool, producer, "/intake")
    start(relay.run())
    await until(lambda: relay.sent == 1)
    assert by_stream(published(broker)) == {"dossier/A": [3]}


@pytest.mark.asyncio
async def test_hostile_writers_lose_nothing_and_keep_their_order(
    pool: Pool, store: EventStore, change: Make, broker: MemoryBroker, producer: MemoryProducer,
    start: Start, until: Until,
) -> None:  # fmt: skip
    """Transactions that hold their events back for random times, and some that fail."""
    relay = Relay(pool, producer, "/intake", wake=store.appended, batch=7)
    start(relay.run())
    written: dict[str, int] = defaultdict(int)

    async def writer(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            name = f"D{chance.randrange(12)}"
            await one(name, chance)

    async def one(name: str, chance: random.Random) -> None:
        stream = f"dossier/{name}"

        async def hold(conn: Any, events: Any) -> None:
            await asyncio.sleep(chance.choice([0, 0, 0.002, 0.03]))
            if chance.random() < 0.1:
                raise InterruptedError

        def decide(histories: Any) -> tuple[list[Change], int]:
            count = chance.randint(1, 3)
            have = len(histories[stream])
            return [change(name, have + n + 1) for n in range(count)], count

        try:
            count = await store.execute([stream], decide, traceparent=None, also=hold)
        except InterruptedError:
            return
        written[stream] += count

    await asyncio.gather(*(writer(seed) for seed in range(12)))
    total = sum(written.values())
    await until(lambda: relay.sent >= total)
    assert by_stream(published(broker)) == {
        stream: list(range(1, count + 1)) for stream, count in written.items()
    }
    assert relay.sent == total


@pytest.mark.asyncio
async def test_the_trap_that_the_store_guards_against(
    pool: Pool, producer: MemoryProducer, broker: MemoryBroker, start: Start, until: Until,
    append: Append,
) -> None:  # fmt: skip
    """A writer that gets its transaction id before it reads the version breaks the order.

    Here one goes round the store to show it; through the store it is refused.
    """
    async with pool.acquire() as conn, conn.transaction():
        await conn.fetchval("select pg_current_xact_id()")
        await append("A")
        await conn.execute(
            "insert into events (stream, version, id, type, key, topic, time, recorded_at, data)"
            " select stream, 2, 'late', type, key, topic, time, recorded_at,"
            """ replace(data::text, '"1"', '"2"')::json from events"""
        )
    relay = Relay(pool, producer, "/intake")
    start(relay.run())
    await until(lambda: relay.sent == 2)
    assert by_stream(published(broker)) == {"dossier/A": [2, 1]}


@pytest.mark.asyncio
async def test_transactions_are_ordered_as_numbers(
    pool: Pool, append: Append, producer: MemoryProducer, broker: MemoryBroker, start: Start,
    until: Until,
) -> None:  # fmt: skip
    await append("A", 4)
    for version, tx in enumerate(("9", "10", "99", "100"), 1):
        await pool.execute("update events set tx = $1::text::xid8 where version = $2", tx, version)
    relay = Relay(pool, producer, "/intake", batch=1)
    start(relay.run())
    await until(lambda: relay.sent == 4)
    assert by_stream(published(broker)) == {"dossier/A": [1, 2, 3, 4]}


@pytest.mark.asyncio
async def test_an_open_transaction_holds_back_what_is_younger_and_is_seen_in_the_backlog(
    pool: Pool, append: Append, producer: MemoryProducer, start: Start, until: Until
) -> None:
    relay = Relay(pool, producer, "/intake")
    async with pool.acquire() as conn, conn.transaction():
        await conn.fetchval("select pg_current_xact_id()")
        await append("A", 2)
        start(relay.run())
        await until(lambda: relay.active)
        await asyncio.sleep(0.2)
        backlog = await relay.backlog()
        assert (relay.sent, backlog.events) == (0, 2)
        assert backlog.oldest is not None
        assert (await relay.backlog(limit=1)).events == 1
    await until(lambda: relay.sent == 2)
    assert (await relay.backlog()).oldest is None


@pytest.mark.asyncio
async def test_one_relay_is_active_and_the_other_takes_over(
    pool: Pool, append: Append, broker: MemoryBroker, start: Start, until: Until
) -> None:
    relays = [Relay(pool, MemoryProducer(broker), "/intake") for _ in range(2)]
    tasks = {relay: start(relay.run()) for relay in relays}

    def active() -> list[Relay]:
        return [relay for relay in relays if relay.active]

    await append("A", 5)
    await until(lambda: by_stream(published(broker)) == {"dossier/A": [1, 2, 3, 4, 5]})
    assert len(active()) == 1
    assert await pool.fetchval(
        "select pg_terminate_backend(pid) from pg_locks"
        " where locktype = 'advisory' and objid = $1 and granted",
        LOCK,
    )
    await append("A", 5)
    await until(lambda: by_stream(published(broker)) == {"dossier/A": list(range(1, 11))})
    [first] = active()
    tasks[first].cancel()
    await append("A", 5)
    await until(lambda: by_stream(published(broker)) == {"dossier/A": list(range(1, 16))})
    assert active() == [relay for relay in relays if relay is not first]


@pytest.mark.asyncio
async def test_a_relay_whose_cursor_was_moved_starts_over_from_there(
    pool: Pool, append: Append, producer: MemoryProducer, broker: MemoryBroker, start: Start,
    until: Until,
) -> None:  # fmt: skip
    await append("A", 2)
    relay = Relay(pool, producer, "/intake")
    start(relay.run())
    await until(lambda: relay.sent == 2)
    await pool.execute("update relay_cursor set tx = '0', pos = 0")
    await append("A", 1)
    await until(lambda: relay.sent >= 6)
    assert by_stream(published(broker)) == {"dossier/A": [1, 2, 3]}


@pytest.mark.asyncio
async def test_another_cluster_gets_everything_again(
    pool: Pool, append: Append, producer: MemoryProducer, broker: MemoryBroker, start: Start,
    until: Until,
) -> None:  # fmt: skip
    await append("A", 4)
    relay = Relay(pool, producer, "/intake")
    task = start(relay.run())
    await until(lambda: relay.sent == 4)
    broker.replace("second")
    await append("A", 1)
    await until(lambda: by_stream(published(broker)) == {"dossier/A": [1, 2, 3, 4, 5]})
    await until(lambda: drained(relay))
    task.cancel()
    await asyncio.wait([task])
    again = Relay(pool, producer, "/intake")
    start(again.run())
    await append("A", 1)
    await until(lambda: again.sent == 1)
    assert by_stream(published(broker)) == {"dossier/A": [1, 2, 3, 4, 5, 6]}


@pytest.mark.asyncio
async def test_republishing_everything(
    pool: Pool, append: Append, producer: MemoryProducer, start: Start, until: Until
) -> None:
    await republish(pool)
    await append("A", 3)
    relay = Relay(pool, producer, "/intake")
    start(relay.run())
    await until(lambda: relay.sent == 3)
    await republish(pool)
    await until(lambda: relay.sent == 6)


@pytest.mark.asyncio
async def test_republishing_one_topic(
    pool: Pool, store: EventStore, append: Append, change: Make, producer: MemoryProducer,
    broker: MemoryBroker, start: Start, until: Until,
) -> None:  # fmt: skip
    answered = FeedbackAnswered(feedback="F", answered_at=change("A", 1).time)
    await append("A", 3)
    await store.execute(
        [], lambda _: ([Change(answered, answered.answered_at)], None), traceparent=None
    )
    relay = Relay(pool, producer, "/intake")
    task = start(relay.run())
    await until(lambda: drained(relay))
    task.cancel()
    await asyncio.wait([task])
    await republish(pool, "feedback.feedback")
    await republish(pool, "feedback.feedback")
    await append("A", 1)
    again = Relay(pool, producer, "/intake", batch=1)
    start(again.run())
    await until(lambda: again.sent == 2)
    types = [event.type for event in published(broker)]
    assert (types.count("feedback.answered.v1"), types.count("contact.made.v1")) == (2, 4)


@pytest.mark.asyncio
async def test_a_send_that_breaks_off_is_repeated_in_order(
    pool: Pool, append: Append, producer: MemoryProducer, broker: MemoryBroker, start: Start,
    until: Until,
) -> None:  # fmt: skip
    for name in ("A", "B", "A", "B"):
        await append(name, 5)
    producer.fail_after = 13
    relay = Relay(pool, producer, "/intake")
    start(relay.run())
    await until(lambda: relay.sent == 20)
    assert len(published(broker)) == 33
    assert by_stream(published(broker)) == {
        "dossier/A": list(range(1, 11)), "dossier/B": list(range(1, 11)),
    }  # fmt: skip


@pytest.mark.asyncio
async def test_an_outage_of_the_broker_is_waited_out(
    pool: Pool, append: Append, producer: MemoryProducer, broker: MemoryBroker, start: Start,
    until: Until,
) -> None:  # fmt: skip
    broker.down = True
    await append("A", 2)
    relay = Relay(pool, producer, "/intake")
    start(relay.run())
    await asyncio.sleep(0.3)
    assert relay.sent == 0
    broker.down = False
    await until(lambda: relay.sent == 2)


@pytest.mark.asyncio
async def test_a_relay_gives_up_the_lock_when_it_ends(
    pool: Pool, producer: MemoryProducer, start: Start, until: Until
) -> None:
    relay = Relay(pool, producer, "/intake")
    task = start(relay.run())
    await until(lambda: relay.active)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
    assert not relay.active
    assert await pool.fetchval("select pg_try_advisory_lock($1)", LOCK)


@pytest.mark.asyncio
async def test_a_span_per_batch_and_topic_links_to_the_requests(
    pool: Pool, append: Append, producer: MemoryProducer, start: Start, until: Until,
    tracer: Any, spans: InMemorySpanExporter,
) -> None:  # fmt: skip
    for number in (1, 2):
        await append("A", 2, f"00-{number:032x}-{7:016x}-01")
    relay = Relay(pool, producer, "/intake", tracer=tracer)
    start(relay.run())
    await until(lambda: relay.sent == 4)
    [span] = spans.get_finished_spans()
    assert (span.name, span.kind) == ("send intake.dossiers", SpanKind.PRODUCER)
    assert {link.context.trace_id for link in span.links} == {1, 2}
    assert dict(span.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "intake.dossiers",
        "messaging.batch.message_count": 4,
        "messaging.kafka.cluster.id": "first",
    }


@pytest.mark.asyncio
async def test_what_was_sent_since_the_cursor_was_saved_is_sent_again(
    pool: Pool, append: Append, producer: MemoryProducer, broker: MemoryBroker, start: Start,
    until: Until, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    saves = asyncio.Event()

    async def never(*_: object) -> None:
        saves.set()
        await asyncio.Event().wait()

    await append("A", 3)
    with monkeypatch.context() as patched:
        patched.setattr("motcua_events.relay._save", never)
        task = start(Relay(pool, producer, "/intake").run())
        await saves.wait()
        task.cancel()
        await asyncio.wait([task])
    assert len(published(broker)) == 3
    relay = Relay(pool, producer, "/intake")
    await append("A", 1)
    start(relay.run())
    await until(lambda: drained(relay))
    assert relay.sent == 4
    assert by_stream(published(broker)) == {"dossier/A": [1, 2, 3, 4]}


@pytest.mark.asyncio
async def test_the_cursor_is_saved_between_batches_while_there_is_work(
    pool: Pool, append: Append, producer: MemoryProducer, start: Start, until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("motcua_events.relay.SAVE", 0.0)
    positions: list[int] = []
    send = producer.send

    async def noted(messages: Any) -> None:
        positions.append(await pool.fetchval("select pos from relay_cursor"))
        await send(messages)

    monkeypatch.setattr(producer, "send", noted)
    for _ in range(4):
        await append("A", 1)
    relay = Relay(pool, producer, "/intake", batch=1)
    start(relay.run())
    await until(lambda: drained(relay))
    assert positions == [0, 1, 2, 3]


@pytest.mark.asyncio
async def test_the_lock_is_given_up_though_the_pool_resets_nothing(
    postgres_url: str, pool: Pool, producer: MemoryProducer, start: Start, until: Until
) -> None:
    class Kept(asyncpg.Connection):
        def get_reset_query(self) -> str:
            return ""

    async with asyncpg.create_pool(
        postgres_url, min_size=1, max_size=1, connection_class=Kept
    ) as own:
        relay = Relay(own, producer, "/intake")
        task = start(relay.run())
        await until(lambda: relay.active)
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert await own.fetchval("select 1") == 1
        assert await pool.fetchval("select pg_try_advisory_lock($1)", LOCK)
