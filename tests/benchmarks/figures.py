"""Figures: medians, percentiles and how they are written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(slots=True)
class Result:
    """One benchmark's outcome.

    ``rows`` are the table, ``ratios`` what the targets are about, ``chart`` the bars
    (label, value), ``notes`` what the reader must know, such as what could not run.
    """

    name: str
    title: str
    columns: list[str]
    rows: list[list[Any]] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    chart: list[tuple[str, float]] = field(default_factory=list)
    unit: str = ""
    notes: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Result:
        """The reverse of ``plain``; other keys are left out."""
        own = {name: plain[name] for name in cls.__dataclass_fields__}
        own["ratios"] = [Ratio(**each) for each in own["ratios"]]
        own["chart"] = [(label, value) for label, value in own["chart"]]
        return cls(**own)


@dataclass(frozen=True, slots=True)
class Ratio:
    """One target: what was reached, what was wanted; ``met`` is None when it could not be told."""

    name: str
    value: float | None
    target: str
    met: bool | None


def at_least(name: str, value: float | None, least: float) -> Ratio:
    """A target that wants much."""
    return Ratio(name, value, f"≥ {least:g}", None if value is None else value >= least)


def at_most(name: str, value: float | None, most: float) -> Ratio:
    """A target that wants little."""
    return Ratio(name, value, f"≤ {most:g}", None if value is None else value <= most)


def ratio(part: float | None, whole: float | None) -> float | None:
    """``part / whole``; None when one of them is missing."""
    return part / whole if part is not None and whole else None


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of all are not above."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    shares = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
    return {name: percentile(seconds, share) * 1000 for name, share in shares.items()}


def medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of every figure over the runs. Raises IndexError for no run."""
    return {name: median(run[name] for run in runs) for name in runs[0]}


def interleaved(names: list[str], repetitions: int) -> list[str]:
    """The order of measuring: every repetition starts with another contender."""
    turns = [names[at % len(names) :] + names[: at % len(names)] for at in range(repetitions)]
    return [name for turn in turns for name in turn]
