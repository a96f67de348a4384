"""Concurrent writers over HTTP that remember every accepted answer."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp
from faults.load import Line, Plan, Request
from yarl import URL

PATIENCE = 12.0
"""Seconds a writer waits for an answer before it asks again."""

AGAIN = 0.08
"""Share of accepted requests that are sent again at once, and as many some time later."""


@dataclass
class History:
    """What the services accepted, in the order of their answers."""

    accepted: dict[str, list[Line]] = field(default_factory=dict)
    requests: int = 0
    tries: int = 0
    repeated: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def accept(self, request: Request) -> None:
        self.requests += 1
        self.accepted.setdefault(request.service, []).extend(request.lines)

    @property
    def lines(self) -> int:
        return sum(map(len, self.accepted.values()))


class Writers:
    """Sends a plan, each lane in its order, paced over some seconds, until all is accepted.

    A request without a clear answer is sent again, unchanged, until there is one: so in the end
    everything sent was accepted, and nothing is in doubt. A refusal is noted as wrong.
    """

    def __init__(self, urls: Mapping[str, str], seed: int) -> None:
        self._urls = urls
        self._random = Random(seed)
        self._later: list[Request] = []
        self.history = History()

    async def catalogue(self, plan: Plan) -> None:
        """Sends what comes first."""
        async with _session() as session:
            for request in plan.catalogue:
                await self._accepted(session, request)

    async def run(self, plan: Plan, seconds: float) -> None:
        """Sends everything else."""
        async with _session() as session:
            sending = [self._lane(session, lane, seconds) for lane in plan.lanes]
            await asyncio.gather(*sending)
            for request in self._later:
                await self._repeat(session, request)

    async def post(self, request: Request) -> None:
        """Sends one more request, of a fault's own."""
        async with _session() as session:
            await self._accepted(session, request)

    async def _lane(
        self, session: aiohttp.ClientSession, lane: Sequence[Request], seconds: float
    ) -> None:
        began = time.monotonic()
        for number, request in enumerate(lane):
            await asyncio.sleep(began + seconds * number / len(lane) - time.monotonic())
            await self._accepted(session, request)
            chance = self._random.random()
            if chance < AGAIN:
                await self._repeat(session, request)
            elif chance < 2 * AGAIN and request.repeatable:
                self._later.append(request)
            elif self._later and chance > 1 - AGAIN:
                await self._repeat(session, self._later.pop(0))

    async def _accepted(self, session: aiohttp.ClientSession, request: Request) -> None:
        answer = await self._answer(session, request)
        if answer is not None:
            self.history.accept(request)

    async def _repeat(self, session: aiohttp.ClientSession, request: Request) -> None:
        """The same again must be accepted and must record nothing."""
        self.history.repeated += 1
        answer = await self._answer(session, request)
        if answer is not None and answer["recorded"] and not answer["replayed"]:
            self.history.wrong.append(f"recorded again: {request.path} {request.body[:200]!r}")

    async def _answer(
        self, session: aiohttp.ClientSession, request: Request
    ) -> Mapping[str, Any] | None:
        pause = 0.05
        while True:
            self.history.tries += 1
            try:
                status, answer = await self._try(session, request)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self.history.answers[type(error).__name__] += 1
            else:
                self.history.answers[str(status)] += 1
                if status < 300:
                    return answer
                if status < 500 and not answer.get("retry"):
                    self.history.wrong.append(f"{status} {request.path} {answer} {request.body!r}")
                    return None
            await asyncio.sleep(pause * self._random.uniform(0.5, 1.5))
            pause = min(1.0, pause * 2)

    async def _try(
        self, session: aiohttp.ClientSession, request: Request
    ) -> tuple[int, Mapping[str, Any]]:
        headers = {"content-type": request.content_type}
        if request.key is not None:
            headers["idempotency-key"] = request.key
        url = URL(f"{self._urls[request.service]}{request.path}", encoded=True)
        async with session.request(
            request.method, url, data=request.body, headers=headers
        ) as answer:
            body = await answer.json(content_type=None)
            if answer.status >= 300:
                return answer.status, {**body, "retry": "retry-after" in answer.headers}
            replayed = "idempotent-replayed" in answer.headers
            return answer.status, {"recorded": bool(body["recorded"]), "replayed": replayed}


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE))
