"""Servers that come with the Python packages: PostgreSQL and a Kafka-protocol broker."""

from .broker import Broker
from .postgres import DATABASES, Postgres

__all__ = ["DATABASES", "Broker", "Postgres"]
