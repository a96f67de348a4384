"""Compares what was served with what was published. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from motcua_local.simulator import Published

LEVELS = ("province", "district", "commune")
CLASSES = ("xuất sắc", "tốt", "khá", "trung bình", "yếu")


def classes_of(items: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """How many agencies are in each class."""
    return Counter(item["classification"] for item in items)


def differences(
    published: Published,
    served: Mapping[str, Sequence[Mapping[str, Any]]],
    survey: Mapping[str, int],
) -> list[str]:
    """Every difference as one line; empty when the served result is the published one."""
    found = [line for level in LEVELS for line in _level(published, level, served[level])]
    found.extend(_survey(published, survey))
    return found


def _level(published: Published, level: str, items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    expected = published.levels[level]
    if len(items) != expected.agencies:
        yield f"{level}: {len(items)} agencies, published {expected.agencies}"
    counts = classes_of(items)
    for name in CLASSES:
        if counts[name] != expected.classes[name]:
            yield f"{level}: {counts[name]} {name}, published {expected.classes[name]}"
    by_name = {item["name"]: item["classification"] for item in items}
    named = {agency: name for name, agencies in expected.named.items() for agency in agencies}
    for agency, name in named.items():
        if by_name.get(agency) != name:
            yield f"{agency}: {by_name.get(agency, 'not evaluated')}, published {name}"
    for agency, name in by_name.items():
        if agency not in named and name != "tốt":
            yield f"{agency}: {name}, published tốt (not named)"


def _survey(published: Published, survey: Mapping[str, int]) -> Iterator[str]:
    expected = published.satisfaction_survey
    if sum(survey.values()) != expected.answers:
        yield f"survey: {sum(survey.values())} answers, published {expected.answers}"
    for answer in sorted({*expected.counts, *survey}):
        if survey.get(answer, 0) != expected.counts.get(answer, 0):
            yield (
                f"survey: {survey.get(answer, 0)} answered {answer}, "
                f"published {expected.counts.get(answer, 0)}"
            )
