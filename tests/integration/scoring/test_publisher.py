"""The publisher: what moves is published once, in order, never stale, under the right trace."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
import scoring_events as given
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from scoring_database import BOOKS, apply, published, publisher

from motcua_events import Event, EventStore
from motcua_events import contracts as c
from motcua_scoring.periods import Period
from motcua_scoring.publisher import Publisher
from motcua_scoring.reference import evaluate_events
from motcua_scoring.tracing import MOST_SPANS, caused_by

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
QUARTER = ("H53.1", "2020-Q1")


def traced(event: Event, flags: str = "01") -> Event:
    parent = f"00-{TRACE}-00f067aa0ba902b7-{flags}"
    return Event(event.id, event.time, event.data, event.source, event.recorded_at, parent)


@pytest.mark.asyncio
async def test_a_dossier_moves_its_month_quarter_and_year(pool: asyncpg.Pool) -> None:
    await apply(pool, [given.registered("H53.1"), given.received()])
    resolved = given.resolved("2020-03-10 09:00")
    await apply(pool, [resolved])
    await publisher(pool).round()

    found = await published(pool)

    mine = {period: data for (agency, period), data in found.items() if agency == "H53.1"}
    assert set(mine) == {"2020-03", "2020-Q1", "2020"}
    assert {data.settled.indices[0].tenths for data in mine.values()} == {20}
    assert {data.cause for data in mine.values()} == {resolved.id}
    assert {data.revision for data in mine.values()} == {1}


@pytest.mark.asyncio
async def test_a_correction_moves_an_already_published_quarter(pool: asyncpg.Pool) -> None:
    complaint = given.event(
        c.ComplaintRaised(dossier="D-1", feedback="F-1", raised_at=given.at("2020-03-12")),
        "2020-03-12",
    )
    dismissal = given.event(
        c.ComplaintDismissed(dossier="D-1", feedback="F-1", concluded_at=given.at("2020-06-01")),
        "2020-06-01",
    )
    await apply(pool, [given.received(), given.resolved("2020-03-10 09:00"), complaint])
    await publisher(pool).round()
    before = (await published(pool))[QUARTER]
    assert before.settled.indices[6].tenths == 0

    await apply(pool, [dismissal])
    await publisher(pool).round()

    after = (await published(pool))[QUARTER]
    assert after.settled.indices[6].tenths == 20
    assert (after.revision, after.cause) == (before.revision + 1, dismissal.id)


@pytest.mark.asyncio
async def test_a_dossier_corrected_into_another_month_moves_both(pool: asyncpg.Pool) -> None:
    await apply(pool, [given.received(), given.resolved("2020-03-10 09:00")])
    await publisher(pool).round()
    later = given.event(c.DossierResolved(dossier="D-1", resolved_at=given.at("2020-04-02")),
                        "2020-04-03")  # fmt: skip

    await apply(pool, [later])
    await publisher(pool).round()

    found = await published(pool)
    assert found[QUARTER].settled.indices[0].tenths is None
    assert found["H53.1", "2020-Q2"].settled.indices[0].tenths == 0


@pytest.mark.asyncio
async def test_a_listing_moves_every_period_from_its_month_on(pool: asyncpg.Pool) -> None:
    events = [given.registered("H53.1", "commune"), given.received(),
              given.resolved("2020-03-10 09:00")]  # fmt: skip
    await apply(pool, events)
    await publisher(pool).round()
    listed = given.listing("1.000001", "2020-02-15", one_stop=True, whole_chain=True)

    await apply(pool, [listed])
    await publisher(pool).round()

    found = await published(pool)
    scores = {period: data.settled.indices[4].tenths for (_, period), data in found.items()
              if data.agency == "H53.1"}  # fmt: skip
    assert scores == {"2020-02": 20, "2020-03": 20, "2020-Q1": 20, "2020": 20}


@pytest.mark.asyncio
async def test_a_later_registration_moves_what_was_published(pool: asyncpg.Pool) -> None:
    listed = [given.listing(f"1.00000{n}", one_stop=True, whole_chain=n < 3) for n in range(4)]
    await apply(pool, [*listed, given.received(), given.resolved("2020-03-10 09:00")])
    await publisher(pool).round()
    assert (await published(pool))[QUARTER].settled.indices[4].tenths is None

    await apply(pool, [given.registered("H53.1", "province", "2020-05-01")])
    await publisher(pool).round()
    assert (await published(pool))[QUARTER].settled.indices[4].tenths == 20

    await apply(pool, [given.registered("H53.1", "commune", "2020-06-01")])
    await publisher(pool).round()
    assert (await published(pool))[QUARTER].settled.indices[4].tenths == 10


@pytest.mark.asyncio
async def test_the_same_registration_again_asks_for_nothing(pool: asyncpg.Pool) -> None:
    await apply(pool, [given.registered("H53.1")])
    await publisher(pool).round()

    await apply(pool, [given.registered("H53.1", "province", "2020-02-01")])

    assert await publisher(pool).round() == 0


@pytest.mark.asyncio
async def test_a_deadline_that_passes_moves_only_the_live_score(pool: asyncpg.Pool) -> None:
    due = given.by_day("2020-03-16")
    await apply(pool, [given.received()])
    await publisher(pool).round()

    await apply(pool, [given.passed(due)])
    await publisher(pool).round()

    found = (await published(pool))[QUARTER]
    assert found.live.indices[0].tenths == 0
    assert found.settled.indices[0].tenths is None


@pytest.mark.asyncio
async def test_marks_survive_a_round_that_fails(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply(pool, [given.received(), given.resolved("2020-03-10 09:00")])
    marks = await pool.fetchval("select count(*) from dirty")
    publish = publisher(pool)

    async def broken(*_: Any, **__: Any) -> None:
        raise ConnectionError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(EventStore, "execute", broken)
        with pytest.raises(ConnectionError):
            await publish.round()

    assert await pool.fetchval("select count(*) from dirty") == marks
    await publish.round()
    assert QUARTER in await published(pool)


@pytest.mark.asyncio
async def test_one_publisher_at_a_time(pool: asyncpg.Pool) -> None:
    await apply(pool, [given.received(), given.resolved("2020-03-10 09:00")])

    async with pool.acquire() as conn, conn.transaction():
        await conn.fetchval("select pg_advisory_xact_lock(hashtext('motcua scoring publisher'))")
        assert await publisher(pool).round() == 0

    assert await publisher(pool).round() > 0


@pytest.mark.asyncio
async def test_totals_are_never_stale_with_projectors_at_work(pool: asyncpg.Pool) -> None:
    """Two projectors and two publishers at once: no revision counts less than the one before."""
    lives = [
        [given.received(f"D-{n}"), given.resolved("2020-03-10 09:00", f"D-{n}")] for n in range(120)
    ]

    async def project(mine: list[list[Event]]) -> None:
        for life in mine:
            await apply(pool, life)

    publishers = [asyncio.create_task(publisher(pool).run()) for _ in range(2)]
    await asyncio.gather(project(lives[::2]), project(lives[1::2]))
    async with asyncio.timeout(10):
        while await pool.fetchval("select exists (select from dirty)"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    for task in publishers:
        task.cancel()
    await asyncio.gather(*publishers, return_exceptions=True)

    stream = "evaluation/H53.1 2020-Q1"
    rows = await pool.fetch("select data from events where stream = $1 order by version", stream)
    history = [c.EvaluationChanged.model_validate_json(row["data"]) for row in rows]
    counted = [sum(data.settled.indices[0].counts.values()) for data in history]
    assert counted == sorted(counted)
    assert counted[-1] == 120
    assert [data.revision for data in history] == list(range(1, len(history) + 1))
    events = [event for life in lives for event in life]
    book, period = BOOKS.in_force[0], Period.parse("2020-Q1")
    assert history[-1].live == evaluate_events(events, book, "H53.1", period, "live").scores()


@pytest.mark.asyncio
async def test_a_period_without_a_rulebook_names_the_fallback(pool: asyncpg.Pool) -> None:
    late = given.received("D-9", "2025-09-01 09:00", deadline=given.by_day("2025-09-10"))
    await apply(pool, [late, given.resolved("2025-09-05 09:00", "D-9")])

    await publisher(pool).round()

    found = (await published(pool))["H53.1", "2025-Q3"]
    assert (found.rulebook, found.rulebook_version) == ("tt01-2018", "1.0")
    assert not BOOKS.in_force[0].is_valid_on(Period.parse("2025-Q3").last_day)


@pytest.fixture
def spans() -> tuple[InMemorySpanExporter, Any]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, provider.get_tracer("test")


@pytest.mark.asyncio
async def test_the_change_goes_on_with_the_trace_of_its_cause(
    pool: asyncpg.Pool, spans: tuple[InMemorySpanExporter, Any]
) -> None:
    exporter, tracer = spans
    await apply(pool, [given.received(), traced(given.resolved("2020-03-10 09:00"))])

    await Publisher(pool, EventStore(pool, "/scoring"), BOOKS, tracer).round()

    mine = "select distinct traceparent from events where stream like 'evaluation/H53.1 %'"
    [row] = await pool.fetch(mine)
    [span] = exporter.get_finished_spans()
    assert span.name == "publish evaluation"
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert row["traceparent"] == f"00-{TRACE}-{span.context.span_id:016x}-01"


@pytest.mark.asyncio
async def test_a_cause_that_is_not_sampled_gets_no_span(
    pool: asyncpg.Pool, spans: tuple[InMemorySpanExporter, Any]
) -> None:
    exporter, tracer = spans
    resolved = traced(given.resolved("2020-03-10 09:00"), "00")
    await apply(pool, [given.received(), resolved])

    await Publisher(pool, EventStore(pool, "/scoring"), BOOKS, tracer).round()

    mine = "select distinct traceparent from events where stream like 'evaluation/H53.1 %'"
    assert [row["traceparent"] for row in await pool.fetch(mine)] == [resolved.traceparent]
    assert exporter.get_finished_spans() == ()


def test_spans_of_one_round_are_limited(spans: tuple[InMemorySpanExporter, Any]) -> None:
    exporter, tracer = spans
    causes = {f"00-{n:032x}-00f067aa0ba902b7-01": n for n in range(1, MOST_SPANS + 10)}

    found = dict(caused_by(tracer, "publish evaluation", causes, lambda _: {}))

    assert len(exporter.get_finished_spans()) == MOST_SPANS
    assert all(after[3:35] == before[3:35] for before, after in found.items())
