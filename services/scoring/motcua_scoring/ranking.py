"""Ranking: evaluations in order of their totals, and the table of classes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from motcua_events.contracts import Class, Level

from .answers import Answer


@dataclass(frozen=True, slots=True)
class Ranked:
    """An answer and its rank, from 1. Equal totals share a rank, and the next one is skipped."""

    rank: int
    answer: Answer

    @property
    def place(self) -> tuple[int, str]:
        """What the order goes by: the total downwards, then the agency's code."""
        return (-self.answer.evaluation.total_tenths, self.answer.agency.code)


@dataclass(frozen=True, slots=True)
class LevelClasses:
    """How many agencies of a level are in each class."""

    level: Level
    agencies: int
    classes: dict[Class, int]


def ranked(answers: Iterable[Answer]) -> list[Ranked]:
    """The answers by total, the best first."""
    ordered = sorted(answers, key=lambda one: Ranked(0, one).place)
    found: list[Ranked] = []
    for position, one in enumerate(ordered, start=1):
        same = found and found[-1].answer.evaluation.total_tenths == one.evaluation.total_tenths
        found.append(Ranked(found[-1].rank if same else position, one))
    return found


def class_table(answers: Sequence[Answer], classes: Sequence[Class]) -> list[LevelClasses]:
    """The number of registered agencies in each class, by level: province, district, commune."""
    by_level: dict[Level, Counter[Class]] = {}
    for one in answers:
        if one.agency.registered:
            level = one.agency.registered.level
            by_level.setdefault(level, Counter())[one.evaluation.classification] += 1
    order: tuple[Level, ...] = ("province", "district", "commune")
    return [
        LevelClasses(level, found.total(), {name: found[name] for name in classes})
        for level in order
        if (found := by_level.get(level)) is not None
    ]
