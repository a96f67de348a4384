"""Group commit: requests that come at the same moment share a transaction.

A request never waits for others to come. While two transactions are under way, those that come
meanwhile gather, and the next transaction takes them all: one BEGIN, one read, one append and one
COMMIT instead of one each. Each request still is recorded whole or not at all, and is answered
after the commit. What one of them breaks (a conflict, a value PostgreSQL cannot store) is undone
for all, and each of them is done again by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from motcua_events.store import LARGE

from ._deciding import Answer
from .decider import Refusal
from .handler import Asked, CommandHandler
from .outcome import Outcome

CommandT = TypeVar("CommandT")

AT_ONCE = 2
"""Group transactions under way at the same time: one decides while the other is written."""

MOST_AT_ONCE = 6
PATIENCE = 0.05
"""After so many seconds of waiting another transaction begins: those under way may be held up by
somebody else's, a consumer's or a large request's, that need not hold up everybody."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting(Generic[CommandT]):
    asked: Asked[CommandT]
    answer: asyncio.Future[Outcome] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    since: float = field(default_factory=time.monotonic)

    def settle(self, answer: Answer | Exception) -> None:
        if self.answer.done():  # its request was given up
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class Together(Generic[CommandT]):
    """Runs the requests of a service's command handler, small ones in common transactions."""

    def __init__(self, handler: CommandHandler[CommandT, Any, Any]) -> None:
        self.handler = handler
        self._waiting: deque[_Waiting[CommandT]] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._look: asyncio.TimerHandle | None = None

    async def run(self, asked: Asked[CommandT]) -> Outcome:
        """Record the request, or nothing of it. Raises Refusal."""
        if len(asked.streams) > LARGE:
            return _outcome(await self.handler.run_all([asked]))
        waiting = _Waiting(asked)
        self._waiting.append(waiting)
        if len(self._workers) < AT_ONCE:
            self._begin()
        elif self._look is None:
            self._look = asyncio.get_running_loop().call_later(PATIENCE, self._look_after)
        return await waiting.answer

    def _begin(self) -> None:
        worker = asyncio.create_task(self._work(), context=Context())
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    def _look_after(self) -> None:
        """Has another transaction begin if somebody has waited too long; looks again if any do."""
        self._look = None
        if not self._waiting:
            return
        late = time.monotonic() - self._waiting[0].since >= PATIENCE
        if late and len(self._workers) < MOST_AT_ONCE:
            self._begin()
        self._look = asyncio.get_running_loop().call_later(PATIENCE, self._look_after)

    async def _work(self) -> None:
        while self._waiting:
            await self._commit(self._group())

    def _group(self) -> list[_Waiting[CommandT]]:
        """The next requests in the order in which they came, within a small transaction."""
        group, streams = [self._waiting.popleft()], set[str]()
        streams.update(group[0].asked.streams)
        while self._waiting:
            streams |= self._waiting[0].asked.streams
            if len(streams) > LARGE:
                break
            group.append(self._waiting.popleft())
        return group

    async def _commit(self, group: Sequence[_Waiting[CommandT]]) -> None:
        try:
            answers = await self.handler.run_all([each.asked for each in group])
        except Exception as error:  # noqa: BLE001 - each request is told its own
            if len(group) == 1:
                group[0].settle(error)
            else:
                await asyncio.gather(*(self._commit([each]) for each in group))
            return
        for each, answer in zip(group, answers, strict=True):
            each.settle(answer)


def _outcome(answers: Sequence[Answer]) -> Outcome:
    [answer] = answers
    if isinstance(answer, Refusal):
        raise answer
    return answer
