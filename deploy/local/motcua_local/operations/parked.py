"""``motcua parked``: messages that could not be read or applied.

It works on the services' databases: what is parked is a table, and so are the orders that the
running consumer carries out. No service needs an operator's HTTP interface for it, and an order
given while the service is down waits for it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from motcua_events import parking
from motcua_events.parking import Entry, Parked
from motcua_local.errors import LocalError

from .databases import Connection

PATIENCE = 20.0
"""Seconds to wait for the consumer to carry an order out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an order: ``applied``, ``failed`` with a reason, ``ordered`` if not yet done."""

    service: str
    number: int
    came: str
    reason: str = ""


async def listed(found: dict[str, Connection], topic: str | None = None) -> dict[str, list[Parked]]:
    """The parked messages of each service."""
    return {name: await parking.parked(conn, topic=topic) for name, conn in found.items()}


async def located(found: dict[str, Connection], number: int) -> tuple[str, Parked]:
    """A message and the service that parked it. Raises LocalError unless there is just one."""
    hits = []
    for name, conn in found.items():
        try:
            hits.append((name, await parking.find(conn, number)))
        except parking.NotParked:
            continue
    if not hits:
        raise LocalError(f"no message {number} is parked")
    if len(hits) > 1:
        raise LocalError(
            f"message {number} is parked by {' and '.join(name for name, _ in hits)};"
            " say which with --service",
            code=2,
        )
    return hits[0]


async def retried(
    conn: Connection, service: str, number: int, *, actor: str, why: str, patience: float = PATIENCE
) -> Outcome:
    """Orders a message's key to be applied again and waits for what comes of it."""
    head = await parking.retry(conn, number, actor, why)
    since = (await parking.history(conn, head, 1))[0].id
    end = time.monotonic() + patience
    while time.monotonic() < end:
        latest = (await parking.history(conn, head, 1))[0]
        if latest.id > since:
            reason = "" if latest.action == "applied" else await _reason(conn, head)
            return Outcome(service, head, latest.action, reason)
        await asyncio.sleep(0.1)
    return Outcome(service, head, "ordered")


async def _reason(conn: Connection, number: int) -> str:
    return (await parking.find(conn, number)).reason


async def trails(found: dict[str, Connection], number: int | None) -> dict[str, list[Entry]]:
    """The audit trail of each service, latest first."""
    return {name: await parking.history(conn, number) for name, conn in found.items()}
