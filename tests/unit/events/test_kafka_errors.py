"""What aiokafka raises becomes this package's errors, stray cancellations too."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, OffsetOutOfRangeError

from motcua_events import EventsError
from motcua_events._kafka_client import translated
from motcua_events.errors import PositionLost, TransportError


@pytest.mark.parametrize(
    ("raised", "expected"),
    [(KafkaConnectionError(), TransportError), (OffsetOutOfRangeError({}), PositionLost)],
)
def test_errors_of_the_client_become_ours(raised: Exception, expected: type[EventsError]) -> None:
    with pytest.raises(expected), translated():
        raise raised


@pytest.mark.asyncio
async def test_a_request_that_the_client_cancelled_is_an_error_not_the_end_of_the_task() -> None:
    given_up = asyncio.get_running_loop().create_future()
    given_up.cancel()
    with pytest.raises(TransportError), translated():
        await given_up


@pytest.mark.asyncio
async def test_a_task_that_is_cancelled_stays_cancelled() -> None:
    async def waiting() -> None:
        with translated():
            await asyncio.sleep(60)

    task = asyncio.create_task(waiting())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.asyncio
async def test_a_time_limit_stays_a_time_limit() -> None:
    async def asked() -> None:
        with translated():
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await asked()
