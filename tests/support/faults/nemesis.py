"""The nemesis: faults on a seeded schedule, those of processes beside those of servers."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from random import Random

from faults.cluster import Cluster
from faults.errand import Errand
from faults.fault import Fault
from faults.processes import ProcessFaults
from faults.servers import ServerFaults
from faults.writers import Writers

MINUTES = 150.0
"""Seconds that transactions are left open in a long run."""


class Nemesis:
    """Breaks things and lets them mend. ``done`` counts the faults by name."""

    def __init__(self, cluster: Cluster, writers: Writers, seed: int) -> None:
        self.processes = ProcessFaults(cluster, Errand(writers), seed)
        self.servers = ServerFaults(cluster, writers, seed)
        self.log: list[str] = []
        self._random = Random(seed)
        self._struck: Counter[str] = Counter()
        self._began = time.monotonic()

    @property
    def done(self) -> Counter[str]:
        """Every fault so far, with how often."""
        frozen = Counter({"SIGSTOP past the session time-out, SIGCONT": self.processes.frozen})
        return self._struck + frozen

    async def each_once(self, seconds: float = 0.0) -> None:
        """Every fault once, and every process killed at every stage."""
        del seconds
        await asyncio.gather(
            self.once(self.processes.all()),
            self.once(self.servers.all()),
            *(self.once(stages) for stages in self.processes.stages()),
        )

    async def everything(self, seconds: float) -> None:
        """Every fault at least once, transactions open for minutes; again until time is up."""
        until = time.monotonic() + seconds
        await asyncio.gather(
            self._again(until, self.processes.all()),
            self._again(until, self.servers.all(MINUTES), self.servers.all()),
            *(self._again(until, stages) for stages in self.processes.stages()),
        )

    async def once(self, faults: Mapping[str, Fault]) -> None:
        """Each fault once, in random order."""
        names = list(faults)
        self._random.shuffle(names)
        for name in names:
            await asyncio.sleep(self._random.uniform(0.1, 0.5))
            await self.strike(name, faults[name])

    async def strike(self, name: str, fault: Fault) -> None:
        """One fault, noted when it is over."""
        began = time.monotonic()
        await fault()
        self._struck[name] += 1
        now = time.monotonic()
        self.log.append(f"{began - self._began:6.1f} s, for {now - began:4.1f} s: {name}")

    async def _again(
        self, until: float, first: Mapping[str, Fault], then: Mapping[str, Fault] | None = None
    ) -> None:
        await self.once(first)
        while time.monotonic() < until:
            await self.once(then or first)
