"""Evaluations made when asked for, from committed sums: never older than what is published."""

from __future__ import annotations

from collections.abc import Sequence

from motcua_events import Connection, Pool
from motcua_events.contracts import AgencyRegistered

from . import sums
from ._sql import sql
from .answers import Agency, Answer, Question, answered, existed
from .periods import Period


async def registered(
    db: Connection | Pool,
    *,
    level: str | None = None,
    parent: str | None = None,
    code: str | None = None,
) -> list[Agency]:
    """Registered agencies by code, of a level, under a parent or with a code if one is named."""
    rows = await db.fetch(sql("agencies"), level, parent, code)
    return [
        Agency(row["agency"], AgencyRegistered.model_validate_json(row["data"], extra="ignore"))
        for row in rows
    ]


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
        answered(agency, found[target], question)
        for agency, target in zip(agencies, targets, strict=True)
    ]


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
