"""What comes next from the partitions held, decoded; in step by time while much is waiting."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from ._batch import Read
from .cloudevents import decode
from .errors import DecodeError
from .event import Event
from .ports import ConsumerPort, Record, TopicPartition

FAR = 5_000
"""Messages waiting from which on partitions are read in step."""

BLOCK = 3_000
"""Messages of a partition that are enough to go on with."""

_PATIENCE = 0.2
_SLICE = 200
_FIRST = datetime.min.replace(tzinfo=UTC)


class _Held(NamedTuple):
    """A message read and not given out yet; ``at`` never decreases within a partition."""

    record: Record
    event: Event | DecodeError
    at: datetime


class Reader:
    """Reads from the positions given last.

    While few messages wait, a read is what one poll gives. While many do, topics would drift apart:
    a block of a quiet one spans months, of a busy one days, and events of one thing would be
    applied far from each other. Then a read is everything that happened up to the moment to which
    all partitions have been read, from a block of each or more.
    """

    def __init__(self, port: ConsumerPort, max_records: int) -> None:
        self._port = port
        self._max_records = max_records
        self._next: dict[TopicPartition, int] = {}
        self._held: dict[TopicPartition, deque[_Held]] = {}
        self.ends: dict[TopicPartition, int] = {}

    def begin(
        self, positions: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> None:
        """Forgets all that was read, and seeks the positions. ``ends`` as far as known."""
        self._next, self.ends = dict(positions), dict(ends)
        self._held.clear()
        for partition, offset in positions.items():
            self._port.seek(partition, offset)

    def note_ends(self) -> None:
        """Learns how much there is to read."""
        for partition in self._next:
            end = self._port.highwater(partition)
            if end is not None:
                self.ends[partition] = end

    async def read(self) -> Read:
        """The next messages by partition, in order; empty if none came for a while."""
        if not self._held and self._waiting() < FAR:
            return await self._polled(None, self._max_records)
        return await self._in_step()

    async def _in_step(self) -> Read:
        read: Read = {}
        while sum(map(len, read.values())) < self._max_records:
            await self._fill()
            if not (more := self._given_out(self._moment())):
                break
            for partition, part in more.items():
                read.setdefault(partition, []).extend(part)
        return read

    def _waiting(self) -> int:
        return sum(max(0, self.ends.get(one, 0) - at) for one, at in self._next.items())

    def _more(self, partition: TopicPartition) -> bool:
        return self._next[partition] < self.ends.get(partition, 0)

    async def _fill(self) -> None:
        """Something of every partition that has more; one that stays silent is not waited for."""
        while any(self._more(one) and not self._held.get(one) for one in self._next):
            short = [
                one
                for one in self._next
                if self._more(one) and len(self._held.get(one, ())) < BLOCK
            ]
            found = await self._polled(short, BLOCK * len(short))
            if not found:
                return
            for partition, pairs in found.items():
                self._hold(partition, pairs)

    def _hold(
        self, partition: TopicPartition, pairs: Iterable[tuple[Record, Event | DecodeError]]
    ) -> None:
        held = self._held.setdefault(partition, deque())
        at = held[-1].at if held else _FIRST
        for record, event in pairs:
            if isinstance(event, Event) and event.time > at:
                at = event.time
            held.append(_Held(record, event, at))

    def _moment(self) -> datetime | None:
        """The moment that all partitions have been read to; None once all is read."""
        return min(
            (held[-1].at for one, held in self._held.items() if held and self._more(one)),
            default=None,
        )

    def _given_out(self, until: datetime | None) -> Read:
        read: Read = {}
        for partition, held in list(self._held.items()):
            part = read[partition] = []
            while held and (until is None or held[0].at <= until):
                record, event, _ = held.popleft()
                part.append((record, event))
            if not held:
                del self._held[partition]
        return {partition: part for partition, part in read.items() if part}

    async def _polled(
        self, partitions: Collection[TopicPartition] | None, max_records: int
    ) -> Read:
        found = await self._port.poll(
            timeout=_PATIENCE, max_records=max_records, partitions=partitions
        )
        read: Read = {}
        for partition, records in found.items():
            read[partition] = await _decoded(partition.topic, records)
            self._next[partition] = records[-1].offset + 1
        return read


async def _decoded(
    topic: str, records: Sequence[Record]
) -> list[tuple[Record, Event | DecodeError]]:
    pairs: list[tuple[Record, Event | DecodeError]] = []
    for record in records:
        pairs.append((record, _event(topic, record)))
        if len(pairs) % _SLICE == 0:
            await asyncio.sleep(0)
    return pairs


def _event(topic: str, record: Record) -> Event | DecodeError:
    try:
        return decode(topic, record.headers, record.value)
    except DecodeError as error:
        return error
