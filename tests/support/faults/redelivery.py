"""Messages that were on the topics come once more, in their order or shuffled."""

from __future__ import annotations

import asyncio
import time
from random import Random
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from faults.evidence import partitions

from motcua_events.contracts import SCORING_TOPICS

TRIES = 30


async def deliver_again(bootstrap: str, random: Random, count: int, *, shuffled: bool) -> None:
    """Sends so many messages again; tries for a while where the broker is away."""
    for _ in range(TRIES):
        try:
            found = await _everything(bootstrap)
            chosen = random.sample(range(len(found)), min(count, len(found)))
            order = chosen if shuffled else sorted(chosen)
            await _send(bootstrap, [found[number] for number in order])
        except (KafkaError, OSError, TimeoutError):
            await asyncio.sleep(0.5)
        else:
            return


async def _send(bootstrap: str, records: list[Any]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5) as producer:
        sending = [
            await producer.send(
                record.topic, record.value, record.key, partition=record.partition,
                headers=list(record.headers),
            )
            for record in records
        ]  # fmt: skip
        await asyncio.gather(*sending)


async def _everything(bootstrap: str) -> list[Any]:
    """What the partitions hold, for at most two seconds of reading."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None) as reader:
        wanted = await partitions(bootstrap, SCORING_TOPICS)
        _from_the_beginning(reader, wanted)
        found: list[Any] = []
        until = time.monotonic() + 2.0
        while time.monotonic() < until:
            batch = await reader.getmany(timeout_ms=300)
            found += [record for records in batch.values() for record in records]
            if found and not batch:
                break
    return found


def _from_the_beginning(reader: AIOKafkaConsumer, wanted: list[TopicPartition]) -> None:
    reader.assign(wanted)
    for one in wanted:
        reader.seek(one, 0)
