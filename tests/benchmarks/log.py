"""The event log on Kafka."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from aiokafka import AIOKafkaProducer

from motcua_events.cloudevents import Headers
from motcua_events.contracts import SCORING_TOPICS
from motcua_events.kafka import TOPICS, KafkaConfig, ensure_topics

from .counting import Table
from .year import PARTITIONS, Copy, Year

CHUNK = 50_000
BATCH_BYTES = 256 * 1024
Lane = tuple[str, int]
Lanes = dict[Lane, list[tuple[bytes, bytes, Headers]]]


@dataclass(slots=True)
class Log:
    """Topics of ours, or others of the same content whose names begin with ``prefix``.

    ``reached`` says how far each copy of the year was told.
    """

    bootstrap: str
    year: Year
    prefix: str = ""
    events: int = 0
    reached: dict[int, int] = field(default_factory=dict)

    @property
    def topics(self) -> list[str]:
        """The topics."""
        return [self.prefix + topic for topic in SCORING_TOPICS]

    def counted(self) -> tuple[Table, int]:
        """What counting the log must give, and how many dossiers it has."""
        return self.year.counted(self.reached)

    async def write(self, copies: Iterable[Copy]) -> None:
        """Append events."""
        config = KafkaConfig(self.bootstrap, durable=True, partitions=PARTITIONS)
        await ensure_topics(config, topics=self.topics if self.prefix else TOPICS)
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, enable_idempotence=True, max_batch_size=BATCH_BYTES
        )
        rest = iter(copies)
        await producer.start()
        try:
            while chunk := list(islice(rest, CHUNK)):
                lanes = self._lanes(chunk)
                await asyncio.gather(*(_send(producer, *each) for each in lanes.items()))
        finally:
            await producer.stop()

    def _lanes(self, chunk: Sequence[Copy]) -> Lanes:
        lanes: Lanes = defaultdict(list)
        templates, prefix = self.year.templates, self.prefix
        for position, number in chunk:
            one = templates[position]
            lanes[prefix + one.topic, one.partition].append(one.copy(number))
            self.reached[number] = position + 1
        self.events += len(chunk)
        return lanes


async def _send(
    producer: AIOKafkaProducer, lane: Lane, messages: list[tuple[bytes, bytes, Headers]]
) -> None:
    topic, partition = lane
    now, done = int(time.time() * 1000), 0
    while done < len(messages):
        batch = producer.create_batch()
        for key, value, headers in islice(messages, done, None):
            if batch.append(key=key, value=value, timestamp=now, headers=headers) is None:
                break
            done += 1
        await (await producer.send_batch(batch, topic, partition=partition))


def file(path: Path, year: Year, copies: Iterator[Copy]) -> dict[int, int]:
    """Events as lines of JSON (key, type, data); how far each copy was told."""
    reached: dict[int, int] = {}
    with path.open("w", encoding="utf-8") as lines:
        for position, number in copies:
            one = year.templates[position]
            key, value, _ = one.copy(number)
            lines.write(json.dumps([key.decode(), one.event.type, value.decode()]) + "\n")
            reached[number] = position + 1
    return reached
