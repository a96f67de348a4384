"""The tables behind lists and waiting dossiers, written in the transaction that appends events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from motcua_events import Connection, Pool
from motcua_events.contracts import (
    CalendarDayOverridden,
    EventData,
    ListingChanged,
    ProcedureRegistered,
)
from motcua_events.event import Event

from ._sql import sql
from .codes import short_procedure
from .domain.dossier import Dossier
from .domain.index import Index
from .domain.intake import DOSSIER, State
from .domain.terms import register_name


async def learn(index: Index, pool: Pool) -> None:
    """Bring the index up with what is registered now."""
    for row in await pool.fetch(sql("index")):
        if row["kind"] == "procedure":
            index.note_procedure(row["id"])
        else:
            index.note_agency(row["id"], row["calendar"])


async def project(conn: Connection, states: Mapping[str, State], events: Sequence[Event]) -> None:
    """Bring the tables to the states that the new events led to."""
    dossiers = {event.data.stream for event in events if event.data.stream.startswith(DOSSIER)}
    entries = [event for event in events if event.data.stream not in dossiers]
    if entries:
        latest = {_place(event.data): event.data for event in entries}
        rows = [_entry(place, data) for place, data in latest.items()]
        await conn.execute(sql("save_catalogue"), *_columns(rows))
    if dossiers:
        rows = [_row(stream, states[stream]) for stream in dossiers]
        await conn.execute(sql("save_dossiers"), *_columns(rows))


def _place(data: EventData) -> tuple[str, str, str]:
    kind = "day" if isinstance(data, CalendarDayOverridden) else data.KIND
    return (kind, data.entity, register_name(data))


def _entry(place: tuple[str, str, str], data: EventData) -> tuple[object, ...]:
    return (*place, _short(data), data.model_dump_json())


def _short(data: EventData) -> str | None:
    if isinstance(data, ProcedureRegistered | ListingChanged):
        return short_procedure(data.procedure)
    return None


def _row(stream: str, state: State) -> tuple[object, ...]:
    assert isinstance(state, Dossier)
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
