"""What an evaluation is made from, and how it explains itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from motcua_events.contracts import IndexScore

Counts = Mapping[str, Mapping[str, int]]
"""Measure → outcome → number: one agency's counters for one period, summed up."""


@dataclass(frozen=True, slots=True)
class OutcomePoints:
    """How often an outcome occurred and what it was worth; None: left out of the average."""

    outcome: str
    n: int
    points: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """A share that a rule looks at: ``part`` of ``whole``, and the percentage that it needs.

    ``met`` is None where ``whole`` is 0: there is no share. ``needed_percent`` None: more than 0.
    """

    name: str
    part: int
    whole: int
    needed_percent: int | None

    @property
    def met(self) -> bool | None:
        """Whether the share reaches the needed percentage, exactly."""
        if self.whole == 0:
            return None
        if self.needed_percent is None:
            return self.part > 0
        return 100 * self.part >= self.needed_percent * self.whole


@dataclass(frozen=True, slots=True)
class Why:
    """How an index score came about.

    ``rule`` is the key of its text in the rulebook. An average has outcomes, the sum of ``points``
    and the number of ``dossiers`` it was divided by; a ladder has the shares it looked at.
    """

    rule: str
    outcomes: tuple[OutcomePoints, ...] = ()
    points: int = 0
    dossiers: int = 0
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True)
class IndexResult:
    """An index, 1 to 9: its score in tenths (0 to 20) or None without enough information."""

    index: int
    tenths: int | None
    counts: Mapping[str, int]
    why: Why

    @cached_property
    def score(self) -> IndexScore:
        """The part that is published."""
        return IndexScore(index=self.index, tenths=self.tenths, counts=dict(self.counts))
