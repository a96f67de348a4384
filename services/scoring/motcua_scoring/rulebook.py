"""A rulebook: legal basis, validity, points, thresholds, and a named policy for every gap.

Policies marked *fixed* have one allowed value: what they decide is settled before outcomes are
counted (at reception, by timers or by the law itself), so they cannot be switched afterwards. All
others can be changed and evaluated on the same counters. Points are 0, 1 or 2; percentages are
whole numbers; thresholds of classes are tenths of a point.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from motcua_events.contracts import Class, Code, Level
from motcua_service.fields import misplaced

from .rulebook_indices import (
    Attitude,
    Bodies,
    Contacts,
    Feedback,
    OneStop,
    Online,
    Publicity,
    ResolutionTime,
    StepTimes,
)
from .rulebook_texts import Text, check_texts

Title = Annotated[str, Field(min_length=1, max_length=500)]


class Part(BaseModel):
    """An immutable part of a rulebook; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Scope(Part):
    """Whom the rulebook is for."""

    description: Text
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]


class Dossiers(Part):
    """Which dossiers count, when, and as what: for indices 1, 2, 3, 4, 7 and 9."""

    role: Literal["resolving", "receiving"] = "resolving"
    """Whose dossiers are counted for 1, 3, 4, 7 and 9 unless the request asks otherwise. Index 2
    always counts by participating agency, 5 and 6 by listed procedures, 8 by the addressed one."""
    counted: Literal["resolved_in_period"] = "resolved_in_period"
    """*Fixed.* A dossier counts in the month of its resolution; for index 2 in the month in which
    the last of the agency's steps was completed."""
    closed: Literal["left_out"] = "left_out"
    """*Fixed.* Refused, withdrawn and stopped dossiers leave 1, 2, 3, 4 and 7; counted apart."""
    compared_in: Literal["published_unit"] = "published_unit"
    """*Fixed.* "Equal" is judged in the unit of the limit: within the due day for limits in working
    or calendar days, within the last working hour for limits in hours."""
    pause: Literal["subtracted"] = "subtracted"
    """*Fixed.* A legal pause does not count: it moves the deadline, and timers follow it."""
    restart: Literal["from_zero"] = "from_zero"
    """*Fixed.* Returned for completion before acceptance: the clock starts again."""
    extension: Literal["does_not_cure", "counts_as_on_time"] = "does_not_cure"
    """Apology and a new appointment. ``counts_as_on_time``: late, but within the new appointment,
    is "equal", and an open dossier with a new appointment is not past due."""
    without_deadline: Literal["left_out", "longer"] = "left_out"
    """A dossier or step whose limit nobody knows: not part of the average, or as late."""
    open_past_due: Literal["zero", "left_out"] = "zero"
    """Live score: what is open and past due counts 0 for 1, 2 and 7 in the month of its due date.
    Indices 3 and 4 wait for the resolution."""


class Aggregation(Part):
    """From points to index scores, the total and the class."""

    article: Title
    decimals: Literal[1] = 1
    """*Fixed* by the law: index scores have one decimal; they are kept as whole tenths."""
    rounding: Literal["half_up", "half_even"] = "half_up"
    """On exact integers: 1.45 becomes 1.5 half up, 1.4 half to even."""
    without_information: Literal["left_out"] = "left_out"
    """*Fixed* by the law: an index without enough information is not counted in the total."""
    class_thresholds: Literal["fixed", "in_proportion"] = "fixed"
    """Whether class thresholds shrink to k ninths where only k of 9 indices could be counted."""


class ClassFrom(Part):
    """A class and the total, in tenths, from which on it is reached (that total included)."""

    name: Class
    from_tenths: Annotated[int, Field(ge=0, le=180)]


class Rulebook(Part):
    """A versioned rule set. Evaluations name its id and version."""

    id: Code
    version: Annotated[str, Field(min_length=1, max_length=32)]
    title: Text
    legal_basis: Title
    scope: Scope
    valid_from: date
    valid_to: date | None = None
    aggregation: Aggregation
    classes: Annotated[tuple[ClassFrom, ...], Field(min_length=1)]
    dossiers: Dossiers = Dossiers()
    index_1: ResolutionTime
    index_2: StepTimes
    index_3: Contacts
    index_4: Bodies
    index_5: OneStop
    index_6: Publicity
    index_7: Attitude
    index_8: Feedback
    index_9: Online
    texts: dict[str, dict[str, Text]]
    """Why a point was given or lost: ``index_1`` … ``index_9``, each by outcome."""

    @model_validator(mode="after")
    def _consistent(self) -> Rulebook:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise misplaced("valid_to", "must not lie before valid_from")
        starts = [each.from_tenths for each in self.classes]
        if starts != sorted(set(starts), reverse=True) or starts[-1] != 0:
            raise misplaced("classes", "must go down from the best one and end with from_tenths 0")
        if len({each.name for each in self.classes}) != len(self.classes):
            raise misplaced("classes", "may name each class once")
        check_texts(self.texts)
        return self

    def article(self, index: int) -> str:
        """The article of law behind an index, 1 to 9."""
        return str(getattr(self, f"index_{index}").article)

    def text(self, index: int, key: str) -> Text:
        """The text for an outcome or a rule of an index."""
        return self.texts[f"index_{index}"][key]

    def is_valid_on(self, day: date) -> bool:
        """Whether the rulebook was in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def variant(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A rulebook's raw content with some fields changed; lists are replaced as a whole."""
    merged = dict(base)
    for key, value in changes.items():
        before = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(before, Mapping)
        merged[key] = variant(before, value) if both else value  # type: ignore[arg-type]
    return merged
