"""Event contracts and plumbing of motcua: CloudEvents on Kafka, event store, relay, consumer."""

from __future__ import annotations

from ._sql import MIGRATIONS
from ._types import Connection, Pool
from .cloudevents import Message, decode, encode
from .consumer import Consumer, Received
from .errors import (
    ClusterChanged,
    DecodeError,
    EventsError,
    Fenced,
    PositionLost,
    StoreError,
    TransportError,
    Undecodable,
    UnequalPartitions,
    UnknownType,
    VersionConflict,
)
from .event import Change, Event, later_than
from .kafka import (
    AiokafkaPort,
    AiokafkaProducer,
    KafkaConfig,
    KafkaSecurity,
    cluster_id,
    ensure_topics,
)
from .ports import AssignmentListener, ConsumerPort, ProducerPort, Record, TopicPartition
from .relay import Backlog, Relay, republish
from .store import EventStore

__all__ = [
    "MIGRATIONS",
    "AiokafkaPort",
    "AiokafkaProducer",
    "AssignmentListener",
    "Backlog",
    "Change",
    "ClusterChanged",
    "Connection",
    "Consumer",
    "ConsumerPort",
    "DecodeError",
    "Event",
    "EventStore",
    "EventsError",
    "Fenced",
    "KafkaConfig",
    "KafkaSecurity",
    "Message",
    "Pool",
    "PositionLost",
    "ProducerPort",
    "Received",
    "Record",
    "Relay",
    "StoreError",
    "TopicPartition",
    "TransportError",
    "Undecodable",
    "UnequalPartitions",
    "UnknownType",
    "VersionConflict",
    "cluster_id",
    "decode",
    "encode",
    "ensure_topics",
    "later_than",
    "republish",
]
