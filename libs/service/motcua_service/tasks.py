"""Background loops (relay, consumers, timers), supervised: a crash is logged and it starts again.

What a loop of its own does not get over, a database or broker out of reach, is no crash: it is told
once per outage, in one line, however many loops it hits and however often they try again.

::

    background.add("relay", relay.run, progress=lambda: relay.last_progress)

A loop that stands still longer than its ``stall`` (30 seconds) fails /livez; one that is down
between crash and restart fails /readyz.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from .health import Health
from .outages import OUT_OF_REACH, Outages, named

STALL_SECONDS = 30.0
STOP_SECONDS = 5.0
CANCEL_EVERY = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
CALM_SECONDS = 30.0
"""A loop that ran so long before it crashed starts again after the first, short pause."""

log = structlog.get_logger("motcua.tasks")

Loop = Callable[[], Awaitable[None]]
Progress = Callable[[], float | None]


@dataclass
class _Job:
    name: str
    loop: Loop
    progress: Progress | None
    stall: float
    running: bool = False
    crash: str | None = None
    started: float = field(default_factory=time.monotonic)


class Background:
    """The background loops of one service.

    ``progress`` gives the ``time.monotonic()`` of a loop's last progress (None: not yet). A loop
    that returns is started again like one that crashed.
    """

    def __init__(self, health: Health) -> None:
        self._health = health
        self._jobs: list[_Job] = []
        self._outages = Outages()

    def add(
        self,
        name: str,
        loop: Loop,
        progress: Progress | None = None,
        stall: float = STALL_SECONDS,
    ) -> None:
        """Run ``loop`` while the service runs; its health checks are added too.

        Without progress for ``stall`` seconds the process counts as dead.
        """
        job = _Job(name, loop, progress, stall)
        self._jobs.append(job)
        self._health.ready(name, lambda: _down(job))
        if progress is not None:
            self._health.live(name, lambda: _stalled(job))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the loops inside the block; leaving it cancels them and waits, at most 5 seconds."""
        tasks = [
            asyncio.create_task(_supervise(job, self._outages), name=job.name) for job in self._jobs
        ]
        try:
            yield
        finally:
            await _stop(tasks)


async def _stop(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel until all have ended, at most 5 seconds: a library may swallow one cancellation."""
    until = time.monotonic() + STOP_SECONDS
    left = set(tasks)
    while left and time.monotonic() < until:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=min(CANCEL_EVERY, STOP_SECONDS))
    for task in left:
        log.error("did_not_stop", task=task.get_name())


async def _supervise(job: _Job, outages: Outages) -> None:
    pause = FIRST_PAUSE
    while True:
        job.started, job.running = time.monotonic(), True
        try:
            await job.loop()
            job.crash = "it ended"
            log.error("loop_ended", task=job.name)
        except asyncio.CancelledError:
            if _cancelled():
                raise
            job.crash = "something it awaited was cancelled, starting again"
            log.exception("loop_crashed", task=job.name)
        except OUT_OF_REACH as error:
            job.crash = f"{type(error).__name__}, trying again"
            if outages.begins():
                log.warning("out_of_reach", task=job.name, error=named(error))
        except Exception as error:
            job.crash = f"{type(error).__name__}, starting again"
            log.exception("loop_crashed", task=job.name)
        finally:
            job.running = False
        if time.monotonic() - job.started > CALM_SECONDS:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _cancelled() -> bool:
    """Whether this task is to end; a library may cancel what a loop awaits without meaning it."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def _down(job: _Job) -> str | None:
    return None if job.running else job.crash or "not started"


async def _stalled(job: _Job) -> str | None:
    assert job.progress is not None
    last = job.progress()
    still = time.monotonic() - max(job.started, last or 0.0)
    return None if still < job.stall else f"no progress for {still:.0f} s"
