"""A follower of scoring's /stream, as a browser would be: it comes back with the last id it saw."""

from __future__ import annotations

import asyncio
import json

import aiohttp

from motcua_events.contracts import EvaluationChanged


class Follower:
    """Keeps the last change of each agency and period. ``returns`` counts new connections."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/stream"
        self._last_id = "0-0"
        self.latest: dict[tuple[str, str], EvaluationChanged] = {}
        self.returns = 0

    async def run(self) -> None:
        """Follows until cancelled."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=2, sock_read=20)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                try:
                    await self._follow(session)
                except (aiohttp.ClientError, TimeoutError, OSError):
                    await asyncio.sleep(0.2)
                self.returns += 1

    async def _follow(self, session: aiohttp.ClientSession) -> None:
        headers = {"last-event-id": self._last_id}
        async with session.get(self._url, headers=headers, raise_for_status=True) as answer:
            fields: dict[str, str] = {}
            async for raw in answer.content:
                line = raw.decode().rstrip("\r\n")
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.strip()
                else:
                    self._take(fields)
                    fields = {}

    def _take(self, fields: dict[str, str]) -> None:
        if fields.get("event") == "evaluation.changed":
            data = EvaluationChanged.model_validate(json.loads(fields["data"])["change"])
            self.latest[data.agency, data.period] = data
        self._last_id = fields.get("id") or self._last_id
