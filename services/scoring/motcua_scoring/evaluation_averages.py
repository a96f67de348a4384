"""Indices 1, 2, 3, 4 and 7: the average points of dossiers, rounded to one decimal."""

from __future__ import annotations

from .evaluation_counts import Counts, IndexResult, OutcomePoints, Why
from .points import points_for
from .rulebook import Rulebook


def average(index: int, measure: str, counts: Counts, rulebook: Rulebook) -> IndexResult:
    """The index score over all dossiers (for index 2: dossiers and agencies) that count.

    None where no dossier has points: there is nothing to average.
    """
    found = dict(sorted(counts.get(measure, {}).items()))
    outcomes = tuple(
        OutcomePoints(outcome, n, points_for(measure, outcome, rulebook))
        for outcome, n in found.items()
    )
    dossiers = sum(each.n for each in outcomes if each.points is not None)
    points = sum(each.n * each.points for each in outcomes if each.points is not None)
    rule = "average" if dossiers else "no_information"
    tenths = rounded_tenths(points, dossiers, rulebook) if dossiers else None
    return IndexResult(index, tenths, found, Why(rule, outcomes, points, dossiers))


def rounded_tenths(points: int, dossiers: int, rulebook: Rulebook) -> int:
    """``10 * points / dossiers`` as a whole number, rounded on exact integers.

    ``dossiers`` is at least 1. Half up: 29 points of 20 dossiers are 1.45, hence 15 tenths.
    """
    if rulebook.aggregation.rounding == "half_up":
        return (20 * points + dossiers) // (2 * dossiers)
    whole, rest = divmod(10 * points, dossiers)
    above = 2 * rest > dossiers or (2 * rest == dossiers and whole % 2 == 1)
    return whole + above
