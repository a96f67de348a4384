"""A producer that is not the newest of its name: what it still sends is refused."""

from __future__ import annotations

import uuid

import pytest

from motcua_events import AiokafkaProducer, Fenced, KafkaConfig, Message
from motcua_events import _kafka_producer as adapter
from motcua_events.kafka import ends


def message(topic: str, value: str) -> Message:
    return Message(topic, b"key", value.encode(), [])


@pytest.mark.kafka
@pytest.mark.asyncio
async def test_what_a_frozen_relay_still_sends_does_not_follow_what_its_successor_sent(
    apache_kafka: str,
) -> None:
    config = KafkaConfig(apache_kafka, durable=True, partitions=1)
    topic, name = f"fenced-{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    frozen, successor = AiokafkaProducer(config, name), AiokafkaProducer(config, name)
    await frozen.start()
    await frozen.ensure([topic])
    await frozen.send([message(topic, "1")])
    await successor.start()
    await successor.send([message(topic, "1"), message(topic, "2")])
    with pytest.raises(Fenced):
        await frozen.send([message(topic, "1")])
    await successor.send([message(topic, "3")])
    assert set((await ends(config, [topic])).values()) == {4}
    await frozen.stop()
    await successor.stop()


@pytest.mark.kafka
@pytest.mark.asyncio
async def test_a_name_is_told_anew_before_the_broker_forgets_it(
    apache_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = KafkaConfig(apache_kafka, durable=True, partitions=1)
    topic = f"renewed-{uuid.uuid4().hex[:8]}"
    producer = AiokafkaProducer(config, uuid.uuid4().hex)
    await producer.start()
    await producer.ensure([topic])
    first = producer._producer
    await producer.send([message(topic, "1")])
    assert producer._producer is first
    monkeypatch.setattr(adapter, "_EPOCH_AGE", 0.0)
    await producer.send([message(topic, "2")])
    assert producer._producer is not first
    assert set((await ends(config, [topic])).values()) == {2}
    await producer.stop()
