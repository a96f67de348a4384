"""The event envelope: a contract's data with its identity, time and trace context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from .contracts import EventData


class Event(NamedTuple):
    """One recorded event.

    ``time`` is when it happened (CloudEvents ``time``): of two records of the same thing the later
    by (time, id) wins, and a service never gives a newer record of a thing an older time.
    ``recorded_at`` is when its service stored it. ``traceparent`` is the W3C context of the request
    that caused it.
    """

    id: str
    time: datetime
    data: EventData
    source: str
    recorded_at: datetime
    traceparent: str | None = None

    @property
    def type(self) -> str:
        return self.data.TYPE

    @property
    def stamp(self) -> tuple[datetime, str]:
        """What decides between two records of the same thing."""
        return (self.time, self.id)


def later_than(now: datetime, previous: datetime | None) -> datetime:
    """The time of a record that replaces one of time ``previous``: now, yet always later.

    ``now`` itself when there is no previous record.
    """
    return now if previous is None else max(now, previous + timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class Change:
    """An event to record, as a pure decision states it.

    ``time`` is when it happened (with an offset from UTC). An ``id`` makes the append idempotent:
    if an event of that id is recorded already, the change records nothing. A ``traceparent`` is
    recorded instead of the append's.
    """

    data: EventData
    time: datetime
    id: str | None = None
    traceparent: str | None = None

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise ValueError(f"{self.data.TYPE}: the time needs an offset from UTC")
