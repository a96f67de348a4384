"""The subscriber with a consumer that moves its offsets without comparing them."""

from __future__ import annotations

import asyncio

from faults import sessions
from faults.subscriber import main

from motcua_events import Consumer, consumer
from motcua_events._sql import sql

MOVE = """
update offsets
set next_offset = mine.next, saved_at = now()
from unnest($3::text[], $4::integer[], $5::bigint[], $6::bigint[])
    as mine (topic, partition, expected, next)
where offsets.consumer = $1 and offsets.cluster_id = $2
    and offsets.topic = mine.topic and offsets.partition = mine.partition
"""


def unfenced(name: str) -> str:
    """The product's statements, but for one."""
    return MOVE if name == "offsets_move" else sql(name)


if __name__ == "__main__":
    sessions.shorten()
    consumer.sql = unfenced  # type: ignore[attr-defined]
    asyncio.run(main(Consumer))
