"""What feedback, listed procedures and ratings add to the counters."""

from __future__ import annotations

from datetime import date

from motcua_events import contracts as c

from . import outcomes
from .facts import Facts, held
from .measures_base import Contributions, Measure
from .periods import month_of


def feedback_contributions(facts: Facts) -> Contributions:
    """Index 8: one piece of feedback, in the month in which its answer is due."""
    filed = held(facts, "filed", c.FeedbackFiled)
    if filed is None:
        return {}
    month = month_of(filed.deadline.due_at)
    outcome = feedback_outcome(filed, facts)
    sector = filed.sector or ""
    return {Measure(filed.agency, "addressed", sector, month, "settled", "feedback", outcome): 1}


def feedback_outcome(filed: c.FeedbackFiled, facts: Facts) -> str:
    """The state of a piece of feedback with its marks, as ``outcomes.feedback`` writes it."""
    return outcomes.feedback(
        _state(filed, facts),
        prolonged="prolonged" in facts,
        dismissed="dismissed" in facts,
    )


def rating_contributions(facts: Facts) -> Contributions:
    """A rating that names no dossier."""
    ratings = [event.data for event in facts.values()]
    return {rating_measure(data, ""): 1 for data in ratings if isinstance(data, c.RatingSubmitted)}


def rating_measure(data: c.RatingSubmitted, sector: str) -> Measure:
    """A raw answer on its scale (``scale answer``), in the month of its submission."""
    month, answer = month_of(data.submitted_at), f"{data.scale} {data.answer}"
    return Measure(data.agency, "rated", sector, month, "settled", "rating", answer)


def listing_contributions(facts: Facts) -> Contributions:
    """Indices 5, 6 and 9: a listed procedure as running sums: one state in, the former one out.

    A month sees the last state that took effect in it or before.
    """
    found: Contributions = {}
    before: Measure | None = None
    for month, data in sorted(_last_of_month(facts).items()):
        now = _listed(data, month)
        if before is not None:
            gone = before._replace(month=month)
            found[gone] = found.get(gone, 0) - 1
        if now is not None:
            found[now] = found.get(now, 0) + 1
        before = now
    return {measure: n for measure, n in found.items() if n}


def _last_of_month(facts: Facts) -> dict[date, c.ListingChanged]:
    states = [event.data for event in facts.values() if isinstance(event.data, c.ListingChanged)]
    return {
        data.effective_from.replace(day=1): data
        for data in sorted(states, key=lambda data: data.effective_from)
    }


def _listed(data: c.ListingChanged, month: date) -> Measure | None:
    if not data.listed:
        return None
    outcome = outcomes.Listing.from_event(data).outcome
    return Measure(data.agency, "listing", data.sector or "", month, "running", "listing", outcome)


def _state(filed: c.FeedbackFiled, facts: Facts) -> outcomes.FeedbackWord:
    late_after = filed.deadline.late_after
    if answered := held(facts, "answered", c.FeedbackAnswered):
        return "late" if answered.answered_at > late_after else "on_time"
    passed = held(facts, "passed", c.FeedbackDeadlinePassed)
    if passed is not None and passed.deadline.late_after >= late_after:
        return "overdue"
    return "pending"
