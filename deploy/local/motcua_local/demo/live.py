"""The live moment: a deadline passes, nobody calls, and the score moves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from motcua_local.errors import LocalError
from motcua_local.http import Client
from motcua_local.running.state import State
from motcua_local.simulator.clock import text
from motcua_worktime import VIETNAM

AGENCY = "H53.20.01"
NUMBER = "000.01.20.H53"
PROCEDURE = "1.004873"
AHEAD = timedelta(seconds=1)
TIME_TO_SPARE = timedelta(days=30)
"""Long enough to be early by the working hour, whatever holiday is near."""

PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class LiveMoment:
    """Index 1 of the month before and after, in points; seconds from the deadline to the score."""

    name: str
    dossier: str
    period: str
    before: float | None
    after: float | None
    seconds: float


async def live_moment(client: Client, state: State) -> LiveMoment:
    """Resolves one dossier early, lets another pass its deadline, and watches the live score.

    Raises LocalError when the score has not moved within ten seconds of the deadline.
    """
    now = datetime.now(VIETNAM)
    period = f"{now:%Y-%m}"
    stem = f"{NUMBER}-{now:%y%m%d}-{now:%H%M%S}"
    await _receive(client, state, f"{stem}1", now - timedelta(hours=1), now + TIME_TO_SPARE)
    resolved = f"{state.url('workflow')}/dossiers/{stem}1/resolution"
    await client.post(resolved, {"resolved_at": text(now)})
    before = await _until(client, state, period, lambda index: _resolved(index) >= 1)
    due = datetime.now(VIETNAM) + AHEAD
    await _receive(client, state, f"{stem}2", now, due)
    overdue = _overdue(before)
    after = await _until(client, state, period, lambda index: _overdue(index) > overdue)
    seconds = (datetime.now(UTC) - due).total_seconds()
    found = await _evaluation(client, state, period)
    return LiveMoment(found["name"], f"{stem}2", period, before["score"], after["score"], seconds)


async def _receive(
    client: Client, state: State, dossier: str, received: datetime, due: datetime
) -> None:
    await client.post(
        f"{state.url('intake')}/dossiers",
        {
            "dossier": dossier,
            "procedure": PROCEDURE,
            "receiving": AGENCY,
            "resolving": AGENCY,
            "received_at": text(received),
            "due_at": text(due),
            "unit": "HOUR",
        },
    )


async def _evaluation(client: Client, state: State, period: str) -> Any:
    url = f"{state.url('scoring')}/evaluations/{AGENCY}/{period}"
    return await client.get(url, basis="live")


async def _until(client: Client, state: State, period: str, seen: Any) -> Mapping[str, Any]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        evaluation = await _evaluation(client, state, period)
        index: Mapping[str, Any] = evaluation["indices"][0]
        if seen(index):
            return index
        await asyncio.sleep(0.02)
    raise LocalError(
        f"the live score of {AGENCY} for {period} did not move within {PATIENCE:.0f} s"
    )


def _resolved(index: Mapping[str, Any]) -> int:
    return sum(each["n"] for each in index["outcomes"] if each["outcome"] == "shorter")


def _overdue(index: Mapping[str, Any]) -> int:
    return sum(each["n"] for each in index["outcomes"] if each["outcome"].startswith("overdue"))
