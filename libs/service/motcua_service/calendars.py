"""The calendars a service computes with: the catalogue's records, kept in its own database.

A service that computes due dates keeps a ``CalendarBook``: intake feeds it its own catalogue
events, the others consume ``intake.catalogue``. ``current`` is read by decisions at no cost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from motcua_events import Connection, Pool
from motcua_events.contracts import AgencyRegistered, CalendarDayOverridden, CalendarDefined
from motcua_events.event import Event
from motcua_worktime import Calendars

CALENDAR_TYPES = (AgencyRegistered, CalendarDefined, CalendarDayOverridden)
CONSUMED_TOPIC = "intake.catalogue"

KEEP = """
insert into calendar_facts (kind, id, time, event_id, data)
select kind, id, time, event_id, data::json
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
    as new (kind, id, time, event_id, data)
order by kind, id
on conflict (kind, id) do update
set time = excluded.time, event_id = excluded.event_id, data = excluded.data
where (calendar_facts.time, calendar_facts.event_id) < (excluded.time, excluded.event_id)
"""
READ = "select kind, id, data from calendar_facts order by kind, id"


async def keep(conn: Connection, events: Iterable[Event]) -> int:
    """Take note of the calendar records among the events; how many there were.

    Any order and any number of times: of two records of one thing the later stamp holds.
    """
    latest: dict[tuple[str, str], Event] = {}
    for event in events:
        if isinstance(event.data, CALENDAR_TYPES):
            place = _place(event)
            known = latest.get(place)
            if known is None or known.stamp < event.stamp:
                latest[place] = event
    if latest:
        rows = sorted(latest.items())
        await conn.execute(
            KEEP,
            [kind for (kind, _), _ in rows],
            [id_ for (_, id_), _ in rows],
            [event.time for _, event in rows],
            [event.id for _, event in rows],
            [event.data.model_dump_json() for _, event in rows],
        )
    return len(latest)


def _place(event: Event) -> tuple[str, str]:
    data = event.data
    if isinstance(data, CalendarDayOverridden):
        return ("day", f"{data.entity} {data.day.isoformat()}")
    return (data.KIND, data.entity)


async def load(conn: Connection | Pool) -> Calendars:
    """The calendars by the records kept; the default calendar where there are none."""
    agencies: dict[str, str] = {}
    defined: list[CalendarDefined] = []
    overridden: list[CalendarDayOverridden] = []
    for row in await conn.fetch(READ):
        if row["kind"] == "agency":
            calendar = json.loads(row["data"]).get("calendar")
            if calendar is not None:
                agencies[row["id"]] = calendar
        elif row["kind"] == "calendar":
            defined.append(CalendarDefined.model_validate_json(row["data"]))
        else:
            overridden.append(CalendarDayOverridden.model_validate_json(row["data"]))
    return Calendars.build(defined, overridden, agencies)


class CalendarBook:
    """The current calendars of a service; ``current`` is replaced whole, never changed."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.current = Calendars()

    async def reload(self) -> None:
        """Read the records kept; call it at start and after every change."""
        self.current = await load(self._pool)

    async def apply(self, conn: Connection, events: Sequence[Event]) -> None:
        """Take note of the events in the caller's transaction; ``reload`` once it is committed."""
        await keep(conn, events)
