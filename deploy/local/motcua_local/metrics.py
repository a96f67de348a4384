"""What the services' metrics say about work still under way."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from motcua_local.http import Client
from motcua_local.running.state import State

WAITING = re.compile(
    r"^(motcua_consumer_lag_events|motcua_relay_backlog_events)\{[^}]*\} (\S+)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Events on their way: not yet published by a service, not yet applied by one."""

    unpublished: int = 0
    unapplied: int = 0

    @property
    def total(self) -> int:
        return self.unpublished + self.unapplied


def parse(text: str) -> Waiting:
    """Reads one service's metrics page. Pure."""
    found = {"motcua_consumer_lag_events": 0, "motcua_relay_backlog_events": 0}
    for name, value in WAITING.findall(text):
        found[name] += int(float(value))
    return Waiting(found["motcua_relay_backlog_events"], found["motcua_consumer_lag_events"])


async def waiting(client: Client, state: State) -> dict[str, Waiting]:
    """What is under way in each service."""
    pages = await asyncio.gather(*(client.get(f"{url}/metrics") for url in state.services.values()))
    return {name: parse(page) for name, page in zip(state.services, pages, strict=True)}
