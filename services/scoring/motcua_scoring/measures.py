"""Measures: what the facts of one entity add to the counters."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .bundles import Bundle, Cell, bundles, unbundled
from .facts import Entity, Facts
from .measures_base import (
    INDEX_OF,
    Basis,
    Contributions,
    Measure,
    Name,
    Role,
    add_to,
    total,
)
from .measures_dossier import dossier_bundles
from .measures_other import feedback_contributions, listing_contributions, rating_contributions

_OF_KIND: Mapping[str, Callable[[Facts], Contributions]] = {
    "feedback": feedback_contributions,
    "listing": listing_contributions,
    "rating": rating_contributions,
}


def contributions(entity: Entity, facts: Facts) -> Contributions:
    """What an entity with these facts adds to the counters: never a zero.

    Empty for kinds that count nothing (agencies, procedures, assessments, scales) and for an entity
    whose defining event has not come yet, such as a dossier that nobody has received.
    """
    if entity.kind == "dossier":
        return unbundled(dossier_bundles(facts))
    count = _OF_KIND.get(entity.kind)
    return {} if count is None else count(facts)


def counted_as(entity: Entity, facts: Facts) -> dict[Cell, Bundle]:
    """The contributions of an entity with these facts, bundled as they are kept."""
    if entity.kind == "dossier":
        return dossier_bundles(facts)
    count = _OF_KIND.get(entity.kind)
    return {} if count is None else bundles(count(facts))


__all__ = [
    "INDEX_OF",
    "Basis",
    "Contributions",
    "Measure",
    "Name",
    "Role",
    "add_to",
    "contributions",
    "counted_as",
    "total",
]
