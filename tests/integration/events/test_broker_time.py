"""The time of a message is the broker's: a service whose clock is wrong can still send."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer

from motcua_events import AiokafkaProducer, KafkaConfig, Message


@pytest.mark.kafka
@pytest.mark.asyncio
async def test_a_clock_that_is_a_day_ahead_does_not_stop_the_relay(
    apache_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = KafkaConfig(apache_kafka, durable=True, partitions=1)
    topic = f"ahead-{uuid.uuid4().hex[:8]}"
    producer = AiokafkaProducer(config)
    await producer.start()
    await producer.ensure([topic])
    now = time.time()
    monkeypatch.setattr("motcua_events._kafka_producer.time.time", lambda: now + 86_400)
    await producer.send([Message(topic, b"key", b"{}", [])])
    await producer.stop()
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=apache_kafka, group_id=None, auto_offset_reset="earliest"
    ) as reader:
        record = await reader.getone()
    assert abs(record.timestamp / 1000 - datetime.now(UTC).timestamp()) < 3600
