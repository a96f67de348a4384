"""What is published: evaluations that differ from what was published last."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from opentelemetry import trace

from motcua_events import Change, Connection, EventStore
from motcua_events.contracts import EvaluationChanged, Level

from ._sql import sql
from .answers import informed
from .evaluation import counts_for, evaluate
from .marks import Trigger
from .rulebook import Rulebook
from .rulebooks_in_force import Rulebooks
from .sums import Sums, Target
from .tracing import caused_by

SLICE = 50
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
    counted: Mapping[Target, Sums],
    levels: Mapping[str, str],
    rulebooks: Rulebooks,
) -> list[News]:
    """Those of the touched evaluations that differ from what was last published, sorted.

    One of which nothing is known is news only if it was published before.
    """
    found: list[News] = []
    last = await _last(conn, list(counted))
    for done, (target, sums) in enumerate(counted.items()):
        if done % SLICE == SLICE - 1:
            await asyncio.sleep(0)
        revision, fingerprint = last.get(target, (0, ""))
        level = cast("Level | None", levels.get(target.agency))
        book = rulebooks.valid_for(target.period)
        if not revision and not _informed(target, sums, book):
            continue
        data = _evaluated(target, sums, level, book, touched[target])
        print_ = _fingerprint(data)
        if print_ != fingerprint:
            next_ = data.model_copy(update={"revision": revision + 1})
            found.append(News(target, next_, print_, touched[target]))
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


async def _last(conn: Connection, targets: Sequence[Target]) -> dict[Target, tuple[int, str]]:
    rows = await conn.fetch(
        sql("last_published"),
        [target.agency for target in targets],
        [target.period.id for target in targets],
    )
    by_name = {(target.agency, target.period.id): target for target in targets}
    return {
        by_name[row["agency"], row["period"]]: (row["revision"], row["fingerprint"]) for row in rows
    }


def _informed(target: Target, sums: Sums, rulebook: Rulebook) -> bool:
    return informed(counts_for(sums, *target, "live", role=rulebook.dossiers.role))


def _evaluated(
    target: Target, sums: Sums, level: Level | None, rulebook: Rulebook, trigger: Trigger
) -> EvaluationChanged:
    role = rulebook.dossiers.role
    settled = evaluate(counts_for(sums, *target, role=role), rulebook, level).scores()
    live = settled
    if any(measure.basis == "open" for measure in sums):
        live = evaluate(counts_for(sums, *target, "live", role=role), rulebook, level).scores()
    return EvaluationChanged(
        agency=target.agency, period=target.period.id, revision=1,
        rulebook=rulebook.id, rulebook_version=rulebook.version,
        settled=settled, live=live, cause=trigger.cause,
    )  # fmt: skip


def _fingerprint(data: EvaluationChanged) -> str:
    content = data.model_dump_json(exclude={"revision", "cause"})
    return hashlib.sha256(content.encode()).hexdigest()
