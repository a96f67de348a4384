"""What the endpoints need of the running service, and the questions they understand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Request

from motcua_events import Pool
from motcua_events.contracts import Code
from motcua_service.problems import FieldError, Problem, invalid

from .answers import Question
from .evaluation import DossierRole, LiveBasis
from .feed import Feed
from .freshness import FreshnessReader
from .periods import Period
from .rulebook import Rulebook
from .rulebooks_in_force import Rulebooks


@dataclass
class Scoring:
    """The running service's parts that endpoints use. ``seats`` are free places on the stream."""

    pool: Pool
    rulebooks: Rulebooks
    freshness: FreshnessReader
    feed: Feed
    seats: int


async def _scoring(request: Request) -> Scoring:
    scoring = request.app.state.scoring
    assert isinstance(scoring, Scoring)
    return scoring


ScoringOf = Annotated[Scoring, Depends(_scoring)]
"""An endpoint's parameter: the running service's parts."""

PERIOD = "a month 2020-03, a quarter 2020-Q1 or a year 2020"
AgencyPath = Annotated[Code, Path(description="the agency's code")]
PeriodPath = Annotated[str, Path(description=PERIOD)]
PeriodQuery = Annotated[str, Query(description=PERIOD)]
Limit = Annotated[int, Query(ge=1, le=500, description="most items in one answer")]
Cursor = Annotated[str | None, Query(max_length=400, description="from the previous page")]


def period_of(text: str) -> Period:
    """The period a request names. Raises Problem (422)."""
    try:
        return Period.parse(text)
    except ValueError as error:
        raise not_valid("period", str(error)) from None


def rulebook_of(
    scoring: Scoring, name: str | None, period: Period, field: str = "rulebook"
) -> Rulebook:
    """The rulebook named in ``field``, or the one for the period. Raises Problem (404)."""
    if name is None:
        return scoring.rulebooks.valid_for(period)
    found = scoring.rulebooks.known.get(name)
    if found is None:
        known = ", ".join(sorted(scoring.rulebooks.known))
        raise missing(field, f"There is no such rulebook; there are {known}.")
    return found


@dataclass(frozen=True, slots=True)
class Wish:
    """What a question says beside its period."""

    scoring: Scoring
    basis: LiveBasis
    sector: str | None
    role: DossierRole | None
    rulebook: str | None

    def question(self, period: str) -> Question:
        """The question for a period. Raises Problem (404, 422)."""
        found = period_of(period)
        book = rulebook_of(self.scoring, self.rulebook, found)
        return Question(found, book, self.basis, self.sector, self.role)


async def _wish(
    scoring: ScoringOf,
    basis: Annotated[
        LiveBasis, Query(description="live adds what is open and past due to what is settled")
    ] = "settled",
    sector: Annotated[Code | None, Query(description="one sector only")] = None,
    role: Annotated[
        DossierRole | None, Query(description="whose dossiers count; default: the rulebook's")
    ] = None,
    rulebook: Annotated[Code | None, Query(description="default: the one for the period")] = None,
) -> Wish:
    return Wish(scoring, basis, sector, role, rulebook)


WishOf = Annotated[Wish, Depends(_wish)]
"""An endpoint's parameters: basis, sector, role and rulebook."""


def not_valid(field: str, message: str) -> Problem:
    """The 422 for one parameter."""
    return invalid([FieldError(field=field, message=message)], f"{field}: {message}")


def missing(field: str, message: str) -> Problem:
    """The 404 for what a parameter names."""
    title = f"The {field} is not known"
    return Problem(404, title, message, [FieldError(field=field, message=message)])
