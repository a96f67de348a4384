"""The projector: whole batches of events into entities, measures, places and dirty marks.

Everything a batch changes is written by one transaction, the consumer's, which moves the offsets
too: after any crash either all of it happened or none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from motcua_events import Connection, EventsError, Received

from . import projector_rows as rows
from .delta import Move, State, delta, move
from .facts import Entity, entity_of

SLICE = 100
"""Entities folded before other tasks of the process get a turn."""

COUNTING = "2"
"""How all is counted. Raise it with every change of what they contribute or how it is kept."""

Batch = Mapping[Entity, Sequence[Received]]


class CountedOtherwise(EventsError):
    """Everything is counted by another version of the code: nothing may be added by this one."""


async def apply(conn: Connection, batch: Sequence[Received]) -> None:
    """Write what a batch changes, within the caller's transaction.

    Events of one entity meet in two transactions only while partitions change hands: where another
    transaction wrote a row first, ``Overtaken`` is raised and the batch has to be applied anew.
    Raises CountedOtherwise if this code is not the current one.
    """
    arrived = by_entity(batch)
    if not arrived:
        return
    counted, states = await rows.load(conn, sorted(arrived))
    if counted != COUNTING:
        raise CountedOtherwise(f"counted by version {counted!r}, this code is {COUNTING!r}")
    moves = await _moves(arrived, states, datetime.now(UTC))
    if moves:
        await rows.save(conn, sorted(moves, key=lambda one: one.entity), delta(moves))


def by_entity(batch: Sequence[Received]) -> Batch:
    """The received events that scoring uses, by entity; the entity met last comes last."""
    arrived: dict[Entity, list[Received]] = {}
    for received in batch:
        entity = entity_of(received.event)
        if entity is not None:
            events = arrived.pop(entity, [])
            events.append(received)
            arrived[entity] = events
    return arrived


async def _moves(arrived: Batch, states: Mapping[Entity, State], now: datetime) -> list[Move]:
    moves: list[Move] = []
    for done, (entity, events) in enumerate(arrived.items()):
        if done % SLICE == SLICE - 1:
            await asyncio.sleep(0)
        found = move(entity, states.get(entity, State()), events, now)
        if found is not None:
            moves.append(found)
    return moves
