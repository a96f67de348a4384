"""The floor: read every event in batches and validate it, and do nothing with it."""

from __future__ import annotations

import uuid

import uvloop
from aiokafka import AIOKafkaConsumer

from benchmarks.peers.settings import BOOTSTRAP, EVENTS, TOPICS, Stopwatch
from motcua_events import decode


async def main() -> None:
    """Reads until all events are met."""
    consumer = AIOKafkaConsumer(
        *TOPICS, bootstrap_servers=BOOTSTRAP, group_id=f"floor-{uuid.uuid4()}",
        auto_offset_reset="earliest", enable_auto_commit=False,
    )  # fmt: skip
    await consumer.start()
    watch = Stopwatch()
    while watch.events < EVENTS:
        for partition, records in (
            await consumer.getmany(timeout_ms=200, max_records=2000)
        ).items():
            watch.count(len(records))
            for record in records:
                decode(partition.topic, record.headers, record.value)
    watch.tell()
    await consumer.stop()


uvloop.run(main())
