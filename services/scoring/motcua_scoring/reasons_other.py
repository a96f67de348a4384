"""Reasons for feedback (index 8) and listed procedures (indices 5, 6 and 9)."""

from __future__ import annotations

from motcua_events import contracts as c

from .facts import Facts, held
from .measures_base import Measure
from .outcomes import Listing
from .reasons_text import Explained, Said, at_text, due_text
from .rulebook import Rulebook

_REGISTERS = ("filed", "answered", "prolonged", "dismissed", "passed")


def explain_feedback(facts: Facts, measure: Measure) -> Explained:
    """Index 8: how one piece of feedback was answered."""
    state, *marks = measure.outcome.split("+")
    keys = {"prolonged": "is_prolonged", "dismissed": "dismissed"}
    details: dict[str, str] = {}
    if filed := held(facts, "filed", c.FeedbackFiled):
        details["due"] = due_text(filed.deadline)
    if answered := held(facts, "answered", c.FeedbackAnswered):
        details["at"] = at_text(answered.answered_at)
    said = (Said("index_8", key, details) for key in (state, *(keys[mark] for mark in marks)))
    return Explained(tuple(said), _REGISTERS)


def explain_listing(index: int, facts: Facts, measure: Measure, rulebook: Rulebook) -> Explained:
    """Indices 5, 6 and 9: how an agency lists one procedure from a month on."""
    state = Listing.of(measure.outcome)
    keys = {5: _one_stop_key, 6: _publicity_key, 9: _online_key}
    name, procedure = _source(facts, measure)
    details = {"procedure": procedure, "level": str(state.level)}
    said = Said(f"index_{index}", keys[index](state, rulebook), details)
    return Explained((said,), (name,))


def _source(facts: Facts, measure: Measure) -> tuple[str, str]:
    found = [
        (data.effective_from, name, data.procedure)
        for name, event in facts.items()
        if isinstance(data := event.data, c.ListingChanged)
        and data.effective_from.replace(day=1) == measure.month
    ]
    _, name, procedure = max(found)
    return name, procedure


def _one_stop_key(state: Listing, rulebook: Rulebook) -> str:
    if state.exempt and rulebook.index_5.counted == "not_exempt":
        return "exempt"
    if state.whole_chain:
        return "listed_whole_chain"
    return "listed_one_stop" if state.one_stop else "listed_elsewhere"


def _publicity_key(state: Listing, rulebook: Rulebook) -> str:
    if state.exempt and rulebook.index_6.counted == "not_exempt":
        return "exempt"
    if not state.accurate or not (state.posted or state.electronic):
        return "listed_badly"
    return "listed_both" if state.posted and state.electronic else "listed_one_way"


def _online_key(state: Listing, rulebook: Rulebook) -> str:
    if not state.eligible:
        return "not_eligible"
    offered = state.level >= rulebook.index_9.offered_level
    return "listed_offered" if offered else "listed_not_offered"
