"""What a dossier adds to the counters: indices 1, 2, 3, 4, 7 and 9, volumes and its ratings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import TypeAlias

from motcua_events import contracts as c

from . import outcomes
from .bundles import Bundle, Cell, Entries, Entry, Part, bundled
from .dossier import Dossier, Step
from .facts import Facts
from .measures_base import Basis, Name, Role
from .measures_other import rating_measure
from .periods import month_of

_Counted: TypeAlias = tuple[Basis, Name, str, int]
"""A basis, a measure, an outcome and a number."""

_Line: TypeAlias = tuple[date, _Counted]


def dossier_bundles(facts: Facts) -> dict[Cell, Bundle]:
    """A dossier counts once it is received; its ratings count at once.

    Closed dossiers leave indices 1, 2, 3, 4 and 7 and are counted apart.
    """
    dossier = Dossier.of(facts)
    record = dossier.record
    sector = record.sector or "" if record is not None else ""
    found = [_rated(rating, sector) for rating in dossier.ratings]
    if record is not None:
        found += _received(dossier, record, sector)
        if dossier.closed is None:
            found += _participation(dossier, sector)
    return bundled(found)


def step_outcome(dossier: Dossier, steps: list[Step]) -> tuple[date, str] | None:
    """Index 2: an agency's month and outcome in a dossier, or None while one of its steps is open.

    The outcome is the set of its steps' outcomes, such as ``equal+shorter``; the month is that in
    which the last of them was completed.
    """
    ends = [step.end.completed_at for step in steps if step.end is not None]
    if len(ends) < len(steps):
        return None
    words = {
        outcomes.time(step.end.completed_at, dossier.step_deadline(step))
        for step in steps
        if step.end is not None
    }
    return month_of(max(ends)), "+".join(sorted(words))


def overdue_step(dossier: Dossier, steps: list[Step]) -> tuple[date, str] | None:
    """Index 2, live: the month of an agency's first open step past due, or None if there is none.

    However many of its steps are overdue, the dossier counts once for the agency.
    """
    dues: list[datetime] = []
    for step in steps:
        deadline = dossier.step_deadline(step)
        if step.end is None and deadline is not None and dossier.passed(deadline, step.id):
            dues.append(deadline.due_at)
    return (month_of(min(dues)), "overdue") if dues else None


def time_outcome(dossier: Dossier, word: outcomes.TimeWord) -> str:
    """Index 1: a time with what the rating form says of it."""
    return outcomes.with_reported(word, dossier.reported("total_time"))


def attitude_outcome(dossier: Dossier, word: outcomes.TimeWord) -> str:
    """Index 7: a time with the complaint's state, and what the rating form says."""
    return outcomes.with_reported(f"{word}:{dossier.complaint}", dossier.reported("attitude"))


def contacts_outcome(dossier: Dossier) -> str:
    """Index 3: contacts with the place of reception, and what the rating form says."""
    return outcomes.with_reported(dossier.contact_outcome, dossier.reported("contacts"))


def bodies_outcome(dossier: Dossier) -> str:
    """Index 4: the bodies contacted, and what the rating form says."""
    return outcomes.with_reported(dossier.bodies.outcome, dossier.reported("bodies"))


def _rated(rating: c.RatingSubmitted, sector: str) -> tuple[Cell, Entries]:
    m = rating_measure(rating, sector)
    return Cell(m.agency, "rated", m.month, sector), ((*m[1:2], *m[4:], 1),)


def _received(
    dossier: Dossier, record: c.DossierReceived, sector: str
) -> list[tuple[Cell, Entries]]:
    """What counts for the agency that resolves and for the one that receives, often the same."""
    groups: dict[tuple[Part, date], list[_Counted]] = {}
    for month, counted in _lines(dossier, record):
        part: Part = "lasting" if counted[0] == "running" else "month"
        groups.setdefault((part, month), []).append(counted)
    homes: list[tuple[str, tuple[Role, ...]]] = [(record.resolving, ("resolving", "receiving"))]
    if record.resolving != record.receiving:
        homes = [(record.resolving, ("resolving",)), (record.receiving, ("receiving",))]
    return [
        (Cell(agency, part, month, sector), _in_roles(roles, tuple(lines)))
        for (part, month), lines in groups.items()
        for agency, roles in homes
    ]


@lru_cache(maxsize=10_000)
def _in_roles(roles: tuple[Role, ...], lines: tuple[_Counted, ...]) -> Entries:
    return tuple((role, *line) for role in roles for line in lines)


def _lines(dossier: Dossier, record: c.DossierReceived) -> Iterator[_Line]:
    received = month_of(record.received_at)
    yield received, ("settled", "received", record.channel, 1)
    yield received, ("running", "waiting", "open", 1)
    if dossier.returned_at is not None:
        yield month_of(dossier.returned_at), ("settled", "returned", record.channel, 1)
    if dossier.closed is not None and dossier.closed_at is not None:
        month = month_of(dossier.closed_at)
        yield month, ("settled", "closed", dossier.closed, 1)
        yield max(month, received), ("running", "waiting", "open", -1)
    elif dossier.resolved_at is not None:
        month = month_of(dossier.resolved_at)
        yield from _resolved(dossier, record.channel, month)
        yield max(month, received), ("running", "waiting", "open", -1)
    else:
        yield from _overdue(dossier, record.channel)


def _resolved(dossier: Dossier, channel: c.Channel, month: date) -> Iterator[_Line]:
    word = dossier.resolution
    yield month, ("settled", "resolved", channel, 1)
    yield month, ("settled", "time", time_outcome(dossier, word), 1)
    yield month, ("settled", "contacts", contacts_outcome(dossier), 1)
    yield month, ("settled", "bodies", bodies_outcome(dossier), 1)
    yield month, ("settled", "attitude", attitude_outcome(dossier, word), 1)
    if channel == "online" and word in ("longer", "longer_within_extension"):
        yield month, ("settled", "online", word, 1)


def _overdue(dossier: Dossier, channel: c.Channel) -> Iterator[_Line]:
    word, deadline = dossier.overdue, dossier.deadline
    if word is None or deadline is None:
        return
    month = month_of(deadline.due_at)
    yield month, ("open", "time", word, 1)
    yield month, ("open", "attitude", word, 1)
    if channel == "online":
        yield month, ("settled", "online", word, 1)


def _participation(dossier: Dossier, sector: str) -> Iterator[tuple[Cell, Entries]]:
    for agency, steps in dossier.agencies().items():
        if settled := step_outcome(dossier, steps):
            month, outcome = settled
            entry: Entry = ("participating", "settled", "steps", outcome, 1)
        elif overdue := overdue_step(dossier, steps):
            month, outcome = overdue
            entry = ("participating", "open", "steps", outcome, 1)
        else:
            continue
        yield Cell(agency, "month", month, sector), (entry,)
