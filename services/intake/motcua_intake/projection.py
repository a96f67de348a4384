"""The tables behind lists and waiting dossiers, written in the transaction that appends events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from motcua_events import Connection, Pool
from motcua_events.contracts import (
    CalendarDayOverridden,
    EventData,
    ListingChanged,
    ProcedureRegistered,
)
from motcua_events.event import Event
from motcua_events.store import LARGE

from ._sql import sql
from .codes import short_procedure
from .domain.dossier import Dossier
from .domain.index import Index
from .domain.intake import DOSSIER, State
from .domain.terms import register_name

COLUMNS = (
    "dossier", "state", "procedure", "short", "sector", "receiving", "resolving", "channel",
    "received_at", "due_at", "unit_assumed",
)  # fmt: skip


async def learn(index: Index, pool: Pool) -> None:
    """Bring the index up with what is registered now."""
    for row in await pool.fetch(sql("index")):
        if row["kind"] == "procedure":
            index.note_procedure(row["id"])
        else:
            index.note_agency(row["id"], row["calendar"])


async def project(conn: Connection, states: Mapping[str, State], events: Sequence[Event]) -> None:
    """Bring the tables to the states that the new events led to."""
    streams = Counter(event.data.stream for event in events)
    dossiers = {name: n for name, n in streams.items() if name.startswith(DOSSIER)}
    if len(dossiers) < len(streams):
        entries = (event.data for event in events if event.data.stream not in dossiers)
        latest = {_place(data): data for data in entries}
        rows = [_entry(place, data) for place, data in latest.items()]
        await conn.execute(sql("save_catalogue"), *_columns(rows))
    if dossiers:
        await _save(conn, states, dossiers)


async def _save(conn: Connection, states: Mapping[str, State], appended: Mapping[str, int]) -> None:
    """The rows of dossiers, of each of which so many events are new; many new ones by COPY."""
    known, new = list[tuple[object, ...]](), list[tuple[object, ...]]()
    for stream in sorted(appended):
        state = states[stream]
        assert isinstance(state, Dossier)
        (new if state.events == appended[stream] else known).append(_row(stream, state))
    if len(new) > LARGE:
        await conn.copy_records_to_table("dossiers", records=new, columns=COLUMNS)
    else:
        known += new
    if known:
        await conn.execute(sql("save_dossiers"), *_columns(known))


def _place(data: EventData) -> tuple[str, str, str]:
    kind = "day" if isinstance(data, CalendarDayOverridden) else data.KIND
    return (kind, data.entity, register_name(data))


def _entry(place: tuple[str, str, str], data: EventData) -> tuple[object, ...]:
    return (*place, _short(data), data.model_dump_json())


def _short(data: EventData) -> str | None:
    if isinstance(data, ProcedureRegistered | ListingChanged):
        return short_procedure(data.procedure)
    return None


def _row(stream: str, state: Dossier) -> tuple[object, ...]:
    code, record, deadline = stream.removeprefix(DOSSIER), state.record, state.deadline
    if record is None:
        return (code, state.state, *(None,) * 8, False)
    return (
        code, state.state, record.procedure, short_procedure(record.procedure), record.sector,
        record.receiving, record.resolving, record.channel, record.received_at,
        deadline.due_at if deadline else None, state.unit_assumed,
    )  # fmt: skip


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
