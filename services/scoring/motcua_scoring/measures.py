"""Measures: what the facts of one entity add to the counters."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .facts import Entity, Facts
from .measures_base import (
    INDEX_OF,
    Basis,
    Contributions,
    Measure,
    Name,
    Role,
    add_to,
    difference,
    total,
)
from .measures_dossier import dossier_contributions
from .measures_other import feedback_contributions, listing_contributions, rating_contributions

_OF_KIND: Mapping[str, Callable[[Facts], Contributions]] = {
    "dossier": dossier_contributions,
    "feedback": feedback_contributions,
    "listing": listing_contributions,
    "rating": rating_contributions,
}


def contributions(entity: Entity, facts: Facts) -> Contributions:
    """What an entity with these facts adds to the counters: never a zero.

    Empty for kinds that count nothing (agencies, procedures, assessments, scales) and for an entity
    whose defining event has not come yet, such as a dossier that nobody has received.
    """
    count = _OF_KIND.get(entity.kind)
    return {} if count is None else count(facts)


__all__ = [
    "INDEX_OF",
    "Basis",
    "Contributions",
    "Measure",
    "Name",
    "Role",
    "add_to",
    "contributions",
    "difference",
    "total",
]
