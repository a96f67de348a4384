"""Points per outcome, and each policy for single dossiers switched."""

from __future__ import annotations

from typing import Any

import pytest

from motcua_scoring.points import points_for
from motcua_scoring.rulebook import Rulebook, variant
from motcua_scoring.rulebook_files import load, raw

LAW = load("tt01-2018")


def book(**changes: dict[str, Any]) -> Rulebook:
    return Rulebook.model_validate(variant(raw("tt01-2018"), changes))


@pytest.mark.parametrize(
    ("measure", "outcome", "points"),
    [
        ("time", "shorter", 2),
        ("time", "equal", 1),
        ("time", "longer", 0),
        ("time", "longer_within_extension", 0),
        ("time", "unknown", None),
        ("time", "overdue", 0),
        ("time", "overdue_extended", 0),
        ("time", "shorter~longer", 2),
        ("time", "unknown~longer", None),
        ("steps", "shorter", 2),
        ("steps", "equal", 1),
        ("steps", "equal+shorter", 2),
        ("steps", "equal+longer+shorter", 0),
        ("steps", "unknown", None),
        ("steps", "equal+unknown", 1),
        ("steps", "overdue", 0),
        ("contacts", "none", 2),
        ("contacts", "one:0", 1),
        ("contacts", "one:1", 1),
        ("contacts", "several:0", 1),
        ("contacts", "several:1", 1),
        ("contacts", "several:2", 0),
        ("contacts", "none~several", 0),
        ("contacts", "several:2~none", 0),
        ("contacts", "one:1~none", 1),
        ("contacts", "none~one", 1),
        ("bodies", "none", 2),
        ("bodies", "one_stop", 1),
        ("bodies", "one_stop+required", 1),
        ("bodies", "one_stop+required+required", 1),
        ("bodies", "required", 1),
        ("bodies", "other", 0),
        ("bodies", "other+other", 0),
        ("bodies", "one_stop+other", 0),
        ("bodies", "one_stop+one_stop", 0),
        ("bodies", "required+other", 0),
        ("bodies", "none~one_stop_only", 1),
        ("bodies", "one_stop~none", 1),
        ("bodies", "one_stop~several", 0),
        ("attitude", "shorter:clear", 2),
        ("attitude", "equal:clear", 1),
        ("attitude", "longer:clear", 0),
        ("attitude", "shorter:complaint", 0),
        ("attitude", "unknown:complaint", 0),
        ("attitude", "unknown:clear", None),
        ("attitude", "unknown:clear~early_no_complaint", None),
        ("attitude", "unknown:clear~complaint", 0),
        ("attitude", "shorter:dismissed", 2),
        ("attitude", "shorter:clear~on_time_no_complaint", 1),
        ("attitude", "equal:clear~early_no_complaint", 1),
        ("attitude", "shorter:clear~complaint", 0),
        ("attitude", "overdue", 0),
        ("attitude", "overdue_extended", 0),
    ],
)
def test_by_the_law_and_the_projects_policies(
    measure: str, outcome: str, points: int | None
) -> None:
    assert points_for(measure, outcome, LAW) == points


EXTENDED = book(dossiers={"extension": "counts_as_on_time"})
KNOWN = book(dossiers={"without_deadline": "longer"})
WAITING = book(dossiers={"open_past_due": "left_out"})
TOLD = book(index_1={"reported": "lower"})
UNTOLD = book(**{f"index_{n}": {"reported": "recorded"} for n in (3, 4, 7)})
WORST = book(index_2={"several_steps": "worst"})
COUNT_ALL = book(index_3={"several_contacts": "count_all"})
BODIES = book(index_4={"required_bodies": "counted", "single_other_body": 1})
REQUIRED = book(index_4={"only_required_bodies": 2})
LATE = book(index_7={"late": 1})
DISMISSED = book(index_7={"dismissed_complaints": "count"})


@pytest.mark.parametrize(
    ("rules", "measure", "outcome", "points"),
    [
        (EXTENDED, "time", "longer_within_extension", 1),
        (EXTENDED, "time", "longer", 0),
        (EXTENDED, "time", "overdue_extended", None),
        (EXTENDED, "time", "overdue", 0),
        (EXTENDED, "attitude", "longer_within_extension:clear", 1),
        (EXTENDED, "attitude", "overdue_extended", None),
        (KNOWN, "time", "unknown", 0),
        (KNOWN, "steps", "shorter+unknown", 0),
        (KNOWN, "attitude", "unknown:clear", 0),
        (WAITING, "time", "overdue", None),
        (WAITING, "steps", "overdue", None),
        (WAITING, "attitude", "overdue", None),
        (TOLD, "time", "shorter~longer", 0),
        (TOLD, "time", "equal~shorter", 1),
        (TOLD, "time", "unknown~longer", 0),
        (TOLD, "time", "unknown~equal", None),
        (UNTOLD, "contacts", "none~several", 2),
        (UNTOLD, "bodies", "none~several", 2),
        (UNTOLD, "attitude", "shorter:clear~complaint", 2),
        (WORST, "steps", "equal+shorter", 1),
        (WORST, "steps", "equal+longer", 0),
        (WORST, "steps", "shorter", 2),
        (COUNT_ALL, "contacts", "several:0", 0),
        (COUNT_ALL, "contacts", "one:0", 1),
        (BODIES, "bodies", "other", 1),
        (BODIES, "bodies", "one_stop+required", 0),
        (BODIES, "bodies", "required", 1),
        (REQUIRED, "bodies", "required", 2),
        (LATE, "attitude", "longer:clear", 1),
        (LATE, "attitude", "longer:complaint", 0),
        (DISMISSED, "attitude", "shorter:dismissed", 0),
        (DISMISSED, "attitude", "shorter:clear", 2),
    ],
)
def test_each_policy_switched(
    rules: Rulebook, measure: str, outcome: str, points: int | None
) -> None:
    assert points_for(measure, outcome, rules) == points
