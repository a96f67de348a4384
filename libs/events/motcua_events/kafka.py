"""Kafka through aiokafka: settings, topics, and the adapters of both ports.

Two kinds of broker are served. A *durable* one (Apache Kafka) gets the idempotent producer and
consumer groups with the range assignor. The embedded one of the development setup (Tansu) has
neither a sound idempotent producer nor sound group rejoins, and does not wake a waiting fetch: it
gets a plain producer that waits for all replicas, one consumer per name that takes every partition,
and short fetches.
"""

from __future__ import annotations

from ._kafka_admin import TOPICS, add_partitions, cluster_id, ends, ensure_topics
from ._kafka_client import KafkaConfig
from ._kafka_consumer import AiokafkaPort
from ._kafka_producer import AiokafkaProducer, partition_of
from ._kafka_security import KafkaSecurity, Mechanism, Protocol

__all__ = [
    "TOPICS",
    "AiokafkaPort",
    "AiokafkaProducer",
    "KafkaConfig",
    "KafkaSecurity",
    "Mechanism",
    "Protocol",
    "add_partitions",
    "cluster_id",
    "ends",
    "ensure_topics",
    "partition_of",
]
