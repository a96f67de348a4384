"""Why a point was given or lost: outcome, reason, article of law, and the events behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from . import reasons_dossier, reasons_other
from .dossier import Dossier
from .facts import Entity, Facts
from .measures import INDEX_OF, contributions
from .measures_base import Basis, Measure, Role
from .points import POINTS, points_for
from .reasons_text import Explained, fill
from .rulebook import Rulebook
from .rulebook_texts import Text


@dataclass(frozen=True, slots=True)
class Point:
    """What an entity means for one index of one agency in one month.

    ``points`` is 0, 1 or 2; None where the outcome is left out, and for indices that are no
    averages (5, 6, 8, 9), where the entity is one part of a share. ``events`` are ids by time.
    """

    index: int
    agency: str
    role: Role
    sector: str
    month: date
    basis: Basis
    outcome: str
    points: int | None
    reason: Text
    article: str
    events: tuple[str, ...]


def points_of(entity: Entity, facts: Facts, rulebook: Rulebook) -> list[Point]:
    """Every point of an entity, by index, agency, role and month; none for kinds without any."""
    explain = _EXPLAINERS.get(entity.kind)
    if explain is None:
        return []
    read = explain(facts)
    found = [
        _point(index, measure, explained, facts, rulebook)
        for measure, n in contributions(entity, facts).items()
        if n > 0
        for index in _indices(measure)
        for explained in [read(index, measure, rulebook)]
    ]
    return sorted(found, key=lambda p: (p.index, p.agency, p.role, p.month, p.basis))


def event_ids(facts: Facts, names: Iterable[str]) -> tuple[str, ...]:
    """The ids of the events in these registers, each once, by stamp; empty ones are skipped."""
    stamps = {facts[name].stamp for name in names if name in facts}
    return tuple(id_ for _, id_ in sorted(stamps))


Explain = Callable[[int, Measure, Rulebook], Explained]


def _point(
    index: int, measure: Measure, explained: Explained, facts: Facts, rulebook: Rulebook
) -> Point:
    known = measure.measure in POINTS
    return Point(
        index=index,
        agency=measure.agency,
        role=measure.role,
        sector=measure.sector,
        month=measure.month,
        basis=measure.basis,
        outcome=measure.outcome,
        points=points_for(measure.measure, measure.outcome, rulebook) if known else None,
        reason=fill(explained, rulebook),
        article=rulebook.article(index),
        events=event_ids(facts, explained.registers),
    )


def _indices(measure: Measure) -> Iterator[int]:
    if measure.measure == "listing":
        yield from (5, 6, 9)
    elif measure.measure in INDEX_OF:
        yield INDEX_OF[measure.measure]


def _dossier(facts: Facts) -> Explain:
    dossier = Dossier.of(facts)
    return lambda _, measure, rulebook: reasons_dossier.explain(dossier, measure, rulebook)


def _feedback(facts: Facts) -> Explain:
    return lambda _, measure, __: reasons_other.explain_feedback(facts, measure)


def _listing(facts: Facts) -> Explain:
    return lambda index, measure, rulebook: reasons_other.explain_listing(
        index, facts, measure, rulebook
    )


_EXPLAINERS: Mapping[str, Callable[[Facts], Explain]] = {
    "dossier": _dossier,
    "feedback": _feedback,
    "listing": _listing,
}
