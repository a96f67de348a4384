"""Rebuilding the projection from the event stores while the live one goes on.

Everything ever published is projected anew, by the same code, into tables of their own; only what
was parked and discarded is left out. Then the
live projection is held for a moment: what came meanwhile is added, what the live one has still to
receive is applied to it as well (it counts events once, so their arrival changes nothing), and both
are compared row by row. Equal ones prove the live projection; different ones replace it in one
transaction if that was asked for. Readers never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import orjson

from motcua_events import Connection, EventsError, Received
from motcua_events._batch import reason_of
from motcua_events._isolation import Isolation, is_poison
from motcua_events.contracts import SCORING_TOPICS
from motcua_events.kafka import partition_of
from motcua_events.parking import discarded
from motcua_events.replay import Cursor, page

from . import rebuild_tables as tables
from .facts import from_json
from .projector import COUNTING, apply
from .rebuild_tables import Differences

LOCK = 0x6D6F7472
HOLD = "select version from counting for update"
COUNT = "select count(*) from events where topic = any($1::text[])"
PARTITIONS = "select topic, max(partition) + 1 as n from offsets group by topic"

Told = Callable[[int, int], None]
"""Told how many events of how many are projected."""


class NotRebuilt(EventsError):
    """The live projection was left as it is; the message says why."""


class _Left(Exception):
    """The projections differ and the live one stays as it was: the transaction is rolled back."""


@dataclass
class Rebuilt:
    """What a rebuild came to. ``left_out`` maps events that could not be applied to the reason."""

    events: int = 0
    unknown: int = 0
    ahead: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    differences: Differences = field(default_factory=lambda: Differences({}))
    taken_over: bool = False


class Rebuild:
    """One rebuild on a connection of its own; ``sources`` are the services' databases by name.

    ``take_over`` says what to do when the live projection differs: replace it, or leave it.
    """

    def __init__(
        self,
        conn: Connection,
        sources: Mapping[str, Connection],
        *,
        take_over: bool = False,
        told: Told = lambda _, __: None,
    ) -> None:
        self._conn = conn
        self._sources = sources
        self._take_over = take_over
        self._told = told
        self._total = 0
        self._after = dict.fromkeys(sources, Cursor())
        self._partitions: dict[str, int] = {}
        self._discarded: set[str] = set()
        self.result = Rebuilt()

    async def run(self) -> Rebuilt:
        """Raises NotRebuilt when another rebuild runs, or the code is not the one that counts."""
        if not await self._conn.fetchval("select pg_try_advisory_lock($1)", LOCK):
            raise NotRebuilt("another rebuild is running")
        try:
            return await self._run()
        finally:
            await tables.drop(self._conn)
            await self._conn.execute("select pg_advisory_unlock($1)", LOCK)

    async def _run(self) -> Rebuilt:
        for source in self._sources.values():
            self._total += await source.fetchval(COUNT, SCORING_TOPICS)
        rows = await self._conn.fetch(PARTITIONS)
        self._partitions = {row["topic"]: row["n"] for row in rows}
        self._discarded = await discarded(self._conn)
        await tables.create(self._conn)
        await self._catch_up()
        with suppress(_Left):
            await self._finish()
        return self.result

    async def _finish(self) -> None:
        async with self._conn.transaction():
            if await self._conn.fetchval(HOLD) != COUNTING:
                raise NotRebuilt("everything is counted by another version of the code")
            await self._catch_up()
            await self._bring_live_up()
            await self._compare()

    async def _catch_up(self) -> None:
        """Projects what the stores hold by now into the rebuilt tables."""
        await tables.to_rebuilt(self._conn)
        for name, source in self._sources.items():
            while True:
                found = await page(
                    source, f"/{name}", SCORING_TOPICS, self._after[name], self._partition
                )
                self._after[name] = found.after
                self.result.unknown += found.unknown
                if found.end:
                    break
                await self._project(found.received)
                self.result.events += len(found.received)
                self._told(self.result.events, max(self._total, self.result.events))

    def _partition(self, topic: str, key: bytes) -> int:
        return partition_of(key, self._partitions.get(topic, 6))

    async def _project(self, found: Sequence[Received]) -> None:
        received = [one for one in found if one.event.id not in self._discarded]
        async with self._conn.transaction():
            isolation = Isolation(
                self._conn, apply, lambda one: (one.topic, one.event.data.key.encode()),
                {},
            )  # fmt: skip
            try:
                await isolation.run(received)
            except Exception as trouble:
                if is_poison(trouble):
                    raise NotRebuilt(f"nothing can be applied: {reason_of(trouble)}") from trouble
                raise
        for one, error in isolation.withheld:
            self.result.left_out[one.event.id] = f"{type(error).__name__}: {error}"

    async def _bring_live_up(self) -> None:
        """Applies to the live tables what they have still to receive."""
        missing: list[Received] = []
        for row in await self._conn.fetch(tables.ENTITIES):
            met = orjson.loads(row["met"]) if row["met"] else {}
            new = from_json(row["new"]).values() if row["new"] else ()
            for event in {event.id: event for event in new}.values():
                if event.id not in met and event.data.TOPIC is not None:
                    topic, key = event.data.TOPIC, event.data.key.encode()
                    partition = self._partition(topic, key)
                    missing.append(Received(event, topic, partition, 0, event.recorded_at))
        if missing:
            await tables.to_live(self._conn)
            await apply(self._conn, missing)
        self.result.ahead = len(missing)

    async def _compare(self) -> None:
        await tables.to_live(self._conn)
        self.result.differences = await tables.differences(self._conn)
        if self.result.differences.equal:
            return
        if not self._take_over:
            raise _Left
        await tables.take_over(self._conn)
        left = await tables.differences(self._conn)
        if not left.equal:
            raise NotRebuilt(f"still different after taking over: {left}")
        self.result.taken_over = True
