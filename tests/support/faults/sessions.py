"""Shorter sessions with Kafka's groups: who died or froze is given up after 4 seconds, not 10."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer

SESSION = 4.0
"""Seconds."""

BROKER = {"group.min.session.timeout.ms": "1000"}
"""What the broker has to be told for that."""


def shorten() -> None:
    """The consumers of this process have short sessions from now on."""
    AIOKafkaConsumer.__init__.__kwdefaults__.update(
        session_timeout_ms=int(SESSION * 1000), heartbeat_interval_ms=int(SESSION * 250)
    )
