"""TLS and logins on Apache Kafka: every way in, and what a wrong certificate or password says."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from certificates import Certificates
from needs_kafka import needs_kafka
from secured_kafka import PASSWORD, SCRAM, SecuredKafka

from motcua_events import AiokafkaPort, AiokafkaProducer, KafkaConfig, Message, TransportError
from motcua_events.kafka import KafkaSecurity, add_partitions, cluster_id, ends

pytestmark = [pytest.mark.kafka, pytest.mark.asyncio]

TOPIC = "intake.dossiers"
WAYS = [
    ("SSL", {}),
    *(("SASL_SSL", {"mechanism": mechanism}) for mechanism in ("PLAIN", *SCRAM)),
    ("SASL_PLAINTEXT", {"mechanism": "SCRAM-SHA-256"}),
]


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    secured = SecuredKafka(tmp_path_factory.mktemp("secured"), Path.home() / ".cache" / "motcua")
    with needs_kafka():
        secured.broker.start()
    yield secured
    secured.broker.stop()


class Listener:
    """A consumer's listener that needs to know nothing."""

    async def revoked(self) -> None: ...

    async def assigned(self) -> None: ...


def config(kafka: SecuredKafka, security: KafkaSecurity) -> KafkaConfig:
    address = kafka.bootstrap(security.protocol)
    return KafkaConfig(address, durable=True, partitions=1, security=security)


async def sent_and_read(way: KafkaConfig) -> list[bytes]:
    """Sends a message and reads the topic until it comes."""
    mark = uuid.uuid4().bytes
    producer, port = AiokafkaProducer(way), AiokafkaPort(way, mark.hex())
    seen: list[bytes] = []
    try:
        await producer.start()
        await producer.ensure([TOPIC])
        await producer.send([Message(TOPIC, b"key", mark, [])])
        await port.start([TOPIC], Listener())
        while mark not in seen:
            for partition in port.assignment():
                with suppress(TransportError):
                    port.seek(partition, 0)
            found = await port.poll(timeout=0.2, max_records=100)
            seen += [record.value for records in found.values() for record in records]
    finally:
        await port.stop()
        await producer.stop()
    return seen


@pytest.mark.parametrize(("protocol", "other"), WAYS)
async def test_events_go_through_every_way_in(kafka, protocol, other) -> None:
    way = config(kafka, kafka.security(protocol, **other))
    async with asyncio.timeout(30):
        assert await sent_and_read(way)
        assert await cluster_id(way)
        assert await ends(way, [TOPIC])


@pytest.mark.parametrize(
    ("protocol", "other", "cause"),
    [
        ("SASL_SSL", {"password": "wrong"}, "invalid credentials"),
        ("SASL_SSL", {"mechanism": "PLAIN", "password": "wrong"}, "Invalid username or password"),
        ("SASL_SSL", {"username": "nobody"}, "invalid credentials"),
        ("SASL_SSL", {"ca_file": None}, "CERTIFICATE_VERIFY_FAILED"),
        ("SSL", {"ca_file": None}, "CERTIFICATE_VERIFY_FAILED"),
    ],
)
async def test_who_is_not_let_in_is_told_why(kafka, protocol, other, cause, caplog) -> None:
    way = config(kafka, kafka.security(protocol, **other))
    async with asyncio.timeout(30):
        with pytest.raises(TransportError) as refused:
            await AiokafkaProducer(way).start()
        with pytest.raises(TransportError):
            await add_partitions(way, 2)
    assert cause in caplog.text
    assert PASSWORD not in str(refused.value) + caplog.text


async def test_another_authority_is_not_trusted(kafka, tmp_path) -> None:
    other = kafka.security("SSL", ca_file=Certificates(tmp_path).ca)
    with pytest.raises(TransportError):
        await AiokafkaProducer(config(kafka, other)).start()


async def test_a_client_in_the_clear_is_not_let_in(kafka) -> None:
    way = KafkaConfig(kafka.bootstrap("SASL_SSL"), durable=True)
    async with asyncio.timeout(30):
        with pytest.raises(TransportError):
            await AiokafkaProducer(way).start()
