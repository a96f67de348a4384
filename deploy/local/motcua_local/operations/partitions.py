"""``motcua partitions``: the dossier topics get more partitions, and no key loses its order.

A key's events before and after lie in different partitions. So that they are applied in order, the
relays pause, everything published is consumed, and only then the partitions are added. Relays then
start anew, with the new number; consumers find the new partitions within seconds and read them
from offset 0. What scoring counts for a dossier moves to the new partition with its next event.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

from motcua_events.contracts import DOSSIER_TOPICS
from motcua_events.kafka import KafkaConfig, add_partitions, cluster_id, ends
from motcua_events.ports import TopicPartition
from motcua_events.relay import paused
from motcua_local.errors import LocalError
from motcua_local.progress import Step

from .databases import Connection, databases

PUBLISHERS = ("intake", "workflow", "feedback")
STEPS = len(PUBLISHERS) + 3
PATIENCE = 60.0
"""Seconds to wait until relays pause and everything published is consumed."""

OFFSETS = """
select consumer, topic, partition, next_offset from offsets
where cluster_id = $1 and topic = any($2::text[])
"""


async def grown(data: Path, partitions: int, step: Step, patience: float = PATIENCE) -> int:
    """Gives the dossier topics that many partitions; how many each had.

    Raises LocalError, with nothing changed, when consumers do not get through in time, and
    EventsError when the broker cannot do it or there would not be more.
    """
    async with databases(data) as (state, found):
        config = KafkaConfig(state.broker)
        step("asking the broker")
        await add_partitions(config, partitions, only_ask=True)
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(patience):
                    for name in PUBLISHERS:
                        step(f"pausing the relay of {name}")
                        await stack.enter_async_context(paused(found[name]))
            except TimeoutError:
                raise LocalError("a relay did not pause; nothing was changed") from None
            step("waiting until everything published is consumed")
            await _consumed(config, found.values(), patience)
            step("adding partitions")
            return await add_partitions(config, partitions)


async def _consumed(
    config: KafkaConfig, connections: Iterable[Connection], patience: float
) -> None:
    cluster, after = await cluster_id(config), await ends(config, DOSSIER_TOPICS)
    until = time.monotonic() + patience
    found = list(connections)
    while behind := await _behind(found, cluster, after):
        if time.monotonic() > until:
            raise LocalError(f"{behind} does not get through; nothing was changed")
        await asyncio.sleep(0.1)


async def _behind(
    connections: Iterable[Connection], cluster: str, after: dict[TopicPartition, int]
) -> str | None:
    """A consumer that has something left to consume, or None."""
    for conn in connections:
        for row in await conn.fetch(OFFSETS, cluster, list(DOSSIER_TOPICS)):
            if row["next_offset"] < after[TopicPartition(row["topic"], row["partition"])]:
                return f"{row['consumer']} on {row['topic']}"
    return None
