"""What a fault is."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator

import asyncpg

Fault = Callable[[], Awaitable[None]]
"""Breaks something, waits, and lets it mend."""

AWAY = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection killed in mid-statement may raise
)
"""What a connection raises that another fault has ended."""


def bound(act: Callable[..., Awaitable[None]], *values: object, **more: object) -> Fault:
    """The fault with its arguments."""
    return lambda: act(*values, **more)


@contextlib.contextmanager
def lost() -> Iterator[None]:
    """Another fault may end the connection that a fault uses."""
    with contextlib.suppress(*AWAY):
        yield
