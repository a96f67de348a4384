"""Reading in step: what belongs together comes together, and nothing is lost or turned round."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from motcua_events import TopicPartition, encode
from motcua_events._batch import Read
from motcua_events._reading import BLOCK, FAR, Reader
from motcua_events.contracts import DossierResolved
from motcua_events.event import Event
from motcua_events.ports import Record
from motcua_events.testing import MemoryBroker, MemoryPort

BUSY, QUIET = TopicPartition("busy", 0), TopicPartition("quiet", 0)
START = datetime(2020, 1, 1, tzinfo=UTC)


class Nobody:
    async def assigned(self) -> None: ...

    async def revoked(self) -> None: ...


class Silent(MemoryPort):
    """Nothing comes from one partition, as if its broker were away."""

    silent = TopicPartition("none", 0)

    def _fetch(
        self, max_records: int, wanted: Collection[TopicPartition] | None
    ) -> dict[TopicPartition, Sequence[Record]]:
        heard = self.assignment() if wanted is None else set(wanted)
        return super()._fetch(max_records, heard - {self.silent})


def put(broker: MemoryBroker, partition: TopicPartition, hours: Sequence[float]) -> None:
    for number, hour in enumerate(hours):
        at = START + timedelta(hours=hour)
        data = DossierResolved(dossier=f"D-{number}", resolved_at=at)
        event = Event(f"{partition.topic}-{number}", at, data, "/x", at)
        message = encode(event)
        broker.put(partition, message.key, message.value, message.headers)


async def reader_of(broker: MemoryBroker, port: MemoryPort, max_records: int = 500) -> Reader:
    await port.start([BUSY.topic, QUIET.topic], Nobody())
    bounds = await port.bounds(port.assignment())
    reader = Reader(port, max_records)
    reader.begin(
        {one: first for one, (first, _) in bounds.items()},
        {one: after for one, (_, after) in bounds.items()},
    )
    return reader


async def reads_of(reader: Reader) -> list[Read]:
    reads: list[Read] = []
    while read := await reader.read():
        reads.append(read)
    return reads


def offsets(reads: Sequence[Read], partition: TopicPartition) -> list[int]:
    return [record.offset for read in reads for record, _ in read.get(partition, [])]


def times(read: Read) -> list[datetime]:
    return [one.time for part in read.values() for _, one in part if isinstance(one, Event)]


@pytest.mark.asyncio
async def test_a_quiet_topic_keeps_step_with_a_busy_one() -> None:
    broker = MemoryBroker(partitions=1)
    busy, quiet = 8 * BLOCK, 2 * BLOCK
    put(broker, BUSY, [number / 8 for number in range(busy)])
    put(broker, QUIET, [number / 2 for number in range(quiet)])
    reader = await reader_of(broker, MemoryPort(broker))
    reads = await reads_of(reader)
    assert offsets(reads, BUSY) == list(range(busy))
    assert offsets(reads, QUIET) == list(range(quiet))
    for earlier, later in pairwise(reads):
        assert max(times(earlier)) <= min(times(later))
    assert len(reads) > 3


@pytest.mark.asyncio
async def test_little_that_waits_comes_as_it_is_polled() -> None:
    broker = MemoryBroker(partitions=1)
    put(broker, BUSY, range(FAR // 2))
    put(broker, QUIET, [0])
    reader = await reader_of(broker, MemoryPort(broker), max_records=100)
    assert sum(map(len, (await reader.read()).values())) == 100


@pytest.mark.asyncio
async def test_times_without_order_lose_nothing_and_keep_each_partition_in_order() -> None:
    broker = MemoryBroker(partitions=1)
    chance = random.Random(1)
    put(broker, BUSY, [chance.uniform(0, 9999) for _ in range(3 * BLOCK)])
    put(broker, QUIET, [chance.uniform(0, 9999) for _ in range(4 * BLOCK)])
    reads = await reads_of(await reader_of(broker, MemoryPort(broker)))
    assert offsets(reads, BUSY) == list(range(3 * BLOCK))
    assert offsets(reads, QUIET) == list(range(4 * BLOCK))


@pytest.mark.asyncio
async def test_what_cannot_be_decoded_keeps_its_place() -> None:
    broker = MemoryBroker(partitions=1)
    put(broker, BUSY, range(FAR))
    broker.put(BUSY, b"k", b"", [])
    put(broker, BUSY, range(FAR, 2 * FAR))
    put(broker, QUIET, [1])
    reads = await reads_of(await reader_of(broker, MemoryPort(broker)))
    assert offsets(reads, BUSY) == list(range(2 * FAR + 1))


@pytest.mark.asyncio
async def test_a_silent_partition_does_not_hold_up_the_others() -> None:
    broker = MemoryBroker(partitions=1)
    put(broker, BUSY, range(FAR))
    put(broker, QUIET, range(FAR))
    port = Silent(broker)
    reader = await reader_of(broker, port)
    port.silent = QUIET
    reads: list[Read] = []
    while len(offsets(reads, BUSY)) < FAR:
        reads.append(await reader.read())
    port.silent = TopicPartition("none", 0)
    reads += await reads_of(reader)
    assert offsets(reads, BUSY) == offsets(reads, QUIET) == list(range(FAR))


@pytest.mark.asyncio
async def test_a_new_beginning_forgets_what_was_read() -> None:
    broker = MemoryBroker(partitions=1)
    put(broker, BUSY, range(2 * FAR))
    put(broker, QUIET, range(FAR))
    reader = await reader_of(broker, MemoryPort(broker))
    await reader.read()
    reader.begin({BUSY: 3, QUIET: 7}, reader.ends)
    reads = await reads_of(reader)
    assert offsets(reads, BUSY) == list(range(3, 2 * FAR))
    assert offsets(reads, QUIET) == list(range(7, FAR))
