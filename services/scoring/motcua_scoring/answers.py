"""Questions about agencies, and answers from their counts. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from motcua_events.contracts import AgencyRegistered

from .evaluation import Counts, DossierRole, Evaluation, LiveBasis, evaluate
from .periods import Period
from .reference import valid_on
from .rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about every agency. ``role`` None: the rulebook's own."""

    period: Period
    rulebook: Rulebook
    basis: LiveBasis = "settled"
    sector: str | None = None
    asked_role: DossierRole | None = None

    @property
    def role(self) -> DossierRole:
        """Whose dossiers count for indices 1, 3, 4, 7 and 9."""
        return self.asked_role or self.rulebook.dossiers.role


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency; ``registered`` None where only its counts are known."""

    code: str
    registered: AgencyRegistered | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An agency's evaluation and the counts it was made from."""

    agency: Agency
    counts: Counts
    evaluation: Evaluation

    @property
    def informed(self) -> bool:
        """Whether anything is known of the agency for the period."""
        return informed(self.counts)


def informed(counts: Counts) -> bool:
    """Whether counts tell anything of an agency; dossiers that wait since earlier do not."""
    return bool(counts.keys() - {"waiting"})


def answered(agency: Agency, counts: Counts, question: Question) -> Answer:
    """The evaluation of an agency from what is counted for it, on the question's basis and role."""
    level = agency.registered.level if agency.registered else None
    return Answer(agency, counts, evaluate(counts, question.rulebook, level))


def again(found: Answer, rulebook: Rulebook) -> Answer:
    """The same counts under another rulebook."""
    level = found.agency.registered.level if found.agency.registered else None
    return Answer(found.agency, found.counts, evaluate(found.counts, rulebook, level))


def existed(agency: Agency, period: Period) -> bool:
    """Whether a registered agency existed at the beginning or the end of a period."""
    data = agency.registered
    return data is not None and (
        valid_on(data, period.last_day) or valid_on(data, period.first_month)
    )
