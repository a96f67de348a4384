"""Sends a load through the services' bulk endpoints: services side by side, chunks in flight."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass

from motcua_local.http import Client
from motcua_local.running.state import State
from motcua_local.running.supervisor import gather_all
from motcua_local.simulator import Load

from .chunks import Chunk, chunks

SIZE = 2000
CATALOGUE_SIZE = 500
IN_FLIGHT = 2
LOAD = "demo"
LEASE = 900

Progress = Callable[[str, int], None]
"""Told a service's name and how many more lines it accepted."""


@dataclass(slots=True)
class Sent:
    """What the services answered in all."""

    accepted: int = 0
    recorded: int = 0
    duplicates: int = 0


@contextlib.asynccontextmanager
async def open_loads(client: Client, state: State) -> AsyncIterator[None]:
    """Tells the services with timers that history is being loaded."""
    urls = [f"{state.url(name)}/loads/{LOAD}" for name in ("workflow", "feedback")]
    for url in urls:
        await client.put(url, {"lease_seconds": LEASE})
    try:
        yield
    finally:
        for url in urls:
            await client.request("DELETE", url)


class Sender:
    """Sends a load and adds up what the services answer. ``progress`` is told of every chunk."""

    def __init__(self, client: Client, state: State, progress: Progress) -> None:
        self._client = client
        self._state = state
        self._progress = progress
        self.sent = Sent()

    async def send(self, load: Load) -> Sent:
        """The catalogue first, because due dates need it; then all services at once."""
        await self._stream("intake", chunks(load.catalogue, CATALOGUE_SIZE), 1)
        await gather_all(
            self._stream(name, chunks(getattr(load, name), SIZE), IN_FLIGHT)
            for name in ("intake", "workflow", "feedback")
        )
        return self.sent

    async def _stream(self, service: str, bodies: Iterable[Chunk], in_flight: int) -> None:
        """Keeps ``in_flight`` requests under way until the bodies run out."""
        rest = iter(bodies)
        await gather_all(self._send_all(service, rest) for _ in range(in_flight))

    async def _send_all(self, service: str, bodies: Iterator[Chunk]) -> None:
        url = f"{self._state.url(service)}/bulk"
        for chunk in bodies:
            answer = await self._client.request(
                "POST", url, data=chunk.body, kind="application/x-ndjson"
            )
            self.sent.accepted += answer["accepted"]
            self.sent.recorded += answer["recorded"]
            self.sent.duplicates += answer["duplicates"]
            self._progress(service, chunk.lines)
