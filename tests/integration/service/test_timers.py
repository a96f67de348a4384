"""Timers: once, in time, held during loads, and across restarts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from motcua_events.contracts import FeedbackProlonged
from motcua_events.event import Event
from motcua_service.deadlines import Due, OpenDeadline
from motcua_service.timers import Timers

NOW = datetime(2020, 3, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
State = tuple[OpenDeadline, ...]


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Fired:
    all: list[Due] = field(default_factory=list)

    async def __call__(self, due) -> None:
        self.all += due

    @property
    def streams(self) -> list[str]:
        return [each.stream for each in self.all]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timers(pool, clock) -> Timers[State]:
    return Timers(pool, lambda stream, state: state, grace=30, now=clock)


async def append(pool, timers, stream: str, *open_deadlines: OpenDeadline) -> None:
    """As if an event of the stream had been appended, with these deadlines open after it."""
    data = FeedbackProlonged(feedback=stream.split("/")[1], prolonged_at=NOW)
    event = Event("e", NOW, data, "/test", NOW)
    async with pool.acquire() as conn, conn.transaction():
        await timers.maintain(conn, {stream: open_deadlines}, [event])


def at(time: datetime, subject: str = "") -> OpenDeadline:
    return OpenDeadline(subject, time)


@pytest.mark.asyncio
async def test_a_timer_fires_once_after_its_instant(pool, timers, clock):
    fired = Fired()
    await append(pool, timers, "feedback/F1", at(NOW + HOUR))
    clock.now = NOW + HOUR
    assert await timers.fire_due(fired) == 0
    clock.now += timedelta(microseconds=1)
    assert await timers.fire_due(fired) == 1
    assert await timers.fire_due(fired) == 0
    assert fired.all == [Due("feedback/F1", "", NOW + HOUR)]
    assert fired.all[0].id == "F1"


@pytest.mark.asyncio
async def test_a_deadline_no_longer_open_does_not_fire(pool, timers, clock):
    await append(pool, timers, "feedback/F1", at(NOW + HOUR, "a"), at(NOW + HOUR, "b"))
    await append(pool, timers, "feedback/F1", at(NOW + HOUR, "b"))
    clock.now = NOW + 2 * HOUR
    fired = Fired()
    await timers.fire_due(fired)
    assert [each.subject for each in fired.all] == ["b"]


@pytest.mark.asyncio
async def test_a_moved_deadline_fires_at_its_new_instant(pool, timers, clock):
    await append(pool, timers, "feedback/F1", at(NOW + HOUR))
    await append(pool, timers, "feedback/F1", at(NOW + 3 * HOUR))
    fired = Fired()
    clock.now = NOW + 2 * HOUR
    assert await timers.fire_due(fired) == 0
    clock.now = NOW + 4 * HOUR
    assert await timers.fire_due(fired) == 1


@pytest.mark.asyncio
async def test_history_waits_for_the_grace(pool, timers, clock):
    await append(pool, timers, "feedback/F1", at(NOW - HOUR))
    fired = Fired()
    clock.now = NOW + timedelta(seconds=30)
    assert await timers.fire_due(fired) == 0
    clock.now += timedelta(seconds=1)
    assert await timers.fire_due(fired) == 1


@pytest.mark.asyncio
async def test_the_grace_is_not_prolonged_by_other_events(pool, timers, clock):
    await append(pool, timers, "feedback/F1", at(NOW - HOUR))
    clock.now = NOW + timedelta(seconds=29)
    await append(pool, timers, "feedback/F1", at(NOW - HOUR))
    clock.now = NOW + timedelta(seconds=31)
    assert await timers.fire_due(Fired()) == 1


@pytest.mark.asyncio
async def test_what_the_same_load_resolves_never_fires(pool, timers, clock):
    await append(pool, timers, "feedback/F1", at(NOW - HOUR))
    await append(pool, timers, "feedback/F1")
    clock.now = NOW + 10 * HOUR
    assert await timers.fire_due(Fired()) == 0


@pytest.mark.asyncio
async def test_history_is_held_while_a_load_is_open_and_the_present_is_not(pool, timers, clock):
    await append(pool, timers, "feedback/OLD", at(NOW - HOUR))
    await append(pool, timers, "feedback/NEW", at(NOW + HOUR))
    await pool.execute("insert into loads (id, until) values ('a', $1)", NOW + 3 * HOUR)
    fired = Fired()
    clock.now = NOW + 2 * HOUR
    await timers.fire_due(fired)
    assert fired.streams == ["feedback/NEW"]
    clock.now = NOW + 3 * HOUR
    await timers.fire_due(fired)
    assert fired.streams == ["feedback/NEW", "feedback/OLD"]


@pytest.mark.asyncio
async def test_a_timer_whose_firing_failed_fires_again(pool, timers, clock):
    async def broken(due) -> None:
        raise ConnectionError

    await append(pool, timers, "feedback/F1", at(NOW + HOUR))
    clock.now = NOW + 2 * HOUR
    with pytest.raises(ConnectionError):
        await timers.fire_due(broken)
    restarted = Timers(pool, lambda stream, state: state, grace=30, now=clock)
    assert await restarted.fire_due(Fired()) == 1


@pytest.mark.asyncio
async def test_a_timer_set_anew_while_firing_stays(pool, timers, clock):
    async def extended(due) -> None:
        await append(pool, timers, "feedback/F1", at(NOW + 5 * HOUR))

    await append(pool, timers, "feedback/F1", at(NOW + HOUR))
    clock.now = NOW + 2 * HOUR
    await timers.fire_due(extended)
    clock.now = NOW + 6 * HOUR
    assert await timers.fire_due(Fired()) == 1


@pytest.mark.asyncio
async def test_many_timers_fire_in_order_of_time(pool, timers, clock):
    for n in range(20):
        await append(pool, timers, f"feedback/F{n}", at(NOW + (20 - n) * HOUR))
    clock.now = NOW + 100 * HOUR
    fired = Fired()
    await timers.fire_due(fired)
    assert fired.streams == [f"feedback/F{n}" for n in reversed(range(20))]


@pytest.mark.asyncio
async def test_the_loop_fires_within_a_fifth_of_a_second(pool):
    timers: Timers[State] = Timers(pool, lambda stream, state: state, grace=30)
    due, late = asyncio.Event(), []

    async def fire(found) -> None:
        late.append((datetime.now(UTC) - found[0].late_after).total_seconds())
        due.set()

    loop = asyncio.create_task(timers.run(fire))
    before = timers.last_progress
    await append(pool, timers, "feedback/F1", at(datetime.now(UTC) + timedelta(seconds=0.4)))
    await asyncio.wait_for(due.wait(), 5)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert 0 < late[0] < 0.3
    assert timers.last_progress > before


@pytest.mark.asyncio
async def test_a_timer_held_by_a_clock_that_was_ahead_does_not_wait_for_it(pool, timers, clock):
    clock.now = NOW + HOUR
    await append(pool, timers, "feedback/F1", at(NOW - HOUR))
    clock.now = NOW
    fired = Fired()
    assert await timers.fire_due(fired) == 1
    assert fired.streams == ["feedback/F1"]


@pytest.mark.asyncio
async def test_a_clock_that_is_behind_fires_nothing_early(pool, timers, clock):
    await append(pool, timers, "feedback/F1", at(NOW - timedelta(seconds=1)))
    clock.now = NOW - HOUR
    assert await timers.fire_due(Fired()) == 0


@pytest.mark.asyncio
async def test_a_timer_stays_if_the_clock_went_back_while_it_fired(pool, timers, clock):
    await append(pool, timers, "feedback/F1", at(NOW + HOUR))
    clock.now = NOW + 2 * HOUR

    async def too_early(due) -> None:
        clock.now = NOW

    assert await timers.fire_due(too_early) == 1
    clock.now = NOW + 2 * HOUR
    assert await timers.fire_due(fired := Fired()) == 1
    assert fired.streams == ["feedback/F1"]
