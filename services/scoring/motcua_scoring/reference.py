"""The pure reference: evaluates raw events with no database. Served evaluations must equal it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from motcua_events import contracts as c
from motcua_events.event import Event

from .evaluation import DossierRole, Evaluation, LiveBasis, counts_for, evaluate
from .facts import Entity, Facts, entity_of, fold, held
from .measures import Contributions, contributions, total
from .periods import Period
from .rulebook import Rulebook


def fold_events(events: Iterable[Event]) -> dict[Entity, dict[str, Event]]:
    """The facts of every entity, from events in any order, with any duplicates."""
    grouped: dict[Entity, list[Event]] = {}
    for event in events:
        if entity := entity_of(event):
            grouped.setdefault(entity, []).append(event)
    return {entity: fold({}, its) for entity, its in grouped.items()}


def measure_facts(facts: Mapping[Entity, Facts]) -> Contributions:
    """The counters of all entities together."""
    return total(contributions(entity, its) for entity, its in facts.items())


def evaluate_events(
    events: Iterable[Event],
    rulebook: Rulebook,
    agency: str,
    period: Period,
    basis: LiveBasis = "settled",
    *,
    sector: str | None = None,
    role: DossierRole = "resolving",
) -> Evaluation:
    """One agency's evaluation for a period, from raw events alone."""
    facts = fold_events(events)
    counts = counts_for(measure_facts(facts), agency, period, basis, sector=sector, role=role)
    return evaluate(counts, rulebook, level_of(facts.get(Entity("agency", agency), {})))


def agency_of(facts: Facts) -> c.AgencyRegistered | None:
    """An agency as it was last registered, or None where nobody has registered it."""
    return held(facts, "agency", c.AgencyRegistered)


def level_of(facts: Facts) -> c.Level | None:
    """An agency's level, or None where nobody has registered it."""
    agency = agency_of(facts)
    return None if agency is None else agency.level


def valid_on(agency: c.AgencyRegistered, day: date) -> bool:
    """Whether an agency existed on a day; without dates, always."""
    begun = agency.valid_from is None or agency.valid_from <= day
    return begun and (agency.valid_to is None or day <= agency.valid_to)
