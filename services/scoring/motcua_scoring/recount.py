"""Counting again: when another version of the code counts facts differently.

What an entity was counted as is not stored; it follows from its facts. So code that counts
otherwise must first count everything again, or it would take back what was never added. No replay
is needed: the facts are here.
"""

from __future__ import annotations

import logging

from motcua_events import Connection, Pool

from . import projector_rows as rows
from ._sql import sql
from .delta import Move, State, delta
from .facts import Entity
from .projector import COUNTING

log = logging.getLogger(__name__)

PAGE = 1_000


async def when_needed(pool: Pool, version: str = COUNTING) -> int:
    """Count everything again if it was counted by another version. Returns how many entities.

    All in one transaction. Batches in hand are waited for; projectors wait for its end, and those
    of the other version stop there.
    """
    async with pool.acquire() as conn, conn.transaction():
        if await conn.fetchval("select version from counting for update") == version:
            return 0
        await conn.execute("truncate tallies, places")
        counted = await _count_all(conn)
        await conn.execute(sql("save_counting"), version)
    if counted:
        log.info("counted %d entities again, by version %s", counted, version)
    return counted


async def _count_all(conn: Connection) -> int:
    counted, after = 0, Entity("", "")
    while page := await conn.fetch(sql("entities_after"), *after, PAGE):
        moves = []
        for row in page:
            after = Entity(row["kind"], row["id"])
            state = rows.state(after, row)
            cause = max(state.facts.values(), key=lambda event: event.stamp)
            moves.append(Move(after, State(shard=state.shard), state, cause))
        await rows.save_delta(conn, delta(moves))
        counted += len(moves)
    return counted
