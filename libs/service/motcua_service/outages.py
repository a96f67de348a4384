"""Outages of the database or the broker: known by their errors, and told once each."""

from __future__ import annotations

import time

import asyncpg

from motcua_events import TransportError

SAME_SECONDS = 30.0
"""Errors that follow each other sooner than this belong to one outage."""

OUT_OF_REACH = (
    OSError,
    TimeoutError,
    TransportError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""No connection, a cut one, a server that starts, stops, fails over, or has no room left."""


def named(error: BaseException) -> str:
    """An error's name and what it says, in one line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


class Outages:
    """What the loops of one service run into, so that an outage of all of them is told once."""

    def __init__(self) -> None:
        self._last: float | None = None

    def begins(self) -> bool:
        """Note an error of an outage; whether it is the first one."""
        now, last = time.monotonic(), self._last
        self._last = now
        return last is None or now - last > SAME_SECONDS
