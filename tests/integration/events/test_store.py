"""The event store on PostgreSQL: versions, conflicts, idempotence, transactions."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from motcua_events import Change, Connection, Event, EventStore, Pool, StoreError, VersionConflict
from motcua_events.contracts import DossierRefused
from motcua_events.store import LARGE, TURN

Make = Callable[..., Change]
Append = Callable[..., Awaitable[None]]
Numbers = Callable[[Sequence[Event]], list[int]]
WHEN = datetime(2020, 1, 1, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def always(*changes: Change) -> Callable[[Any], tuple[Sequence[Change], None]]:
    return lambda histories: (changes, None)


@pytest.mark.asyncio
async def test_what_is_appended_is_loaded_whole(store: EventStore, change: Make) -> None:
    new: list[Event] = []

    async def also(conn: Connection, events: Sequence[Event]) -> None:
        new.extend(events)

    result = await store.execute(
        ["dossier/A"], lambda histories: ([change("A", 1)], histories), traceparent=TRACE, also=also
    )
    assert result == {"dossier/A": []}
    [event] = await store.load("dossier/A")
    assert [event] == new
    assert (event.data, event.time) == (change("A", 1).data, change("A", 1).time)
    assert (event.source, event.traceparent) == ("/intake", TRACE)
    assert abs(event.recorded_at.timestamp() - time.time()) < 60


@pytest.mark.asyncio
async def test_an_unknown_stream_is_empty(store: EventStore) -> None:
    assert await store.load("dossier/none") == []
    assert await store.load_many([]) == {}
    assert await store.load_many(["a/1", "a/2"]) == {"a/1": [], "a/2": []}


@pytest.mark.asyncio
async def test_decide_sees_each_stream_in_order(
    store: EventStore, append: Append, numbers: Numbers
) -> None:
    for dossier in ("A", "B", "A", "A"):
        await append(dossier, 2)
    seen = await store.execute(["dossier/A", "dossier/B"], lambda h: ([], h), traceparent=None)
    assert numbers(seen["dossier/A"]) == [1, 2, 3, 4, 5, 6]
    assert numbers(seen["dossier/B"]) == [1, 2]


@pytest.mark.asyncio
async def test_a_refusal_records_nothing(store: EventStore) -> None:
    def refuse(histories: Any) -> tuple[list[Change], None]:
        raise PermissionError("not so")

    with pytest.raises(PermissionError, match="not so"):
        await store.execute(["dossier/A"], refuse, traceparent=None)
    assert await store.load("dossier/A") == []


@pytest.mark.asyncio
async def test_concurrent_decisions_on_one_stream_all_count(
    store: EventStore, append: Append, numbers: Numbers
) -> None:
    await asyncio.gather(*(append("A") for _ in range(8)))
    assert numbers(await store.load("dossier/A")) == list(range(1, 9))


@pytest.mark.asyncio
async def test_concurrent_decisions_on_many_streams_do_not_deadlock_for_good(
    store: EventStore, change: Make, numbers: Numbers
) -> None:
    names = [f"D{n}" for n in range(6)]

    async def one(seed: int) -> None:
        mine = random.Random(seed).sample(names, 4)

        def decide(histories: Any) -> tuple[list[Change], None]:
            return [change(d, len(histories[f"dossier/{d}"]) + 1) for d in mine], None

        await store.execute([f"dossier/{d}" for d in mine], decide, traceparent=None)

    await asyncio.gather(*(one(seed) for seed in range(8)))
    histories = await store.load_many([f"dossier/{d}" for d in names])
    assert sum(map(len, histories.values())) == 32
    for events in histories.values():
        assert numbers(events) == list(range(1, len(events) + 1))


@pytest.mark.asyncio
async def test_a_conflict_in_the_callers_transaction_is_the_callers(
    pool: Pool, store: EventStore, append: Append, change: Make
) -> None:
    async with pool.acquire() as conn:
        _, heads = await store._read(conn, ["dossier/A"])
        await append("A")
        with pytest.raises(VersionConflict):
            async with conn.transaction():
                await store._append(conn, [change("A", 1)], heads, None)
    assert len(await store.load("dossier/A")) == 1


@pytest.mark.asyncio
async def test_it_takes_part_in_the_callers_transaction(
    pool: Pool, store: EventStore, change: Make
) -> None:
    async with pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        await store.execute(["dossier/A"], always(change("A", 1)), traceparent=None, conn=conn)
        assert len((await store.load_many(["dossier/A"], conn))["dossier/A"]) == 1
        await store.execute(["dossier/A"], always(change("A", 2)), traceparent=None, conn=conn)
        await transaction.rollback()
    assert await store.load("dossier/A") == []


@pytest.mark.asyncio
async def test_a_transaction_older_than_its_streams_last_event_may_not_append(
    pool: Pool, store: EventStore, append: Append, change: Make
) -> None:
    """Published by transaction, its event would come before the one it follows."""
    async with pool.acquire() as conn, conn.transaction():
        await conn.fetchval("select pg_current_xact_id()")
        await append("A")
        with pytest.raises(VersionConflict, match="younger"):
            await store.execute(["dossier/A"], always(change("A", 2)), traceparent=None, conn=conn)
        await store.execute(["dossier/B"], always(change("B", 1)), traceparent=None, conn=conn)
    assert len(await store.load("dossier/A")) == 1
    assert len(await store.load("dossier/B")) == 1


@pytest.mark.asyncio
async def test_many_events_are_held_to_the_same_rules(
    pool: Pool, store: EventStore, append: Append, change: Make, numbers: Numbers
) -> None:
    """They are written by COPY: versions, order of transactions, ids."""
    many = [change(f"D{n:03}", 1) for n in range(LARGE + 10)]
    async with pool.acquire() as conn, conn.transaction():
        await conn.fetchval("select pg_current_xact_id()")
        await append("D007")
        with pytest.raises(VersionConflict, match="younger"):
            await store.execute(["dossier/D007"], always(*many), traceparent=TRACE, conn=conn)
    async with pool.acquire() as conn:
        _, heads = await store._read(conn, [each.data.stream for each in many])
        await append("D008")
        with pytest.raises(VersionConflict, match="events_version"):
            async with conn.transaction():
                await store._append(conn, many, heads, None)
    await store.execute([], always(*many, change("D007", 5)), traceparent=TRACE)
    histories = await store.load_many([each.data.stream for each in many])
    assert numbers(histories["dossier/D007"]) == [1, 1, 5]
    assert numbers(histories["dossier/D008"]) == [1, 1]
    assert {events[-1].traceparent for events in histories.values()} == {TRACE}
    assert sum(map(len, histories.values())) == LARGE + 13


@pytest.mark.asyncio
async def test_loads_go_side_by_side_and_take_turns_with_a_consumers_batch(
    pool: Pool, store: EventStore, change: Make, numbers: Numbers
) -> None:
    """What several of them write to the same streams all counts."""
    names = [f"D{n:03}" for n in range(LARGE + 10)]
    streams = [f"dossier/{name}" for name in names]
    inside = asyncio.Barrier(3)

    def decide(histories: Any) -> tuple[list[Change], None]:
        return [change(n, len(histories[f"dossier/{n}"]) + 1) for n in names], None

    async def load(first: list[bool]) -> None:
        async def meet(conn: Connection, events: Sequence[Event]) -> None:
            if first:
                first.clear()
                async with asyncio.timeout(20):
                    await inside.wait()

        mine = [f"dossier/own-{id(first)}-{n}" for n in range(LARGE + 1)]
        await store.execute(mine, lambda h: ([], None), traceparent=None, also=meet)
        await store.execute(streams, decide, traceparent=None)

    async def batch() -> None:
        async with pool.acquire() as conn, conn.transaction():
            await store.execute(streams, decide, traceparent=None, conn=conn)

    await asyncio.gather(*(load([True]) for _ in range(3)))
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("select pg_advisory_xact_lock_shared($1)", TURN)
        waiting = asyncio.create_task(batch())
        await asyncio.sleep(0.1)
        assert not waiting.done()
    await waiting
    histories = await store.load_many(streams)
    assert all(numbers(events) == [1, 2, 3, 4] for events in histories.values())


@pytest.mark.asyncio
async def test_streams_written_without_being_read_are_appended_to(
    store: EventStore, append: Append, change: Make, numbers: Numbers
) -> None:
    await append("A", 2)
    await store.execute(
        [], always(change("A", 3), change("B", 1), change("A", 4)), traceparent=None
    )
    assert numbers(await store.load("dossier/A")) == [1, 2, 3, 4]
    assert numbers(await store.load("dossier/B")) == [1]


@pytest.mark.asyncio
async def test_the_same_id_is_recorded_once(
    store: EventStore, change: Make, numbers: Numbers
) -> None:
    twice = always(change("A", 1, "id-1"), change("A", 2), change("A", 1, "id-1"))
    await store.execute(["dossier/A"], twice, traceparent=None)
    await store.execute(["dossier/A"], always(change("A", 1, "id-1")), traceparent=None)
    assert numbers(await store.load("dossier/A")) == [1, 2]


@pytest.mark.asyncio
async def test_the_same_id_at_the_same_moment_is_recorded_once(
    store: EventStore, change: Make
) -> None:
    """On streams of their own, so that only the id collides."""
    await asyncio.gather(
        *(store.execute([], always(change(f"D{n}", 1, "id-1")), traceparent=None) for n in range(8))
    )
    assert len([event async for event in store.scan()]) == 1


@pytest.mark.asyncio
async def test_what_runs_also_is_in_the_transaction(
    pool: Pool, store: EventStore, change: Make
) -> None:
    async def broken(conn: Connection, events: Sequence[Event]) -> None:
        assert len(events) == await conn.fetchval("select count(*) from events") == 1
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        await store.execute([], always(change("A", 1)), traceparent=None, also=broken)
    assert await pool.fetchval("select count(*) from events") == 0


@pytest.mark.asyncio
async def test_what_runs_also_runs_without_changes(store: EventStore) -> None:
    calls: list[Sequence[Event]] = []

    async def also(conn: Connection, events: Sequence[Event]) -> None:
        calls.append(events)

    await store.execute(["dossier/A"], always(), traceparent=None, also=also)
    assert calls == [[]]


@pytest.mark.asyncio
async def test_thousands_of_streams_in_one_transaction(
    store: EventStore, change: Make, numbers: Numbers
) -> None:
    names = [f"D{n:05}" for n in range(4000)]
    streams = [f"dossier/{name}" for name in names]
    started = time.monotonic()
    for number in (1, 2):
        changes = [change(name, number) for name in names]
        await store.execute(streams, always(*changes), traceparent=None)
    assert time.monotonic() - started < 15
    histories = await store.load_many(streams)
    assert all(numbers(events) == [1, 2] for events in histories.values())


@pytest.mark.asyncio
async def test_a_scan_gives_every_event_and_each_stream_in_order(
    store: EventStore, append: Append, numbers: Numbers
) -> None:
    for n in range(30):
        await append(f"D{n % 3}", 2)
    events = [event async for event in store.scan(batch=7)]
    assert len(events) == 60
    for name in ("D0", "D1", "D2"):
        mine = [event for event in events if event.data.entity == name]
        assert numbers(mine) == list(range(1, 21))


@pytest.mark.asyncio
async def test_an_append_wakes_who_waits(store: EventStore, append: Append) -> None:
    assert not store.appended.is_set()
    await append("A")
    assert store.appended.is_set()


@pytest.mark.asyncio
async def test_fields_of_a_later_version_are_ignored_when_loading(
    pool: Pool, store: EventStore, append: Append
) -> None:
    await append("A")
    await pool.execute(
        """update events set data = ('{"new": 1, ' || substr(data::text, 2))::json"""
    )
    assert len(await store.load("dossier/A")) == 1


@pytest.mark.asyncio
async def test_a_type_not_known_is_said(pool: Pool, store: EventStore, append: Append) -> None:
    await append("A")
    await pool.execute("update events set type = 'dossier.dreamt.v9'")
    with pytest.raises(StoreError, match=r"dossier\.dreamt\.v9"):
        await store.load("dossier/A")


@pytest.mark.asyncio
async def test_any_text_is_stored(store: EventStore) -> None:
    data = DossierRefused(
        dossier="Đ'\"\\;--", refused_at=WHEN, reason='tab\t, quote ", \\u0001 \x01, 🧾'
    )
    await store.execute([], always(Change(data, WHEN)), traceparent=None)
    [event] = await store.load(data.stream)
    assert event.data == data
