"""The nine indices of a rulebook: points per outcome, thresholds, and policies where law is silent.

Defaults are the project's answers of record; the law's own figures have no default and must be
written in the file.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from motcua_events.contracts import Level
from motcua_service.fields import misplaced

Points = Annotated[int, Field(ge=0, le=2)]
Percent = Annotated[int, Field(ge=0, le=100)]
Article = Annotated[str, Field(min_length=1, max_length=300)]

Reported = Annotated[
    Literal["recorded", "lower"],
    Field(
        description="What a citizen's rating form may change: nothing (``recorded`` events decide),"
        " or the ``lower`` of the recorded and the reported points counts."
    ),
]
AsOf = Annotated[
    Literal["end_of_period"],
    Field(description="*Fixed.* Lists are read as they stand at the end of the period, or now."),
]
Listed = Annotated[
    Literal["not_exempt", "all"],
    Field(
        description="The procedures that count: those not exempt from the one-stop unit, or all."
    ),
]


class Index(BaseModel):
    """What every index has: the article behind it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    article: Article


class TimePoints(BaseModel):
    """Points for a time that is shorter than, equal to or longer than its limit."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    shorter: Points
    equal: Points
    longer: Points


class ResolutionTime(Index):
    """Index 1: total resolution time against the legal time, per dossier."""

    points: TimePoints
    reported: Reported = "recorded"


class StepTimes(Index):
    """Index 2: each participating agency's time against its own limit, per dossier and agency."""

    points: TimePoints
    several_steps: Literal["longer_then_shorter", "worst"] = "longer_then_shorter"
    """Several steps of one agency in a dossier. Default: longer if any was longer, otherwise
    shorter if any was shorter, otherwise equal. ``worst``: the worst of them."""


class Contacts(Index):
    """Index 3: contacts with the place of reception needed to complete the dossier."""

    none: Points
    one: Points
    several: Points
    several_contacts: Literal["forgive_own_fault", "count_all"] = "forgive_own_fault"
    """More than one contact: the points of one where at most one of them was not the applicant's
    own fault, else of several; or always of several."""
    unstated_fault: Literal["not_the_applicant"] = "not_the_applicant"
    """*Fixed.* A contact whose fault nobody stated is not held against the applicant."""
    reported: Reported = "lower"


class Bodies(Index):
    """Index 4: number of bodies the applicant had to contact to complete the dossier."""

    none: Points
    one_stop_only: Points
    several: Points
    single_other_body: Points = 0
    """Exactly one body, which is neither the one-stop unit nor one of a required check."""
    only_required_bodies: Points = 1
    """No body but those of checks that the law makes the applicant take part in."""
    required_bodies: Literal["allowed", "counted"] = "allowed"
    """Whether bodies of legally required checks are allowed beside the one-stop unit."""
    reported: Reported = "lower"


class OneStop(Index):
    """Index 5: reception, resolution and return organised at the one-stop unit."""

    whole_chain: Points
    all_received: Points
    otherwise: Points
    whole_chain_percent: dict[Level, Percent]
    """Least share of procedures whose whole chain runs at the one-stop unit, by level."""
    received_percent: Percent
    """Least share of procedures received and returned there for ``all_received``."""
    whole_chain_suffices: bool = True
    """Whether the whole-chain share alone gives the top points (the ladder read literally: the
    highest step whose condition holds), or only together with ``received_percent``."""
    counted: Listed = "not_exempt"
    list_as_of: AsOf = "end_of_period"

    @model_validator(mode="after")
    def _every_level(self) -> OneStop:
        if set(self.whole_chain_percent) != {"province", "district", "commune"}:
            raise misplaced("whole_chain_percent", "needs province, district and commune")
        return self


class Publicity(Index):
    """Index 6: procedures published accurately, fully and in time."""

    both: Points
    one_way: Points
    otherwise: Points
    required_percent: Percent = 100
    """Procedures differ: the share that must be accurate and published so. 100 means every one."""
    counted: Listed = "not_exempt"
    list_as_of: AsOf = "end_of_period"


class Attitude(Index):
    """Index 7: attitude of officials, per dossier."""

    early: Points
    on_time: Points
    complaint: Points
    late: Points = 0
    """Late, and no complaint."""
    dismissed_complaints: Literal["do_not_count", "count"] = "do_not_count"
    """Complaints that the competent body concluded to be wrong or slanderous (law: not counted)."""
    reported: Reported = "lower"


class Feedback(Index):
    """Index 8: answering feedback due in the period."""

    all_on_time: Points
    most_on_time: Points
    otherwise: Points
    most_percent: Percent
    """Least share answered on time for ``most_on_time``."""
    no_feedback: Points = 2
    """No feedback at all (the law says 2)."""
    prolonged: Literal["any", "ignored"] = "any"
    """Whether any feedback of the period that is marked prolonged leaves only ``otherwise``."""
    dismissed: Literal["counted", "left_out"] = "counted"
    """Feedback found wrong or slanderous must still be answered in time; or it leaves the share."""
    counted: Literal["due_in_period"] = "due_in_period"
    """*Fixed.* Feedback counts in the month in which its answer is due. What is not yet answered
    and not yet due is shown, and is no part of the share."""


class Online(Index):
    """Index 9: online services."""

    full: Points
    some: Points
    otherwise: Points
    offered_level: Annotated[int, Field(ge=1, le=4)]
    """From this level on a procedure counts as offered online."""
    offered_percent: Percent
    """Least share of eligible procedures offered, for ``full``."""
    full_share_percent: Percent
    """Least share of online dossiers for ``full``."""
    some_share_percent: Percent
    """Least share of online dossiers for ``some``."""
    few_offered: Points = 1
    """Share of online dossiers high enough for ``full``, but too few procedures offered."""
    overdue: Literal["any", "ignored"] = "any"
    """Whether any online dossier resolved late, or open and past due, leaves only ``otherwise``."""
    closed: Literal["not_unresolved"] = "not_unresolved"
    """*Fixed.* Stopped, refused and withdrawn online dossiers are not "unresolved"."""
    share_of: Literal["received", "resolved"] = "received"
    """The dossiers whose online share is taken: received or resolved in the period."""
    procedures: Literal["eligible"] = "eligible"
    """*Fixed.* Only procedures eligible for online service count."""
    list_as_of: AsOf = "end_of_period"

    @model_validator(mode="after")
    def _ladder(self) -> Online:
        if self.some_share_percent > self.full_share_percent:
            raise misplaced("some_share_percent", "must not exceed full_share_percent")
        return self
