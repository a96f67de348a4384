"""Satisfaction: raw answers per scale, never converted from one scale to another. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from motcua_events.contracts import ScaleDefined


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How often an answer was given. ``satisfied`` None: the scale was not defined."""

    answer: str
    n: int
    satisfied: bool | None
    negative: bool | None


@dataclass(frozen=True, slots=True)
class ScaleResult:
    """One scale's answers, in the scale's order; answers it does not name come last.

    ``satisfied_tenths`` is the share of satisfied answers in tenths of a percent, half up; None for
    a scale nobody defined. ``has_negative`` false warns: everybody is satisfied by construction.
    """

    scale: str
    answers: tuple[AnswerCount, ...]
    total: int
    satisfied: int | None
    satisfied_tenths: int | None
    has_negative: bool | None


def results(counted: Mapping[str, int], scales: Iterable[ScaleDefined]) -> list[ScaleResult]:
    """The results per scale; ``counted`` maps ``scale answer`` to a number above 0."""
    defined = {scale.scale: scale for scale in scales}
    by_scale: dict[str, dict[str, int]] = {}
    for outcome, n in counted.items():
        scale, _, answer = outcome.partition(" ")
        by_scale.setdefault(scale, {})[answer] = n
    return [_result(name, found, defined.get(name)) for name, found in sorted(by_scale.items())]


def _result(name: str, found: Mapping[str, int], scale: ScaleDefined | None) -> ScaleResult:
    total = sum(found.values())
    if scale is None:
        given = tuple(AnswerCount(answer, n, None, None) for answer, n in sorted(found.items()))
        return ScaleResult(name, given, total, None, None, None)
    order = [*scale.answers, *sorted(found.keys() - set(scale.answers))]
    answers = tuple(
        AnswerCount(each, found.get(each, 0), each in scale.satisfied, each in scale.negative)
        for each in order
    )
    satisfied = sum(each.n for each in answers if each.satisfied)
    tenths = (2000 * satisfied + total) // (2 * total)
    return ScaleResult(name, answers, total, satisfied, tenths, bool(scale.negative))
