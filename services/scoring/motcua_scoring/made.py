"""Evaluations as they are published, made again and again: only what counts anew is found anew.

Pure. What is remembered are results with all that they follow from, so nothing can go stale.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from motcua_events.contracts import Level, Scores

from .evaluation import Counts, Evaluation, evaluate
from .periods import Period
from .rulebook import Rulebook
from .tallied import Tallied

KEPT = 4_000
"""Agencies' periods remembered, about 10 KB each."""


@dataclass(frozen=True, slots=True)
class Made:
    """The evaluations of one agency and period, with what they were made from."""

    rulebook: Rulebook
    level: Level | None
    settled: tuple[Counts, Evaluation]
    live: tuple[Counts, Evaluation]

    @property
    def scores(self) -> tuple[Scores, Scores]:
        """The settled scores and the live ones."""
        settled = self.settled[1].scores()
        return settled, settled if self.live is self.settled else self.live[1].scores()


class Maker:
    """Makes evaluations, and remembers those made last."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[str, Period], Made] = OrderedDict()

    def make(
        self, key: tuple[str, Period], tallied: Tallied, rulebook: Rulebook, level: Level | None
    ) -> Made:
        """The evaluations of an agency and period."""
        last = self._made.pop(key, None)
        if last is None or last.level != level or last.rulebook is not rulebook:
            made = _made(tallied, rulebook, level)
        else:
            made = _made(tallied, rulebook, level, (last.settled, last.live))
        self._made[key] = made
        if len(self._made) > KEPT:
            self._made.popitem(last=False)
        return made


def _made(
    tallied: Tallied,
    rulebook: Rulebook,
    level: Level | None,
    known: Sequence[tuple[Counts, Evaluation]] = (),
) -> Made:
    counts, live_counts = tallied.counts(rulebook.dossiers.role)
    settled = live = counts, evaluate(counts, rulebook, level, known)
    if live_counts is not counts:
        live = live_counts, evaluate(live_counts, rulebook, level, (settled, *known))
    return Made(rulebook, level, settled, live)
