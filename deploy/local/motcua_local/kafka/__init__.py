"""Apache Kafka on this machine: a single KRaft broker from Maven's jars."""

from .broker import ApacheKafka, KafkaUnavailable

__all__ = ["ApacheKafka", "KafkaUnavailable"]
