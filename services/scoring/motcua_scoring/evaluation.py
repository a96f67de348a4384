"""Evaluation: nine index scores, their total and class, from counted outcomes and a rulebook.

Pure and exact: every score is a whole number of tenths of a point, and shares are compared by
cross-multiplication. The same counts can be evaluated under any rulebook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from motcua_events.contracts import Class, Level, Scores

from .evaluation_averages import average
from .evaluation_counts import Counts, IndexResult, OutcomePoints, Share, Why
from .evaluation_shares import feedback_score, one_stop_score, online_score, publicity_score
from .measures_base import Measure, Role
from .periods import Period
from .rulebook import Rulebook

LiveBasis = Literal["settled", "live"]
DossierRole = Literal["resolving", "receiving"]

_OWN_ROLE: tuple[Role, ...] = ("participating", "listing", "addressed", "rated")
"""Roles of measures for which a dossier's role makes no difference."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Nine index results, in order; the total in tenths; the class; which indices counted."""

    rulebook: str
    rulebook_version: str
    indices: tuple[IndexResult, ...]
    total_tenths: int
    classification: Class
    counted: int
    insufficient: tuple[int, ...]

    def scores(self) -> Scores:
        """The part that is published in ``evaluation.changed``."""
        return Scores(
            indices=tuple(each.score for each in self.indices),
            total_tenths=self.total_tenths,
            classification=self.classification,
            counted=self.counted,
            insufficient=self.insufficient,
        )


def evaluate(
    counts: Counts,
    rulebook: Rulebook,
    level: Level | None,
    known: Sequence[tuple[Counts, Evaluation]] = (),
) -> Evaluation:
    """Evaluates one agency and period; ``level`` is the agency's, None where it is not known.

    Without any counts only index 8 has a score: no feedback at all. What ``known`` counts gave
    under the same rulebook and level is taken over for each index that counts the same.
    """
    indices = tuple(
        _taken_over(place, measures, counts, known) or result(counts, rulebook, level)
        for place, (measures, result) in enumerate(_INDICES)
    )
    insufficient = tuple(each.index for each in indices if each.tenths is None)
    total = sum(each.tenths for each in indices if each.tenths is not None)
    counted = len(indices) - len(insufficient)
    return Evaluation(
        rulebook.id,
        rulebook.version,
        indices,
        total,
        classify(total, counted, rulebook),
        counted,
        insufficient,
    )


def _taken_over(
    place: int, measures: Sequence[str], counts: Counts, known: Sequence[tuple[Counts, Evaluation]]
) -> IndexResult | None:
    for others, evaluation in known:
        if all(others.get(name) == counts.get(name) for name in measures):
            return evaluation.indices[place]
    return None


_Result: TypeAlias = Callable[[Counts, Rulebook, Level | None], IndexResult]


def _average(index: int, measure: str) -> tuple[tuple[str, ...], _Result]:
    return (measure,), lambda counts, rulebook, _: average(index, measure, counts, rulebook)


_INDICES: tuple[tuple[tuple[str, ...], _Result], ...] = (
    _average(1, "time"),
    _average(2, "steps"),
    _average(3, "contacts"),
    _average(4, "bodies"),
    (("listing",), one_stop_score),
    (("listing",), lambda counts, rulebook, _: publicity_score(counts, rulebook)),
    _average(7, "attitude"),
    (("feedback",), lambda counts, rulebook, _: feedback_score(counts, rulebook)),
    (("listing", "online", "received", "resolved"),
     lambda counts, rulebook, _: online_score(counts, rulebook)),
)  # fmt: skip
"""The measures that each index looks at, and how it is found."""


def classify(total_tenths: int, counted: int, rulebook: Rulebook) -> Class:
    """The class of a total in tenths; exactly a threshold belongs to the upper class.

    Where the rulebook says so, thresholds are taken in proportion to ``counted`` of nine indices.
    """
    shrinking = rulebook.aggregation.class_thresholds == "in_proportion"
    parts = counted if shrinking and counted else 9
    reached = (each for each in rulebook.classes if total_tenths * 9 >= each.from_tenths * parts)
    return next(reached).name


def counts_for(
    measures: Mapping[Measure, int],
    agency: str,
    period: Period,
    basis: LiveBasis = "settled",
    *,
    sector: str | None = None,
    role: DossierRole = "resolving",
) -> Counts:
    """An agency's counts for a period out of all counters.

    ``live`` adds what is open and past due to what is settled. ``sector`` None means all sectors.
    Lasting states (lists, waiting dossiers) are as they stand at the end of the period.
    """
    roles = roles_of(role)
    bases = ("settled", "open") if basis == "live" else ("settled",)
    return gather(
        (m.measure, m.outcome, n)
        for m, n in measures.items()
        if m.agency == agency
        and m.role in roles
        and (sector is None or m.sector == sector)
        and _in_period(m, period, bases)
    )


def roles_of(role: DossierRole) -> frozenset[Role]:
    """The roles whose measures count when that role's dossiers do."""
    return frozenset({role, *_OWN_ROLE})


def gather(rows: Iterable[tuple[str, str, int]]) -> Counts:
    """Counts from rows of measure, outcome and number; sums that come to zero are left out."""
    sums: dict[tuple[str, str], int] = {}
    for measure, outcome, n in rows:
        sums[measure, outcome] = sums.get((measure, outcome), 0) + n
    return nested(sums)


def nested(sums: Mapping[tuple[str, str], int]) -> Counts:
    """Counts from sums by measure and outcome, in their order; zeros are left out."""
    counts: dict[str, dict[str, int]] = {}
    for (measure, outcome), n in sorted(sums.items()):
        if n:
            counts.setdefault(measure, {})[outcome] = n
    return counts


def _in_period(measure: Measure, period: Period, bases: tuple[str, ...]) -> bool:
    if measure.basis == "running":
        return measure.month <= period.last_month
    return measure.basis in bases and period.has_month(measure.month)


__all__ = [
    "Counts",
    "DossierRole",
    "Evaluation",
    "IndexResult",
    "LiveBasis",
    "OutcomePoints",
    "Share",
    "Why",
    "classify",
    "counts_for",
    "evaluate",
    "gather",
    "nested",
    "roles_of",
]
