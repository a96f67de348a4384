"""Stored answers by key, and calendar records in any order."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from motcua_events.contracts import (
    AgencyRegistered,
    CalendarDayOverridden,
    CalendarDefined,
    FeedbackProlonged,
    Session,
)
from motcua_events.event import Event
from motcua_service import calendars
from motcua_service.idempotency import IdempotencyKeys, InProgress, Key, Stored, fingerprint
from motcua_service.outcome import Outcome
from motcua_service.problems import Problem
from motcua_worktime import is_working_day

NOW = datetime(2020, 3, 2, 8, tzinfo=UTC)
KEY = Key("k", fingerprint("POST", "/feedback", b"{}"))
OUTCOME = Outcome(accepted=1, recorded=1, duplicates=0)
ANSWER = Stored(201, b'{"accepted":1,"recorded":1,"duplicates":0}')


@pytest.mark.asyncio
async def test_an_answer_is_found_under_its_key(pool):
    keys = IdempotencyKeys(pool)
    assert await keys.find(KEY) is None
    async with pool.acquire() as conn:
        await keys.keep(conn, [(KEY, OUTCOME)])
        with pytest.raises(InProgress):
            await keys.keep(conn, [(KEY, OUTCOME)])
    assert await keys.find(KEY) == ANSWER


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "other",
    [
        fingerprint("POST", "/feedback", b"{ }"),
        fingerprint("POST", "/ratings", b"{}"),
        fingerprint("PUT", "/feedback", b"{}"),
    ],
)
async def test_the_key_of_another_request_is_refused(pool, other):
    keys = IdempotencyKeys(pool)
    await keys.keep(pool, [(KEY, OUTCOME)])
    with pytest.raises(Problem) as refused:
        await keys.find(Key("k", other))
    assert refused.value.status == 422


@pytest.mark.asyncio
async def test_answers_are_kept_together_or_not_at_all(pool):
    keys = IdempotencyKeys(pool)
    await keys.keep(pool, [(KEY, OUTCOME)])
    known = OUTCOME.model_copy(update={"recorded": 0})
    other = Key("other", b"")
    with pytest.raises(InProgress):
        async with pool.acquire() as conn, conn.transaction():
            await keys.keep(conn, [(KEY, OUTCOME), (other, known)])
    assert await keys.find(other) is None
    await keys.keep(pool, [(other, known)])
    found = await keys.find(other)
    assert found is not None
    assert found.status == 200


@pytest.mark.asyncio
async def test_a_key_is_forgotten_after_a_day(pool):
    keys = IdempotencyKeys(pool)
    await keys.keep(pool, [(KEY, OUTCOME)])
    await pool.execute("update idempotency_keys set stored_at = now() - interval '25 hours'")
    assert await keys.find(KEY) is None
    await keys.keep(pool, [(KEY, OUTCOME)])
    assert await keys.find(KEY) == ANSWER


@pytest.mark.asyncio
async def test_a_key_in_hand_is_in_progress_until_it_is_let_go(pool):
    keys = IdempotencyKeys(pool)
    with keys.claimed("k"):
        with pytest.raises(Problem) as refused, keys.claimed("k"):
            pass
        assert refused.value.status == 409
    with keys.claimed("k"):
        pass


@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
async def test_what_is_no_key_is_refused(pool, key):
    with pytest.raises(Problem) as refused, IdempotencyKeys(pool).claimed(key):
        pass
    assert refused.value.status == 400


def event(data, after: int = 0) -> Event:
    return Event(f"e{after}", NOW + timedelta(hours=after), data, "/intake", NOW)


def weekdays(*days: int) -> CalendarDefined:
    session = Session(opens=time(8), closes=time(16))
    return CalendarDefined(calendar="C", weekdays=days, sessions=(session,))


RECORDS = [
    event(AgencyRegistered(agency="A", name="A", level="commune", calendar="C"), 1),
    event(AgencyRegistered(agency="B", name="B", level="commune"), 2),
    event(weekdays(0, 1), 3),
    event(weekdays(0, 1, 2), 4),
    event(
        CalendarDayOverridden(
            calendar="C", day=date(2020, 3, 5), kind="working",
            announced_on=date(2020, 3, 1), name="swapped",
        ), 5,
    ),
    event(FeedbackProlonged(feedback="F", prolonged_at=NOW), 6),
]  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize("order", [1, -1])
async def test_calendars_are_the_latest_records_in_any_order(pool, order):
    book = calendars.CalendarBook(pool)
    for each in RECORDS[::order]:
        async with pool.acquire() as conn:
            await book.apply(conn, [each])
    assert book.current.agencies == {}
    await book.reload()
    calendar = book.current.of("A")
    days = [is_working_day(calendar, date(2020, 3, day)) for day in range(2, 9)]
    assert days == [True, True, True, True, False, False, False]
    assert book.current.of("B") is book.current.default


@pytest.mark.asyncio
async def test_a_batch_keeps_the_latest_of_its_own(pool):
    assert await calendars.keep(pool, [*RECORDS, *RECORDS[::-1]]) == 4
    assert await calendars.keep(pool, []) == 0
    assert (await calendars.load(pool)).of("A").weekdays == {0, 1, 2}


@pytest.mark.asyncio
@pytest.mark.parametrize("times", [(16, 8), (8, 8)])
async def test_a_calendar_without_sense_is_left_out(pool, times):
    session = Session(opens=time(times[0]), closes=time(times[1]))
    bad = CalendarDefined(calendar="C", weekdays=(0,), sessions=(session,))
    await calendars.keep(pool, [RECORDS[0], event(bad, 9)])
    loaded = await calendars.load(pool)
    assert loaded.of("A") == loaded.default


@pytest.mark.asyncio
async def test_an_agency_that_gives_up_its_calendar_keeps_the_default(pool):
    later = event(AgencyRegistered(agency="A", name="A", level="commune"), 9)
    await calendars.keep(pool, [*RECORDS, later])
    assert (await calendars.load(pool)).agencies == {}
