"""What a dossier adds to the counters: indices 1, 2, 3, 4, 7 and 9, volumes and its ratings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from motcua_events import contracts as c

from . import outcomes
from .dossier import Dossier, Step
from .facts import Facts
from .measures_base import Contributions, Line, Measure, Role
from .measures_other import rating_measure
from .periods import month_of


def dossier_contributions(facts: Facts) -> Contributions:
    """A dossier counts once it is received; its ratings count at once.

    Closed dossiers leave indices 1, 2, 3, 4 and 7 and are counted apart.
    """
    dossier = Dossier.of(facts)
    found: Contributions = {}
    record = dossier.record
    sector = record.sector or "" if record is not None else ""
    for rating in dossier.ratings:
        _add(found, rating_measure(rating, sector))
    if record is None:
        return found
    lines = list(_lines(dossier, record))
    roles: tuple[tuple[Role, str], ...] = (
        ("resolving", record.resolving),
        ("receiving", record.receiving),
    )
    for role, agency in roles:
        for month, basis, measure, outcome, n in lines:
            _add(found, Measure(agency, role, sector, month, basis, measure, outcome), n)
    if dossier.closed is None:
        for agency, line in _participation(dossier):
            _add(found, Measure(agency, "participating", sector, *line[:-1]))
    return {measure: n for measure, n in found.items() if n}


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


def _lines(dossier: Dossier, record: c.DossierReceived) -> Iterator[Line]:
    received = month_of(record.received_at)
    yield Line(received, "settled", "received", record.channel)
    yield Line(received, "running", "waiting", "open")
    if dossier.returned_at is not None:
        yield Line(month_of(dossier.returned_at), "settled", "returned", record.channel)
    if dossier.closed is not None and dossier.closed_at is not None:
        month = month_of(dossier.closed_at)
        yield Line(month, "settled", "closed", dossier.closed)
        yield Line(max(month, received), "running", "waiting", "open", -1)
    elif dossier.resolved_at is not None:
        month = month_of(dossier.resolved_at)
        yield from _resolved(dossier, record.channel, month)
        yield Line(max(month, received), "running", "waiting", "open", -1)
    else:
        yield from _overdue(dossier, record.channel)


def _resolved(dossier: Dossier, channel: c.Channel, month: date) -> Iterator[Line]:
    word = dossier.resolution
    yield Line(month, "settled", "resolved", channel)
    yield Line(month, "settled", "time", time_outcome(dossier, word))
    yield Line(month, "settled", "contacts", contacts_outcome(dossier))
    yield Line(month, "settled", "bodies", bodies_outcome(dossier))
    yield Line(month, "settled", "attitude", attitude_outcome(dossier, word))
    if channel == "online" and word in ("longer", "longer_within_extension"):
        yield Line(month, "settled", "online", word)


def _overdue(dossier: Dossier, channel: c.Channel) -> Iterator[Line]:
    word, deadline = dossier.overdue, dossier.deadline
    if word is None or deadline is None:
        return
    month = month_of(deadline.due_at)
    yield Line(month, "open", "time", word)
    yield Line(month, "open", "attitude", word)
    if channel == "online":
        yield Line(month, "settled", "online", word)


def _participation(dossier: Dossier) -> Iterator[tuple[str, Line]]:
    for agency, steps in dossier.agencies().items():
        if settled := step_outcome(dossier, steps):
            yield agency, Line(settled[0], "settled", "steps", settled[1])
        elif overdue := overdue_step(dossier, steps):
            yield agency, Line(overdue[0], "open", "steps", overdue[1])


def _add(found: Contributions, measure: Measure, n: int = 1) -> None:
    found[measure] = found.get(measure, 0) + n
