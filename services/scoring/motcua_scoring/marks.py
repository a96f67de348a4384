"""Dirty marks, spread over the evaluations they touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from motcua_events import Connection
from motcua_events._types import Row

from ._sql import sql
from .periods import Period, containing
from .sums import Target


@dataclass(frozen=True, slots=True)
class Trigger:
    """A dirty mark as it was seen: ``cause`` and ``traceparent`` are the moving event's."""

    id: int
    agency: str
    month: date
    onward: bool
    cause: str
    traceparent: str | None

    @classmethod
    def of(cls, row: Row) -> Trigger:
        """A row of marks that ask for the same: the latest one."""
        return cls(
            row["id"], row["agency"], row["month"], row["onward"], row["cause"],
            row["traceparent"],
        )  # fmt: skip


async def expand(conn: Connection, triggers: Sequence[Trigger]) -> dict[Target, Trigger]:
    """The evaluations that marks touch, each with its latest mark: month, quarter and year."""
    onward = [trigger for trigger in triggers if trigger.onward]
    periods = await _periods_from(conn, onward) if onward else {}
    touched: dict[Target, Trigger] = {}
    for trigger in sorted(triggers, key=lambda one: one.id):
        for period in periods.get(trigger, ()) if trigger.onward else containing(trigger.month):
            touched[Target(trigger.agency, period)] = trigger
    return touched


async def _periods_from(
    conn: Connection, triggers: Sequence[Trigger]
) -> Mapping[Trigger, set[Period]]:
    found: dict[Trigger, set[Period]] = {trigger: set() for trigger in triggers}
    rows = await conn.fetch(
        sql("periods_from"),
        list(range(len(triggers))),
        [trigger.agency for trigger in triggers],
        [trigger.month for trigger in triggers],
    )
    for row in rows:
        periods = [Period.parse(row["period"])] if row["period"] else containing(row["month"])
        found[triggers[row["place"]]].update(periods)
    return found
