"""Keeps a set of processes running: starts them, waits until ready, restarts what died."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import aiohttp

from motcua_local.errors import LocalError

from .child import Child, Command, last_lines
from .guard import Guard

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
STEADY_AFTER = 10.0
"""Seconds after which a process counts as healthy again and its pause starts anew."""

Tell = Callable[[str], None]
"""Takes one line for the person at the keyboard."""


@dataclass(frozen=True, slots=True)
class Service:
    """A command and the base address under which it answers."""

    command: Command
    url: str

    @property
    def name(self) -> str:
        return self.command.name


def describe_exit(code: int) -> str:
    """``stopped by signal 9`` or ``ended with code 1``."""
    return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


async def is_ready(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether the service's /readyz answers 200 within a second."""
    try:
        async with session.get(f"{url}/readyz", timeout=aiohttp.ClientTimeout(1.0)) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


class Keeper:
    """One service: its current process and the loop that replaces it when it dies."""

    def __init__(self, service: Service, guard: Guard, tell: Tell) -> None:
        self.service = service
        self.restarts = 0
        self.child: Child | None = None
        self._guard = guard
        self._tell = tell
        self._stopping = False
        self._bouncing = False
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts the process and watches it from now on."""
        self.child = await Child.start(self.service.command, self._guard)
        self._loop = asyncio.create_task(self._watch(), name=f"keep {self.service.name}")

    async def stop(self) -> None:
        """Stops the process for good."""
        self._stopping = True
        if self.child is not None:
            await self.child.stop()
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop

    async def bounce(self) -> None:
        """Stops the process; the loop starts it again, without a word."""
        self._bouncing = True
        if self.child is not None:
            await self.child.stop()

    async def _watch(self) -> None:
        pause = FIRST_PAUSE
        while self.child is not None and not self._stopping:
            born = time.monotonic()
            code = await self.child.wait()
            if self._stopping:
                return
            pause = FIRST_PAUSE if time.monotonic() - born > STEADY_AFTER else pause
            if not self._bouncing:
                self._tell(f"{self.service.name} {describe_exit(code)}; starting it again")
            self._bouncing = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            self.restarts += 1
            self.child = await Child.start(self.service.command, self._guard)


class Supervisor:
    """All services together."""

    def __init__(self, guard: Guard, tell: Tell) -> None:
        self._guard = guard
        self._tell = tell
        self.keepers: list[Keeper] = []

    async def start(self, services: list[Service], timeout: float = 45.0) -> None:
        """Starts them all at once and returns when every one is ready.

        Raises LocalError naming the first that died, or that was not ready in time.
        """
        self.keepers = [Keeper(service, self._guard, self._tell) for service in services]
        await asyncio.gather(*(keeper.start() for keeper in self.keepers))
        async with aiohttp.ClientSession() as session:
            waits = [_until_ready(session, keeper, timeout) for keeper in self.keepers]
            await gather_all(waits)

    async def stop(self) -> None:
        """Stops them all, together."""
        await asyncio.gather(*(keeper.stop() for keeper in self.keepers))

    async def bounce(self) -> None:
        """Restarts them all, for servers that were replaced under them."""
        await asyncio.gather(*(keeper.bounce() for keeper in self.keepers))


async def _until_ready(session: aiohttp.ClientSession, keeper: Keeper, timeout: float) -> None:
    service, end = keeper.service, time.monotonic() + timeout
    while time.monotonic() < end:
        if keeper.restarts:
            raise LocalError(_failed(service, "ends while starting"))
        if await is_ready(session, service.url):
            return
        await asyncio.sleep(0.05)
    raise LocalError(_failed(service, f"was not ready within {timeout:.0f} seconds"))


async def gather_all(waits: Iterable[Awaitable[None]]) -> None:
    """Awaits all; the first exception cancels the rest and is raised."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _failed(service: Service, what: str) -> str:
    log = service.command.log
    return f"{service.name} {what}: {last_lines(log, 1)[:400]} (see {log})"
