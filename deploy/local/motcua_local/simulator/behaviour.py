"""How one agency works through the year: exact counts drawn from its way of working."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from .chance import deck, share
from .data import Agency, Habits, Level, Quality

Timing = Literal["early", "on_time", "late"]
Asking = Literal["none", "supplement", "own_fault", "check", "repeated", "errand"]
"""Why the applicant had to get in touch: one supplement at the one-stop unit; two, one of them
their own mistake; a field check that the law requires; two that the office caused; two bodies."""

DOSSIERS: dict[Level, tuple[int, int]] = {
    "province": (235, 265),
    "district": (190, 220),
    "commune": (58, 74),
}
"""How many dossiers an agency resolves in the year, at scale 1."""

ONLINE_SHARE = {"strong": (36, 44), "some": (20, 26), "weak": (3, 9)}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What will happen at one agency, as counts; each deck has ``dossiers`` cards."""

    agency: Agency
    habits: Habits
    dossiers: int
    timings: tuple[Timing, ...]
    askings: tuple[Asking, ...]
    complaints: int
    dismissed: int
    online: int
    online_late: bool
    shares: dict[Timing, int]


def behave(
    random: Random, agency: Agency, quality: Quality, habits: Habits, scale: float
) -> Behaviour:
    """Draws an agency's year. ``scale`` multiplies the number of dossiers (at least 30 remain)."""
    dossiers = max(30, round(random.randint(*DOSSIERS[agency.level]) * scale))
    early, late = random.randint(*quality.early), random.randint(*quality.late)
    complaints = share(dossiers, random.randint(*quality.complaints))
    return Behaviour(
        agency=agency,
        habits=habits,
        dossiers=dossiers,
        timings=tuple(_timings(random, dossiers, early, late)),
        askings=tuple(_askings(random, dossiers, quality)),
        complaints=complaints,
        dismissed=random.randint(0, 1),
        online=share(dossiers, random.randint(*ONLINE_SHARE[habits.online])),
        online_late=habits.online == "weak" and random.random() < 0.4,
        shares={"early": early, "on_time": 100 - early - late, "late": late},
    )


def _timings(random: Random, total: int, early: int, late: int) -> list[Timing]:
    n_early, n_late = share(total, early), share(total, late)
    return deck(random, {"early": n_early, "late": n_late, "on_time": total - n_early - n_late})


def _askings(random: Random, total: int, quality: Quality) -> list[Asking]:
    asked = share(total, random.randint(*quality.asked))
    several = share(total, random.randint(*quality.several))
    own, check = share(asked, 20), share(asked, 8)
    counts: dict[Asking, int] = {
        "supplement": asked - own - check,
        "own_fault": own,
        "check": check,
        "repeated": several - several // 2,
        "errand": several // 2,
        "none": total - asked - several,
    }
    return deck(random, counts)
