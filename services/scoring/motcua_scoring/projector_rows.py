"""The projector's rows: states read, and what a batch changes written, in multi-row statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from motcua_events import Connection, VersionConflict, contracts
from motcua_events._types import Row

from ._sql import sql
from .bundles import Bundle
from .delta import Delta, Move, State
from .facts import Entity, from_json, to_json
from .measures import counted_as

CATALOGUE = ("agency", "procedure", "scale", "assessment")
"""Kinds whose latest data is kept readable in the table ``catalogue``."""


class Overtaken(VersionConflict):
    """Another transaction inserted an entity first; nothing of this batch may be kept."""


async def load(conn: Connection, entities: Sequence[Entity]) -> tuple[str, dict[Entity, State]]:
    """The version by which everything is counted, and the stored states of the entities."""
    found = await conn.fetch(sql("load_entities"), *_columns(entities, 2))
    stored = (row for row in found if row["kind"] is not None)
    states = {(one := Entity(row["kind"], row["id"])): state(one, row) for row in stored}
    return found[0]["version"], states


async def save(conn: Connection, moves: Sequence[Move], change: Delta) -> None:
    """Write the moves (sorted by entity) and what they come to. Raises Overtaken."""
    if await _write(conn, _entities(moves), change) != len(moves):
        raise Overtaken
    await _save_catalogue(conn, moves)


async def save_delta(conn: Connection, change: Delta) -> None:
    """Write tallies and their bundles, places and marks."""
    await _write(conn, [], change)


def state(entity: Entity, row: Row) -> State:
    """A stored entity."""
    facts = from_json(row["facts"])
    counted = counted_as(entity, facts)
    arrivals = {id_: (sent, applied) for id_, (sent, applied) in _json(row["arrivals"]).items()}
    return State(row["revision"], row["shard"], facts, counted, arrivals)


async def _write(conn: Connection, entities: Sequence[Sequence[Any]], change: Delta) -> int:
    """One statement for all, so that a batch waits for the server once. How many entities."""
    here = [(*cell, *one, bundle) for (cell, one), bundle in change.places.items() if bundle]
    gone = [(*cell, *one) for (cell, one), bundle in change.places.items() if bundle is None]
    tallies = [(*cell, bundle, shard, n) for (cell, bundle, shard), n in change.tallies.items()]
    marks = [(*one, event.id, event.traceparent) for one, event in change.marks.items()]
    written: int = await conn.fetchval(
        sql("save_batch"),
        *_columns(entities, 6), *_columns(_lines(change.bundles), 6), *_columns(tallies, 7),
        *_columns(here, 7), *_columns(gone, 6), *_columns(marks, 5),
    )  # fmt: skip
    towards_zero = [tally[:6] for tally in tallies if tally[6] < 0]
    if towards_zero:
        await conn.execute(sql("drop_zero_tallies"), *_columns(towards_zero, 6))
    return written


def _entities(moves: Sequence[Move]) -> list[tuple[Any, ...]]:
    return [
        (*one.entity, one.after.shard, one.after.revision, to_json(one.after.facts).decode(),
         orjson.dumps(one.after.arrivals).decode())
        for one in moves
    ]  # fmt: skip


def _lines(bundles: Mapping[bytes, Bundle]) -> list[tuple[Any, ...]]:
    return [(id_, *line) for id_, bundle in sorted(bundles.items()) for line in bundle.entries]


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


def _json(text: str) -> Any:
    return orjson.loads(text)


def _columns(values: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    columns = [list(column) for column in zip(*values, strict=True)]
    return columns or [[] for _ in range(width)]
