"""What can go wrong with events.

::

    EventsError
    ├── DecodeError            a Kafka message is not an event this code can read
    │   ├── Undecodable        malformed envelope or data
    │   └── UnknownType        well-formed, of a type or version not known here
    ├── StoreError
    │   └── VersionConflict    another transaction appended to a stream first
    ├── TransportError
    │   ├── PositionLost       the broker no longer has (or never had) an offset: locate again
    │   ├── ClusterChanged     the address now leads to another Kafka cluster
    │   └── UnequalPartitions  topics that must have equal partition counts do not
    └── Fenced                 someone else moved the stored offsets or the relay's cursor
"""

from __future__ import annotations


class EventsError(Exception):
    """Base of every error this package raises itself."""


class DecodeError(EventsError):
    """A Kafka message is not an event this code can read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Undecodable(DecodeError):
    """The message's envelope or data is malformed."""


class UnknownType(DecodeError):
    """The message is a CloudEvent of a type or version not known here."""


class StoreError(EventsError):
    """The event store refused."""


class VersionConflict(StoreError):
    """Another transaction appended to a stream between this one's reading and writing it."""


class TransportError(EventsError):
    """Kafka is not as expected."""


class PositionLost(TransportError):
    """The broker does not have the offset asked for; the position must be located again."""


class ClusterChanged(TransportError):
    """The address now leads to another Kafka cluster."""


class UnequalPartitions(TransportError):
    """Topics that must have equal partition counts do not."""


class Fenced(EventsError):
    """Someone else moved the stored offsets or the relay's cursor: what was done is rolled back."""
