"""Indices 5, 6, 8 and 9: ladders of shares, compared exactly."""

from __future__ import annotations

from collections.abc import Iterator

from motcua_events.contracts import Level

from .evaluation_counts import Counts, IndexResult, OutcomePoints, Share, Why
from .outcomes import Listing
from .rulebook import Rulebook


def one_stop_score(counts: Counts, rulebook: Rulebook, level: Level | None) -> IndexResult:
    """Index 5. None without listed procedures that count, or where the level is not known."""
    rule = rulebook.index_5
    listed = [(s, n) for s, n in _listed(counts) if rule.counted == "all" or not s.exempt]
    whole = sum(n for _, n in listed)
    chain = sum(n for state, n in listed if state.whole_chain)
    received = sum(n for state, n in listed if state.one_stop)
    found = {"listed": whole, "whole_chain": chain, "one_stop": received}
    if not whole or level is None:
        return IndexResult(5, None, found, Why("no_information"))
    chain_share = Share("whole_chain", chain, whole, rule.whole_chain_percent[level])
    received_share = Share("one_stop", received, whole, rule.received_percent)
    top = chain_share.met and (rule.whole_chain_suffices or received_share.met)
    step = "whole_chain" if top else "all_received" if received_share.met else "otherwise"
    why = Why(step, shares=(chain_share, received_share))
    return IndexResult(5, 10 * int(getattr(rule, step)), found, why)


def publicity_score(counts: Counts, rulebook: Rulebook) -> IndexResult:
    """Index 6. None without listed procedures that count."""
    rule = rulebook.index_6
    listed = [(s, n) for s, n in _listed(counts) if rule.counted == "all" or not s.exempt]
    whole = sum(n for _, n in listed)
    both = sum(n for s, n in listed if s.accurate and s.posted and s.electronic)
    one_way = sum(n for s, n in listed if s.accurate and (s.posted or s.electronic))
    found = {"listed": whole, "both": both, "one_way": one_way - both}
    if not whole:
        return IndexResult(6, None, found, Why("no_information"))
    shares = (
        Share("both", both, whole, rule.required_percent),
        Share("one_way", one_way, whole, rule.required_percent),
    )
    step = next((share.name for share in shares if share.met), "otherwise")
    return IndexResult(6, 10 * int(getattr(rule, step)), found, Why(step, shares=shares))


def feedback_score(counts: Counts, rulebook: Rulebook) -> IndexResult:
    """Index 8. Never None: no feedback at all has its own points."""
    rule = rulebook.index_8
    found = dict(counts.get("feedback", {}))
    words = [(set(outcome.split("+")), n) for outcome, n in found.items()]
    if rule.dismissed == "left_out":
        words = [(marks, n) for marks, n in words if "dismissed" not in marks]
    due = sum(n for marks, n in words if "pending" not in marks)
    on_time = sum(n for marks, n in words if "on_time" in marks)
    prolonged = sum(n for marks, n in words if "prolonged" in marks)
    shares = (
        Share("all_on_time", on_time, due, 100),
        Share("most_on_time", on_time, due, rule.most_percent),
    )
    if prolonged and rule.prolonged == "any":
        step, points = "prolonged", rule.otherwise
    elif not due:
        step, points = "no_feedback", rule.no_feedback
    else:
        step = next((share.name for share in shares if share.met), "otherwise")
        points = getattr(rule, step)
    outcomes = tuple(OutcomePoints(outcome, n, None) for outcome, n in sorted(found.items()))
    why = Why(step, outcomes, shares=shares if due else ())
    return IndexResult(8, 10 * int(points), found, why)


def online_score(counts: Counts, rulebook: Rulebook) -> IndexResult:
    """Index 9. A failed condition that is known gives 0 even while the others are not known.

    None where nothing has failed but procedures or dossiers are missing to judge by.
    """
    rule = rulebook.index_9
    listed = [(state, n) for state, n in _listed(counts) if state.eligible]
    eligible = sum(n for _, n in listed)
    offered = sum(n for state, n in listed if state.level >= rule.offered_level)
    channels = counts.get(rule.share_of, {})
    dossiers, online = sum(channels.values()), channels.get("online", 0)
    trouble = _trouble(counts, rulebook)
    found = {"eligible": eligible, "offered": offered, rule.share_of: dossiers, "online": online,
             **counts.get("online", {})}  # fmt: skip
    offer = Share("offered", offered, eligible, rule.offered_percent)
    full = Share("online_full", online, dossiers, rule.full_share_percent)
    some = Share("online_some", online, dossiers, rule.some_share_percent)
    step = _online_step(offer, full, some, trouble)
    outcomes = tuple(OutcomePoints(o, n, None) for o, n in sorted(counts.get("online", {}).items()))
    why = Why(step, outcomes, shares=(offer, full, some))
    points = _ONLINE_POINTS.get(step)
    return IndexResult(9, 10 * int(getattr(rule, points)) if points else None, found, why)


_ONLINE_POINTS = {
    "overdue_found": "otherwise",
    "none_offered": "otherwise",
    "otherwise": "otherwise",
    "full": "full",
    "few_offered": "few_offered",
    "some": "some",
}


def _online_step(offer: Share, full: Share, some: Share, trouble: int) -> str:
    if trouble:
        return "overdue_found"
    if offer.whole and not offer.part:
        return "none_offered"
    if some.met is False:
        return "otherwise"
    if offer.met is None or full.met is None:
        return "no_information"
    if not full.met:
        return "some"
    return "full" if offer.met else "few_offered"


def _trouble(counts: Counts, rulebook: Rulebook) -> int:
    if rulebook.index_9.overdue == "ignored":
        return 0
    cured = rulebook.dossiers.extension == "counts_as_on_time"
    found = counts.get("online", {})
    return sum(n for word, n in found.items() if not (cured and "exten" in word))


def _listed(counts: Counts) -> Iterator[tuple[Listing, int]]:
    return ((Listing.of(outcome), n) for outcome, n in counts.get("listing", {}).items())
