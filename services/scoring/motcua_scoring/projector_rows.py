"""The projector's rows: states read, and what a batch changes written, in multi-row statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from motcua_events import Connection, Event, VersionConflict, contracts
from motcua_events._types import Row

from ._sql import sql
from .bundles import Bundle
from .delta import Delta, Mark, Move, Place, State, Tally
from .facts import Entity, from_json, to_json
from .measures import counted_as

CATALOGUE = ("agency", "procedure", "scale", "assessment")
"""Kinds whose latest data is kept readable in the table ``catalogue``."""


class Overtaken(VersionConflict):
    """Another transaction inserted an entity first; nothing of this batch may be kept."""


async def load(conn: Connection, entities: Sequence[Entity]) -> dict[Entity, State]:
    """The stored states of the entities, locked until the transaction ends. ``entities`` sorted."""
    found = await conn.fetch(sql("load_entities"), *_columns(entities, 2))
    return {(one := Entity(row["kind"], row["id"])): state(one, row) for row in found}


async def save(conn: Connection, moves: Sequence[Move], change: Delta) -> None:
    """Write the moves (sorted by entity) and what they come to. Raises Overtaken."""
    await _save_entities(conn, moves)
    await _save_catalogue(conn, moves)
    await save_delta(conn, change)


async def save_delta(conn: Connection, change: Delta) -> None:
    """Write tallies and their bundles, places and marks."""
    await _save_bundles(conn, change.bundles)
    if change.tallies:
        await _add_tallies(conn, change.tallies)
    await _save_places(conn, change.places)
    if change.marks:
        await _mark(conn, change.marks)


def state(entity: Entity, row: Row) -> State:
    """A stored entity."""
    facts = from_json(row["facts"])
    counted = counted_as(entity, facts)
    arrivals = {id_: (sent, applied) for id_, (sent, applied) in _json(row["arrivals"]).items()}
    return State(row["revision"], row["shard"], facts, counted, arrivals)


async def _mark(conn: Connection, marks: Mapping[Mark, Event]) -> None:
    values = [(*one, event.id, event.traceparent) for one, event in marks.items()]
    await conn.execute(sql("mark_dirty"), *_columns(values, 5))


async def _save_entities(conn: Connection, moves: Sequence[Move]) -> None:
    values = [
        (*one.entity, one.after.shard, one.after.revision, to_json(one.after.facts).decode(),
         orjson.dumps(one.after.arrivals).decode())
        for one in moves
    ]  # fmt: skip
    status = await conn.execute(sql("save_entities"), *_columns(values, 6))
    if int(status.rpartition(" ")[2]) != len(values):
        raise Overtaken


async def _save_catalogue(conn: Connection, moves: Sequence[Move]) -> None:
    values = [
        (*one.entity, getattr(data, "agency", None), data.model_dump_json())
        for one in moves
        if (data := _registered(one)) is not None
    ]
    if values:
        await conn.execute(sql("save_catalogue"), *_columns(values, 4))


def _registered(one: Move) -> contracts.EventData | None:
    kind = one.entity.kind
    event = one.after.facts.get(kind) if kind in CATALOGUE else None
    return None if event is None else event.data


async def _save_bundles(conn: Connection, new: Mapping[bytes, Bundle]) -> None:
    if not new:
        return
    known = {row["bundle"] for row in await conn.fetch(sql("known_bundles"), list(new))}
    values = [
        (id_, *line)
        for id_, bundle in sorted(new.items())
        if id_ not in known
        for line in bundle.entries
    ]
    if values:
        await conn.execute(sql("save_bundles"), *_columns(values, 6))


async def _add_tallies(conn: Connection, tallies: Mapping[Tally, int]) -> None:
    values = [(*cell, bundle, shard, n) for (cell, bundle, shard), n in tallies.items()]
    await conn.execute(sql("add_tallies"), *_columns(values, 7))
    towards_zero = [value[:6] for value in values if value[6] < 0]
    if towards_zero:
        await conn.execute(sql("drop_zero_tallies"), *_columns(towards_zero, 6))


async def _save_places(conn: Connection, places: Mapping[Place, bytes | None]) -> None:
    gone = [(*cell, *entity) for (cell, entity), bundle in places.items() if bundle is None]
    here = [(*cell, *entity, bundle) for (cell, entity), bundle in places.items() if bundle]
    if gone:
        await conn.execute(sql("drop_places"), *_columns(gone, 6))
    if here:
        await conn.execute(sql("save_places"), *_columns(here, 7))


def _json(text: str) -> Any:
    return orjson.loads(text)


def _columns(values: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    columns = [list(column) for column in zip(*values, strict=True)]
    return columns or [[] for _ in range(width)]
