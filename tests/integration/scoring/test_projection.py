"""The projection in the database equals the pure reference, whatever order events come in."""

from __future__ import annotations

import itertools

import asyncpg
import pytest
import scoring_events as given
from hypothesis import HealthCheck, settings
from hypothesis import given as examples
from hypothesis import strategies as st
from scoring_database import BOOKS, apply, batches, emptied, published, publisher, served, snapshot

from motcua_events import Event
from motcua_events import contracts as c
from motcua_scoring import recount
from motcua_scoring.answers import Question, informed
from motcua_scoring.evaluation import counts_for
from motcua_scoring.facts import to_json
from motcua_scoring.periods import Period
from motcua_scoring.projector import CountedOtherwise
from motcua_scoring.reference import evaluate_events, fold_events, measure_facts

database = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ROLES = ("resolving", "receiving")


@database
@examples(arrived=given.arrivals(), seed=st.integers(0, 999))
@pytest.mark.asyncio
async def test_what_is_served_and_published_equals_the_reference(
    pool: asyncpg.Pool, arrived: tuple[list[Event], list[Event]], seed: int
) -> None:
    events, in_any_order = arrived
    await emptied(pool)
    publish = publisher(pool)
    for number, batch in enumerate(batches(in_any_order, seed)):
        await apply(pool, batch)
        if (number + seed) % 3 == 0:
            await publish.round()
    while await publish.round():
        pass

    for agency, name in itertools.product(given.AGENCIES, given.PERIODS):
        await _assert_served(pool, events, agency, Period.parse(name))
    for (agency, name), latest in (await published(pool)).items():
        period = Period.parse(name)
        book = BOOKS.valid_for(period)
        assert latest.settled == evaluate_events(events, book, agency, period).scores()
        assert latest.live == evaluate_events(events, book, agency, period, "live").scores()


async def _assert_served(
    pool: asyncpg.Pool, events: list[Event], agency: str, period: Period
) -> None:
    book = BOOKS.valid_for(period)
    for basis, role, sector in itertools.product(("settled", "live"), ROLES, (None, "đất-đai")):
        question = Question(period, book, basis, sector, role)
        reference = evaluate_events(events, book, agency, period, basis, sector=sector, role=role)
        assert await served(pool, agency, question) == reference


@database
@examples(arrived=given.arrivals(), seed=st.integers(0, 999))
@pytest.mark.asyncio
async def test_every_evaluation_of_which_anything_is_known_is_published(
    pool: asyncpg.Pool, arrived: tuple[list[Event], list[Event]], seed: int
) -> None:
    events, in_any_order = arrived
    await emptied(pool)
    for batch in batches(in_any_order, seed):
        await apply(pool, batch)
    publish = publisher(pool)
    while await publish.round():
        pass

    latest = await published(pool)
    counted = measure_facts(fold_events(events))
    months = {(m.agency, m.month) for m in counted}
    for agency, month in months:  # published once, at the end: nothing was known before
        for name in (f"{month:%Y-%m}", f"{month.year}-Q{(month.month + 2) // 3}", f"{month.year}"):
            counts = counts_for(counted, agency, Period.parse(name), "live")
            assert ((agency, name) in latest) == informed(counts)


@database
@examples(arrived=given.arrivals(), seeds=st.tuples(st.integers(0, 999), st.integers(0, 999)))
@pytest.mark.asyncio
async def test_a_replay_from_nothing_gives_the_live_state_byte_for_byte(
    pool: asyncpg.Pool,
    arrived: tuple[list[Event], list[Event]],
    seeds: tuple[int, int],
) -> None:
    events, in_any_order = arrived
    await emptied(pool)
    for batch in batches(in_any_order, seeds[0]):
        await apply(pool, batch)
    live = await snapshot(pool)
    await emptied(pool)
    for batch in batches(events, seeds[1]):
        await apply(pool, batch)

    assert await snapshot(pool) == live
    folded = {tuple(one): to_json(facts).decode() for one, facts in fold_events(events).items()}
    assert {(kind, id_): facts for kind, id_, facts in live["facts"]} == folded


@pytest.mark.asyncio
async def test_the_same_events_again_change_and_publish_nothing(pool: asyncpg.Pool) -> None:
    events = [given.registered("H53.1"), given.received(), given.resolved("2020-03-10 09:00")]
    await apply(pool, events)
    await publisher(pool).round()
    before, news = await snapshot(pool), await published(pool)

    await apply(pool, [*events, *events])

    assert await publisher(pool).round() == 0
    assert await snapshot(pool) == before
    assert await published(pool) == news


@pytest.mark.asyncio
async def test_a_dossier_moved_to_another_partition_takes_its_counts_along(
    pool: asyncpg.Pool,
) -> None:
    await apply(pool, [given.received(), given.resolved("2020-03-10 09:00")])
    await pool.execute("update entities set shard = 99")
    await pool.execute("update tallies set shard = 99")

    await apply(pool, [given.corrected("2020-03-11", sector="hộ-tịch")])

    assert await pool.fetchval("select count(*) from measures where shard = 99") == 0
    assert await pool.fetchval("select count(*) from measures where n <> 1") == 0


@pytest.mark.asyncio
async def test_events_that_scoring_has_no_use_for_leave_no_trace(pool: asyncpg.Pool) -> None:
    day = c.CalendarDayOverridden(
        day="2020-01-28", kind="off", announced_on="2020-01-20", name="Nghỉ bù"
    )
    await apply(pool, [given.event(day, "2020-01-20")])

    assert not any((await snapshot(pool)).values())


@database
@examples(arrived=given.arrivals(), seed=st.integers(0, 999))
@pytest.mark.asyncio
async def test_counting_again_from_the_facts_gives_the_same(
    pool: asyncpg.Pool, arrived: tuple[list[Event], list[Event]], seed: int
) -> None:
    _, in_any_order = arrived
    await emptied(pool)
    for batch in batches(in_any_order, seed):
        await apply(pool, batch)
    before = await snapshot(pool)
    await pool.execute("update tallies set n = n + 1")
    await pool.execute("delete from places")

    entities = await recount.when_needed(pool, f"other {seed}")

    assert entities == len(before["facts"])
    assert await snapshot(pool) == before
    assert await recount.when_needed(pool, f"other {seed}") == 0
    with pytest.raises(CountedOtherwise):
        await apply(pool, [given.received()])
    await recount.when_needed(pool)
