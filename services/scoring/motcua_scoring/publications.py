"""What is published: evaluations that differ from what was published last."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from opentelemetry import trace

from motcua_events import Change, Connection, EventStore
from motcua_events.contracts import EvaluationChanged, Level, Scores

from ._sql import sql
from .answers import informed
from .made import Maker
from .marks import Trigger
from .rulebook import Rulebook
from .rulebooks_in_force import Rulebooks
from .sums import Target
from .tallied import Tallied
from .tracing import caused_by

SLICE = 4
"""Evaluations made before other tasks of the process get a turn."""


@dataclass(frozen=True, slots=True)
class News:
    """A changed evaluation; its fingerprint tells it from the one before."""

    target: Target
    data: EvaluationChanged
    fingerprint: str
    trigger: Trigger


async def changed(
    conn: Connection,
    touched: Mapping[Target, Trigger],
    counted: Mapping[Target, Tallied],
    rulebooks: Rulebooks,
    maker: Maker,
) -> list[News]:
    """Those of the touched evaluations that differ from what was last published, sorted.

    One of which nothing is known is news only if it was published before.
    """
    found: list[News] = []
    last = await _last(conn, list(counted))
    for done, (target, tallied) in enumerate(counted.items()):
        if done % SLICE == SLICE - 1:
            await asyncio.sleep(0)
        revision, fingerprint, level = last[done]
        book = rulebooks.valid_for(target.period)
        if not revision and not informed(tallied.counts(book.dossiers.role)[1]):
            continue
        scores = maker.make(target, tallied, book, level).scores
        data = _data(target, revision + 1, book, scores, touched[target])
        print_ = _fingerprint(data)
        if print_ != fingerprint:
            found.append(News(target, data, print_, touched[target]))
    return found


async def append(
    conn: Connection, store: EventStore, news: Sequence[News], tracer: trace.Tracer
) -> None:
    """Record the news in the event store, each under the trace of the event that caused it."""
    if not news:
        return
    now = datetime.now(UTC)
    contexts = dict(_contexts(news, tracer))
    changes = [Change(one.data, now, traceparent=contexts[one.trigger.traceparent]) for one in news]
    await store.execute([], lambda _: (changes, None), traceparent=None, conn=conn)
    values = [
        (one.target.agency, one.target.period.id, one.target.period.last_month,
         one.data.revision, one.fingerprint, now)
        for one in news
    ]  # fmt: skip
    await conn.execute(sql("save_published"), *map(list, zip(*values, strict=True)))


def _data(
    target: Target, revision: int, book: Rulebook, scores: tuple[Scores, Scores], trigger: Trigger
) -> EvaluationChanged:
    return EvaluationChanged(
        agency=target.agency, period=target.period.id, revision=revision,
        rulebook=book.id, rulebook_version=book.version,
        settled=scores[0], live=scores[1], cause=trigger.cause,
    )  # fmt: skip


def _contexts(
    news: Sequence[News], tracer: trace.Tracer
) -> Iterator[tuple[str | None, str | None]]:
    by_trigger: dict[str | None, list[News]] = {}
    for one in news:
        by_trigger.setdefault(one.trigger.traceparent, []).append(one)
    yield from caused_by(tracer, "publish evaluation", by_trigger, _attributes)


def _attributes(news: Sequence[News]) -> dict[str, str | int]:
    first = news[0].target
    return {
        "motcua.evaluations": len(news),
        "motcua.agency": first.agency,
        "motcua.cause": news[0].trigger.cause,
    }


async def _last(
    conn: Connection, targets: Sequence[Target]
) -> Sequence[tuple[int, str, Level | None]]:
    rows = await conn.fetch(
        sql("last_published"),
        [target.agency for target in targets],
        [target.period.id for target in targets],
    )
    return [(row["revision"], row["fingerprint"], row["level"]) for row in rows]


def _fingerprint(data: EvaluationChanged) -> str:
    content = data.model_dump_json(exclude={"revision", "cause"})
    return hashlib.sha256(content.encode()).hexdigest()
