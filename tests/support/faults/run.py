"""One fault run: writers and nemesis, then quiet, then the checker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from faults.checker import Broken, check
from faults.cluster import Cluster
from faults.evidence import Evidence, gather
from faults.follower import Follower
from faults.load import plan
from faults.model import Model
from faults.nemesis import Nemesis
from faults.quiet import until_quiet
from faults.stages import KILLS
from faults.writers import History, Writers

Harm = Callable[[Nemesis, float], Awaitable[None]]
"""What the nemesis does while the writers write, for about so many seconds."""


@dataclass
class Outcome:
    """What a run did and what the checker found.

    ``lasted`` is how long it was harmed, ``quiet`` how long it took after that until all was still.
    """

    seed: int
    lasted: float
    history: History
    faults: Mapping[str, int]
    log: list[str]
    quiet: float
    evidence: Evidence
    broken: list[Broken]
    versions: str
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.broken and not self.history.wrong

    @property
    def promises(self) -> set[str]:
        """The names of the promises broken."""
        return {each.promise for each in self.broken}

    @property
    def kinds(self) -> set[str]:
        """The kinds of faults that struck, beside the kills at each stage."""
        return self.faults.keys() - set(KILLS)

    @property
    def missed(self) -> list[str]:
        """The kills at a stage that never were."""
        return [name for name in KILLS if not self.faults.get(name)]

    def summary(self) -> str:
        """One line for people."""
        history, evidence = self.history, self.evidence
        verdict = "every promise kept" if self.ok else f"BROKEN: {sorted(self.promises)}"
        return (
            f"seed {self.seed}: {sum(self.faults.values())} faults of {len(self.faults)} kinds in"
            f" {self.lasted:.0f} s; {history.lines} commands accepted in {history.requests}"
            f" requests ({history.tries} tries, {history.repeated} sent again);"
            f" {len(evidence.stored)} events recorded, {len(evidence.messages)} messages,"
            f" {sum(map(len, evidence.served.values()))} evaluations compared;"
            f" quiet after {self.quiet:.1f} s; {verdict}"
        )

    def details(self, most: int = 5) -> str:
        """What went wrong, a few lines of each kind."""
        lines = [*self.history.wrong[:most]]
        for promise in sorted(self.promises):
            its = [each.detail for each in self.broken if each.promise == promise]
            lines += [f"{promise} ({len(its)}):", *(f"    {one}" for one in its[:most])]
        return "\n".join([*lines, *self.log])


async def run(
    folder: Path,
    seed: int,
    *,
    seconds: float,
    dossiers: int,
    live: int = 60,
    harm: Harm = Nemesis.everything,
    modules: Mapping[str, str] | None = None,
) -> Outcome:
    """Starts a cluster, harms it while writers write, and compares everything at the end.

    ``modules`` names other entry modules for some processes: broken ones, for tests of the checker.
    """
    cluster = Cluster(folder, modules)
    try:
        await cluster.start()
        return await _run(cluster, seed, seconds, dossiers, live, harm)
    finally:
        await asyncio.shield(cluster.stop())


async def _run(
    cluster: Cluster, seed: int, seconds: float, dossiers: int, live: int, harm: Harm
) -> Outcome:
    writers = Writers(cluster.urls, seed)
    nemesis = Nemesis(cluster, writers, seed)
    follower = Follower(cluster.url("scoring"))
    following = asyncio.create_task(follower.run())
    try:
        work = plan(seed, dossiers=dossiers, live=live, seconds=seconds, start=datetime.now(UTC))
        await writers.catalogue(work)
        began = time.monotonic()
        await asyncio.gather(writers.run(work, seconds), harm(nemesis, seconds))
        lasted = time.monotonic() - began
        quiet = await until_quiet(cluster)
        model = Model.of(writers.history.accepted)
        evidence = await gather(cluster, model.periods, follower.latest)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    return Outcome(
        seed, lasted, writers.history, nemesis.done, nemesis.log, quiet, evidence,
        check(model, evidence), await cluster.versions(), nemesis.servers.notes(),
    )  # fmt: skip
