"""Evaluations made when asked for, from committed sums: never older than what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from motcua_events import Connection, Pool
from motcua_events.contracts import AgencyRegistered, AssessmentRecorded

from . import sums
from ._sql import sql
from .answers import Agency, Answer, Question, answered, existed
from .periods import Period


@dataclass(frozen=True, slots=True)
class One:
    """An answer; what was published of it, if anything; assessments; positions by stream."""

    answer: Answer
    revision: int | None
    published_at: datetime | None
    assessments: list[AssessmentRecorded]
    positions: list[tuple[str, int]]
    moved_at: datetime | None


async def registered(
    db: Connection | Pool,
    *,
    level: str | None = None,
    parent: str | None = None,
    code: str | None = None,
) -> list[Agency]:
    """Registered agencies by code, of a level, under a parent or with a code if one is named."""
    rows = await db.fetch(sql("agencies"), level, parent, code)
    return [_agency(row["agency"], row["data"]) for row in rows]


async def of_all(
    db: Connection | Pool, question: Question, *, level: str | None, parent: str | None
) -> list[Answer]:
    """The evaluations of all agencies of which anything is known for the period, by code.

    An agency that nobody has registered has no level and no parent, so it is left out where one of
    these is asked for.
    """
    agencies = await _of_period(db, question.period, level=level, parent=parent)
    return [each for each in await answer(db, agencies, question) if each.informed]


async def answer(
    db: Connection | Pool, agencies: Sequence[Agency], question: Question
) -> list[Answer]:
    """The evaluation of each agency, in the given order."""
    targets = [sums.Target(agency.code, question.period) for agency in agencies]
    found = await sums.read(db, targets, sector=question.sector)
    return [
        answered(agency, found[target].counted(question.basis, question.role), question)
        for agency, target in zip(agencies, targets, strict=True)
    ]


async def one(pool: Pool, code: str, question: Question, consumer: str) -> One | None:
    """One agency's evaluation with what goes with it, read as of one moment with one statement.

    None for an agency that is not registered and has no counts.
    """
    period = question.period
    row = await pool.fetchrow(
        sql("evaluation"), code, period.id, period.first_month, period.last_month,
        question.sector, consumer,
    )  # fmt: skip
    assert row is not None
    if row["agency"] is None and not row["counted"]:
        return None
    tallies = dict(zip(row["bundles"] or (), row["numbers"] or (), strict=True))
    counts = (await sums.tallied(pool, tallies)).counted(question.basis, question.role)
    return One(
        answered(_agency(code, row["agency"]), counts, question), row["revision"],
        row["published_at"],
        [AssessmentRecorded.model_validate_json(each, extra="ignore")
         for each in row["assessments"]],
        list(zip(row["names"], row["positions"], strict=True)), row["moved_at"],
    )  # fmt: skip


def _agency(code: str, data: str | None) -> Agency:
    if data is None:
        return Agency(code)
    return Agency(code, AgencyRegistered.model_validate_json(data, extra="ignore"))


async def _of_period(
    db: Connection | Pool, period: Period, *, level: str | None, parent: str | None
) -> list[Agency]:
    rows = await db.fetch(sql("counted_agencies"), period.first_month, period.last_month)
    counted = {row["agency"] for row in rows}
    known = await registered(db, level=level, parent=parent)
    found = {each.code: each for each in known if each.code in counted or existed(each, period)}
    if level is None and parent is None:
        found |= {code: Agency(code) for code in counted - found.keys()}
    return [found[code] for code in sorted(found)]
