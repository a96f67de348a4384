"""Waits until everything that was accepted has reached the scores."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from motcua_local.errors import LocalError
from motcua_local.http import Client
from motcua_local.metrics import waiting
from motcua_local.running.state import State

CALM = 1.5
"""Seconds without anything under way before we believe it: counters are a moment behind."""

LOOK = 0.25


async def applied(client: Client, state: State) -> int:
    """How many messages scoring has read from its streams."""
    url = f"{state.url('scoring')}/evaluations"
    answer = await client.get(url, period="2020", level="province", limit=1)
    return sum(stream["position"] for stream in answer["freshness"]["streams"])


async def until_quiet(
    client: Client, state: State, progress: Callable[[int, int], None], timeout: float = 180.0
) -> float:
    """Returns the seconds it took, the calm not counted; ``progress`` hears applied and waiting.

    Raises LocalError when the services are still busy after ``timeout`` seconds.
    """
    begun = time.monotonic()
    calm_since: float | None = None
    last = -1
    while time.monotonic() - begun < timeout:
        under_way = sum(each.total for each in (await waiting(client, state)).values())
        now_applied = await applied(client, state)
        progress(now_applied, under_way)
        if under_way or now_applied != last:
            calm_since, last = None, now_applied
        elif calm_since is None:
            calm_since = time.monotonic()
        elif time.monotonic() - calm_since > CALM:
            return calm_since - begun
        await asyncio.sleep(LOOK)
    raise LocalError(f"the services were still busy after {timeout:.0f} seconds")
