"""Faults of processes: killed anywhere, killed at each stage of their work, frozen, rebalanced."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from random import Random

from faults import sessions
from faults.cluster import SERVICES, Cluster
from faults.errand import Errand
from faults.fault import Fault, bound, lost
from faults.stages import STAGES, stage_name

FROZEN = sessions.SESSION + 4.0
"""Seconds that a process stands still: more than its group waits for it."""

PATIENCE = 300.0
"""Seconds within which a process must come by a stage; an open transaction keeps it waiting."""

LONGEST = 8.0
"""Seconds between errands, at most, that have a process come by its stages."""

AMID = """
select exists (
    select from pg_stat_activity
    where application_name = $1 and state = 'idle in transaction' and backend_xid is null
)
"""


class ProcessFaults:
    """Kills and freezes processes. ``frozen`` counts those that stood still."""

    def __init__(self, cluster: Cluster, errand: Errand, seed: int) -> None:
        self._cluster, self._errand, self._random = cluster, errand, Random(f"processes {seed}")
        self.frozen = 0

    def all(self) -> Mapping[str, Fault]:
        """By name."""
        return {
            **{f"kill -9 {name}": bound(self.kill, name) for name in SERVICES},
            "kill -9 subscriber-2": bound(self.kill, "subscriber-2"),
            "scoring from 1 to 3 processes to 1, one frozen, one killed": self.rebalance,
        }

    async def kill(self, name: str) -> None:
        """kill -9, at whatever it is doing; its supervisor starts it again."""
        self._cluster.signal(name, signal.SIGKILL)
        await asyncio.sleep(self._random.uniform(0.2, 1.0))
        await self._cluster.ready(name)

    def stages(self) -> list[Mapping[str, Fault]]:
        """For each process, a kill at each stage of its work; by name."""
        return [
            {stage_name(name, stage): bound(self.kill_at, name, stage) for stage in stages}
            for name, stages in STAGES.items()
        ]

    async def kill_at(self, name: str, stage: str) -> None:
        """kill -9 when it comes by the stage, the first or second time. Raises TimeoutError."""
        cluster, trap, pause = self._cluster, self._cluster.trap(name), 0.5
        before = cluster.restarts(name)
        trap.set(stage, self._random.randint(1, 2))
        async with asyncio.timeout(PATIENCE):
            while not trap.sprung:
                await self._errand.run()
                await trap.wait(pause)
                pause = min(LONGEST, 1.5 * pause)
            while cluster.restarts(name) == before:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await cluster.ready(name)

    async def rebalance(self) -> None:
        """Two more scoring processes; one stands still past the session time-out and comes back as
        a zombie, with a subscriber; one is killed; then the two go."""
        cluster = self._cluster
        await cluster.run("scoring-2")
        await cluster.run("scoring-3")
        await asyncio.sleep(self._random.uniform(1.0, 2.0))
        await self.freeze_amid("subscriber-1", ["scoring-2"])
        cluster.signal("scoring-3", signal.SIGKILL)
        await asyncio.sleep(self._random.uniform(1.0, 2.0))
        await cluster.end("scoring-3")
        await cluster.end("scoring-2")

    async def freeze_amid(self, name: str, others: Sequence[str] = ()) -> None:
        """SIGSTOP past the session time-out, then SIGCONT: the zombie.

        The subscriber ``name`` is caught amid its transaction; the others wherever they are.
        """
        frozen = [name, *others]
        try:
            await self._catch(name)
            for each in others:
                self._cluster.signal(each, signal.SIGSTOP)
            await asyncio.sleep(FROZEN)
        finally:
            for each in frozen:
                self._cluster.signal(each, signal.SIGCONT)
        self.frozen += len(frozen)

    async def _catch(self, name: str, tries: int = 200) -> None:
        for _ in range(tries):
            if await self._amid(name):
                self._cluster.signal(name, signal.SIGSTOP)
                await asyncio.sleep(0.1)
                if await self._amid(name):
                    return
                self._cluster.signal(name, signal.SIGCONT)
            await asyncio.sleep(0.01)
        self._cluster.signal(name, signal.SIGSTOP)

    async def _amid(self, name: str) -> bool:
        """Whether the process has a transaction open that has not written yet."""
        admin = await self._cluster.connect("postgres")
        found = False
        with lost():
            found = await admin.fetchval(AMID, name)
        with lost():
            await admin.close()
        return found
