"""Poison is parked with its reason, its key's order is kept, and nothing else waits for it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from motcua_events import (
    Change,
    Connection,
    Consumer,
    Event,
    Pool,
    Received,
    TopicPartition,
    encode,
    parking,
)
from motcua_events._ids import new_id
from motcua_events.contracts import BY_TYPE
from motcua_events.kafka import partition_of
from motcua_events.testing import MemoryBroker, MemoryPort

Make = Callable[..., Change]
Start = Callable[..., asyncio.Task[None]]
Until = Callable[..., Awaitable[None]]

TOPIC = "intake.dossiers"
SAME_LANE = [f"D{n}" for n in range(10, 200) if partition_of(f"D{n}".encode(), 6) == 0]
"""Dossiers whose events share a partition."""


class Table:
    """Notes each contact; refuses those in ``poison`` as a mistake or as the database would."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.poison: set[tuple[str, int]] = set()
        self.by_database = False
        self.trouble: list[Exception] = []
        self.told: list[Received] = []
        self.calls = 0

    async def apply(self, conn: Connection, received: Sequence[Received]) -> None:
        self.calls += 1
        for one in received:
            found = (one.event.data.entity, int(one.event.data.contact))  # type: ignore[attr-defined]
            refused = found in self.poison
            if refused and not self.by_database:
                raise ValueError(f"cannot apply {found}")
            await conn.execute(
                "insert into seen (dossier, contact) values ($1, $2)",
                found[0], -1 if refused else found[1],
            )  # fmt: skip
        if self.trouble:
            raise self.trouble.pop()

    async def committed(self, received: Sequence[Received]) -> None:
        self.told += received

    async def seen(self) -> dict[str, list[int]]:
        rows = await self.pool.fetch("select dossier, contact from seen order by place")
        found: dict[str, list[int]] = {}
        for row in rows:
            found.setdefault(row["dossier"], []).append(row["contact"])
        return found


@pytest_asyncio.fixture
async def table(pool: Pool) -> Table:
    await pool.execute(
        "create table seen (place bigint generated always as identity, dossier text,"
        " contact int check (contact > 0))"
    )
    return Table(pool)


@pytest.fixture
def put(broker: MemoryBroker, change: Make) -> Callable[..., None]:
    """Puts contact ``number`` of a dossier into its partition, perhaps spoilt."""

    def run(dossier: str, number: int, **spoilt: Any) -> None:
        broker.create([TOPIC])
        made = change(dossier, number)
        message = encode(Event(new_id(), made.time, made.data, "/intake", made.time))
        headers = [
            (name, spoilt["type"].encode() if name == "ce_type" and "type" in spoilt else value)
            for name, value in message.headers
        ]
        partition = TopicPartition(TOPIC, partition_of(message.key, 6))
        broker.put(partition, message.key, spoilt.get("value", message.value), headers)

    return run


def consumer_of(table: Table, port: MemoryPort) -> Consumer:
    return Consumer("notes", port, table.pool, [TOPIC], table.apply, after_commit=table.committed)


@pytest.fixture
def consumer(table: Table, port: MemoryPort) -> Consumer:
    return consumer_of(table, port)


async def rows(pool: Pool) -> list[tuple[str | None, str]]:
    return [(one.key, one.state) for one in await parking.parked(pool)]


async def order(pool: Pool, number: int, actor: str = "hoa", why: str = "mended") -> int:
    async with pool.acquire() as conn:
        return await parking.retry(conn, number, actor, why)


async def discard(pool: Pool, number: int, why: str) -> None:
    async with pool.acquire() as conn:
        await parking.discard(conn, number, "hoa", why)


@pytest.mark.asyncio
@pytest.mark.parametrize("by_database", [False, True])
@pytest.mark.parametrize("place", [1, 3, 6])
async def test_an_event_that_cannot_be_applied_is_found_wherever_it_stands(
    table: Table, consumer: Consumer, put: Any, start: Start, until: Until, place: int,
    by_database: bool,
) -> None:  # fmt: skip
    table.by_database = by_database
    table.poison = {("D1", place)}
    for number in range(1, 7):
        for dossier in ("D1", "D2", *SAME_LANE[:2]):
            put(dossier, number)
    start(consumer.run())
    await until(lambda: consumer.applied + consumer.parked == 24)

    whole = list(range(1, 7))
    expected = {"D2": whole, SAME_LANE[0]: whole, SAME_LANE[1]: whole, "D1": whole[: place - 1]}
    assert await table.seen() == {key: found for key, found in expected.items() if found}
    assert await rows(table.pool) == [("D1", "poison")] + [("D1", "behind")] * (6 - place)
    first = (await parking.parked(table.pool))[0]
    assert first.error == ("CheckViolationError" if by_database else "ValueError")
    assert ("violates" in first.reason) == by_database
    assert (first.type, first.attempts, consumer.lag()) == ("contact.made.v1", 0, 0)
    assert len(table.told) == consumer.applied


@pytest.mark.asyncio
@pytest.mark.parametrize("place", [1, 3, 6])
async def test_a_message_that_cannot_be_read_holds_its_key_only(
    table: Table, consumer: Consumer, put: Any, start: Start, until: Until, place: int
) -> None:
    for number in range(1, 7):
        put(SAME_LANE[0], number, **({"value": b"\x00rubbish"} if number == place else {}))
        put(SAME_LANE[1], number)
    start(consumer.run())
    await until(lambda: consumer.applied + consumer.parked == 12)
    assert (await table.seen()).get(SAME_LANE[0], []) == list(range(1, place))
    assert (await table.seen())[SAME_LANE[1]] == list(range(1, 7))
    assert [state for _, state in await rows(table.pool)] == ["poison"] + ["behind"] * (6 - place)


@pytest.mark.asyncio
async def test_later_batches_and_a_restarted_consumer_keep_the_order_of_a_held_key(
    table: Table, consumer: Consumer, put: Any, start: Start, until: Until, broker: MemoryBroker
) -> None:
    table.poison = {("D1", 1)}
    put("D1", 1)
    task = start(consumer.run())
    await until(lambda: consumer.parked == 1)
    put("D1", 2)
    put("D2", 1)
    await until(lambda: consumer.parked == 2 and consumer.applied == 1)
    task.cancel()
    await asyncio.wait([task])
    again = consumer_of(table, MemoryPort(broker))
    put("D1", 3)
    start(again.run())
    await until(lambda: again.parked == 1)
    assert await table.seen() == {"D2": [1]}
    assert again.parked_now == 3

    table.poison = set()
    await order(table.pool, (await parking.parked(table.pool))[-1].id)  # any of the key's
    await until(lambda: again.parked_now == 0)
    put("D1", 4)
    await until(lambda: again.applied == 4)
    assert await table.seen() == {"D2": [1], "D1": [1, 2, 3, 4]}
    assert [int(one.event.data.contact) for one in table.told] == [1, 1, 2, 3, 4]


@pytest.mark.asyncio
async def test_poison_twice_in_a_key_comes_out_one_after_the_other(
    table: Table, consumer: Consumer, put: Any, start: Start, until: Until
) -> None:
    table.poison = {("D1", 2), ("D1", 4), ("D2", 1)}
    for number in range(1, 6):
        put("D1", number)
        put("D2", number)
    start(consumer.run())
    await until(lambda: consumer.applied + consumer.parked == 10)
    assert await table.seen() == {"D1": [1]}

    table.poison = {("D1", 4)}
    [second] = [one.id for one in await parking.parked(table.pool) if one.state == "poison"][:1]
    await order(table.pool, second)
    await until(lambda: consumer.applied in {3, 6})
    head = (await parking.parked(table.pool))[0]
    for_this = [one for one in await parking.parked(table.pool) if one.key == head.key]
    assert {one.state for one in for_this[1:]} <= {"behind"}

    for one in await parking.parked(table.pool):
        table.poison = set()
        if one.state == "poison":
            await order(table.pool, one.id)
    await until(lambda: consumer.parked_now == 0 and consumer.applied == 10)
    assert await table.seen() == {"D1": [1, 2, 3, 4, 5], "D2": [1, 2, 3, 4, 5]}


@pytest.mark.asyncio
async def test_a_retry_that_fails_again_says_so_and_is_not_repeated(
    table: Table, consumer: Consumer, put: Any, start: Start, until: Until
) -> None:
    table.poison = {("D1", 1)}
    put("D1", 1)
    put("D1", 2)
    start(consumer.run())
    await until(lambda: consumer.parked == 2)
    head = await order(table.pool, (await parking.parked(table.pool))[0].id, "hoa", "try")

    async def tried() -> bool:
        return (await parking.find(table.pool, head)).attempts == 1

    await until(tried)
    await asyncio.sleep(1.2)
    found = await parking.find(table.pool, head)
    assert (found.attempts, found.retry_by, found.state) == (1, None, "poison")
    trail = [(one.action, one.actor, one.why) for one in await parking.history(table.pool, head)]
    assert trail == [("failed", "hoa", "try"), ("retry", "hoa", "try")]
    assert await table.seen() == {}


@pytest.mark.asyncio
async def test_a_discarded_message_is_gone_but_not_forgotten(
    table: Table, consumer: Consumer, put: Any, start: Start, until: Until
) -> None:
    table.poison = {("D1", 1)}
    for number in (1, 2, 3):
        put("D1", number)
    start(consumer.run())
    await until(lambda: consumer.parked == 3)
    head = (await parking.parked(table.pool))[0]
    with pytest.raises(ValueError, match="reason"):
        await discard(table.pool, head.id, " ")
    await discard(table.pool, head.id, "sent by mistake")

    await until(lambda: consumer.parked_now == 0)
    assert await table.seen() == {"D1": [2, 3]}  # what was behind it came by itself, in order
    [entry] = [one for one in await parking.history(table.pool) if one.action == "discarded"]
    assert (entry.actor, entry.why, entry.key) == ("hoa", "sent by mistake", "D1")
    assert (entry.parked_id, entry.offset) == (head.id, head.offset)
    kept = await table.pool.fetchrow("select * from parked_audit where id = $1", entry.id)
    assert kept is not None
    assert (kept["value"], len(kept["header_names"])) == (head.value, len(head.headers))
    with pytest.raises(parking.NotParked, match=str(head.id)):
        await discard(table.pool, head.id, "again")
    with pytest.raises(parking.NotParked):
        await order(table.pool, head.id)


@pytest.mark.asyncio
async def test_an_unknown_version_waits_and_is_applied_by_a_process_that_knows_it(
    table: Table, consumer: Consumer, put: Any, start: Start, until: Until, broker: MemoryBroker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    put("D1", 1)
    put("D1", 2, type="contact.made.v9")
    put("D1", 3)
    put("D2", 1)
    task = start(consumer.run())
    await until(lambda: consumer.applied + consumer.parked == 4)
    assert await table.seen() == {"D1": [1], "D2": [1]}
    assert await rows(table.pool) == [("D1", "waiting for newer code"), ("D1", "behind")]
    task.cancel()
    await asyncio.wait([task])

    same = consumer_of(table, MemoryPort(broker))
    task = start(same.run())
    await until(lambda: same.lag() == 0)
    await asyncio.sleep(0.3)
    assert len(await rows(table.pool)) == 2  # code that knows no more leaves it
    task.cancel()
    await asyncio.wait([task])

    monkeypatch.setitem(BY_TYPE, "contact.made.v9", BY_TYPE["contact.made.v1"])
    newer = consumer_of(table, MemoryPort(broker))
    start(newer.run())
    await until(lambda: newer.applied == 2)
    assert await table.seen() == {"D1": [1, 2, 3], "D2": [1]}
    assert [one.actor for one in await parking.history(table.pool)] == ["motcua"] * 2


@pytest.mark.asyncio
async def test_messages_without_a_key_hold_nothing_and_are_retried_one_by_one(
    table: Table, consumer: Consumer, put: Any, start: Start, until: Until, broker: MemoryBroker
) -> None:
    broker.create([TOPIC])
    for _ in range(3):
        broker.put(TopicPartition(TOPIC, 0), None, None, [("a\x00", b"\xff")])
    put(SAME_LANE[0], 1)
    start(consumer.run())
    await until(lambda: (consumer.applied, consumer.parked) == (1, 3))
    assert {state for _, state in await rows(table.pool)} == {"poison"}
    second = (await parking.parked(table.pool))[1]
    assert (second.key, second.headers, second.value) == (None, {"a": "\\xff"}, None)
    assert await order(table.pool, second.id) == second.id

    async def tried() -> bool:
        return (await parking.find(table.pool, second.id)).attempts == 1

    await until(tried)
    assert [one.attempts for one in await parking.parked(table.pool)] == [0, 1, 0]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "trouble",
    [
        asyncpg.DeadlockDetectedError("deadlock"),
        asyncpg.AdminShutdownError("restarting"),
        asyncpg.ReadOnlySQLTransactionError("failing over"),
        ConnectionResetError("reset"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_trouble_of_the_database_never_parks_also_beside_poison(
    table: Table, consumer: Consumer, put: Any, start: Start, until: Until, trouble: Exception
) -> None:
    table.poison = {("D1", 2)}
    for number in range(1, 4):
        put("D1", number)
        put("D2", number)
    table.trouble = [trouble] * 3
    start(consumer.run())
    await until(lambda: consumer.applied + consumer.parked == 6)
    assert await table.seen() == {"D1": [1], "D2": [1, 2, 3]}
    assert await rows(table.pool) == [("D1", "poison"), ("D1", "behind")]


@pytest.mark.asyncio
async def test_trouble_while_applying_again_leaves_all_as_it_was_and_passes(
    table: Table, consumer: Consumer, put: Any, start: Start, until: Until
) -> None:
    table.poison = {("D1", 1)}
    put("D1", 1)
    put("D1", 2)
    start(consumer.run())
    await until(lambda: consumer.parked == 2)
    table.poison, table.trouble = set(), [asyncpg.SerializationError("not serialisable")]
    await order(table.pool, (await parking.parked(table.pool))[0].id)
    await until(lambda: consumer.applied == 2)
    assert await table.seen() == {"D1": [1, 2]}


@pytest.mark.asyncio
async def test_another_cluster_brings_everything_again_and_the_old_rows_are_kept_in_the_trail(
    table: Table, consumer: Consumer, put: Any, start: Start, until: Until, broker: MemoryBroker
) -> None:
    table.poison = {("D1", 1)}
    put("D1", 1)
    start(consumer.run())
    await until(lambda: consumer.parked == 1)
    broker.replace("second")
    put("D1", 1)
    put("D1", 2)

    async def all_again() -> bool:
        found = await table.pool.fetch("select error from parked where cluster_id = 'second'")
        return [row["error"] for row in found] == ["ValueError", "Behind"]

    await until(all_again)
    assert await rows(table.pool) == [("D1", "poison"), ("D1", "behind")]
    trail = await parking.history(table.pool)
    assert {(one.action, one.actor) for one in trail} == {("superseded", "consumer notes")}


@pytest.mark.asyncio
async def test_random_poison_in_random_batches_loses_and_reorders_nothing(
    table: Table, put: Any, start: Start, until: Until, broker: MemoryBroker
) -> None:
    chance = random.Random(7)
    dossiers = [f"D{n}" for n in range(12)]
    left = dict.fromkeys(dossiers, 0)
    table.poison = {(one, chance.randint(1, 10)) for one in dossiers for _ in range(2)}
    for _ in range(120):
        dossier = chance.choice([one for one in dossiers if left[one] < 10])
        left[dossier] += 1
        put(dossier, left[dossier])
    consumer = Consumer(
        "notes", MemoryPort(broker), table.pool, [TOPIC], table.apply, max_records=7
    )
    start(consumer.run())
    await until(lambda: consumer.applied + consumer.parked == 120)
    seen = await table.seen()
    for dossier in dossiers:
        stop = min(number for one, number in table.poison if one == dossier)
        assert seen.get(dossier, []) == list(range(1, stop))
    table.poison = set()
    for one in await parking.parked(table.pool):
        if one.state == "poison":
            await order(table.pool, one.id)
    await until(lambda: consumer.applied == 120, 30)
    assert await table.seen() == {one: list(range(1, 11)) for one in dossiers}
    assert await parking.parked(table.pool) == []
