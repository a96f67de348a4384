"""A batch of messages on its way through the consumer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

from ._types import Connection
from .errors import DecodeError
from .event import Event
from .ports import Record, TopicPartition

Chain: TypeAlias = tuple[str, bytes]
"""A topic and a key: messages whose order is kept."""

Read: TypeAlias = dict[TopicPartition, list[tuple[Record, Event | DecodeError]]]
"""Messages as they were read, in the order of each partition, with what they say."""

Place: TypeAlias = tuple[str, int, int]
"""Topic, partition and offset."""


class Received(NamedTuple):
    """An event with the place and time at which Kafka took it in."""

    event: Event
    topic: str
    partition: int
    offset: int
    sent_at: datetime

    @property
    def place(self) -> Place:
        return (self.topic, self.partition, self.offset)


Apply: TypeAlias = Callable[[Connection, Sequence[Received]], Awaitable[None]]
AfterCommit: TypeAlias = Callable[[Sequence[Received]], Awaitable[None]]


class Behind(Exception):
    """An earlier message of the same key is parked."""

    def __init__(self) -> None:
        super().__init__("an earlier message of this key is parked")


class Withheld(NamedTuple):
    """A message that is parked, and why."""

    partition: TopicPartition
    record: Record
    error: Exception


class Move(NamedTuple):
    """From which stored offset to which one a partition moves with a batch."""

    expected: int
    next: int


@dataclass(slots=True)
class Work:
    """A decoded batch.

    ``isolating`` is set once the batch as a whole could not be applied; ``poison`` holds the events
    found guilty, ``applied`` what the last attempt applied and ``withheld`` what it left out.
    """

    found: Read = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    parked: list[Withheld] = field(default_factory=list)
    moves: dict[TopicPartition, Move] = field(default_factory=dict)
    isolating: bool = False
    poison: dict[Place, Exception] = field(default_factory=dict)
    applied: Sequence[Received] = ()
    withheld: list[Withheld] = field(default_factory=list)

    def set_aside(self) -> list[Withheld]:
        """Everything to be parked, in the order of each partition."""
        both = [*self.parked, *self.withheld]
        return sorted(both, key=lambda one: (one.partition, one.record.offset))

    def record(self, received: Received) -> Record:
        """The message an event came in."""
        partition = TopicPartition(received.topic, received.partition)
        return next(one for one, _ in self.found[partition] if one.offset == received.offset)


def chain_of(topic: str, key: bytes | None) -> Chain | None:
    """What keeps its order with a message; None for one without a key."""
    return None if key is None else (topic, key)


def instant(millis: int) -> datetime:
    """A broker's timestamp (milliseconds since 1970)."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def reason_of(error: Exception) -> str:
    """Why something is parked, as PostgreSQL can store it: one line, 2,000 characters at most."""
    return (str(error) or type(error).__name__).replace("\x00", "")[:2000]
