"""Points for an outcome of one dossier under a rulebook: indices 1, 2, 3, 4 and 7."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from .outcomes import Bodies, split_reported
from .rulebook import Rulebook
from .rulebook_indices import TimePoints

Given = int | None
"""0, 1 or 2; None where the outcome is left out of the average."""


def points_for(measure: str, outcome: str, book: Rulebook) -> Given:
    """The points of an outcome of ``time``, ``steps``, ``contacts``, ``bodies`` or ``attitude``."""
    return POINTS[measure](outcome, book)


def time_points(outcome: str, book: Rulebook) -> Given:
    """Index 1: by the time, and by the rating form where the rulebook lets it lower the points."""
    word, reported = split_reported(outcome)
    points = book.index_1.points
    judged = judge(word, book)
    recorded = _by_time(judged, points)
    told = getattr(points, reported) if reported else None
    return _lower(recorded, told, book.index_1.reported, waiting=judged == "waits")


def steps_points(outcome: str, book: Rulebook) -> Given:
    """Index 2: one outcome for all steps of an agency in a dossier."""
    words = {judge(word, book) for word in outcome.split("+")}
    if "zero" in words:
        return 0
    worst_first = ("longer", "equal", "shorter")
    default = ("longer", "shorter", "equal")
    order = worst_first if book.index_2.several_steps == "worst" else default
    return next((getattr(book.index_2.points, word) for word in order if word in words), None)


def contacts_points(outcome: str, book: Rulebook) -> Given:
    """Index 3: by the number of contacts and whose fault they were."""
    recorded, reported = split_reported(outcome)
    rule = book.index_3
    number, _, not_theirs = recorded.partition(":")
    points: int = getattr(rule, number)
    if number == "several" and not_theirs != "2" and rule.several_contacts == "forgive_own_fault":
        points = rule.one
    return _lower(points, getattr(rule, reported) if reported else None, rule.reported)


def bodies_points(outcome: str, book: Rulebook) -> Given:
    """Index 4: by which bodies the applicant had to contact."""
    recorded, reported = split_reported(outcome)
    rule = book.index_4
    told = getattr(rule, reported) if reported else None
    return _lower(_by_bodies(Bodies.of(recorded), book), told, rule.reported)


def attitude_points(outcome: str, book: Rulebook) -> Given:
    """Index 7: by time and standing complaints. A complaint decides even without a limit."""
    recorded, reported = split_reported(outcome)
    word, _, complaint = recorded.partition(":")
    rule = book.index_7
    judged = judge(word, book)
    points = _by_attitude(judged, book)
    counts = rule.dismissed_complaints == "count"
    if complaint == "complaint" or (complaint == "dismissed" and counts):
        points = rule.complaint
    told = None if reported is None else _REPORTED_ATTITUDE[reported](book)
    return _lower(points, told, rule.reported, waiting=judged == "waits")


Judged = Literal["shorter", "equal", "longer", "zero", "left_out", "waits"]


def judge(word: str, book: Rulebook) -> Judged:
    """A time's word under the rulebook's policies.

    ``zero``: open and past due. ``waits``: open, and not counted before it ends.
    """
    rule = book.dossiers
    cured = rule.extension == "counts_as_on_time"
    match word:
        case "shorter" | "equal" | "longer":
            return word
        case "longer_within_extension":
            return "equal" if cured else "longer"
        case "unknown":
            return "longer" if rule.without_deadline == "longer" else "left_out"
    if rule.open_past_due == "left_out" or (cured and word == "overdue_extended"):
        return "waits"
    return "zero"


def _by_time(judged: Judged, points: TimePoints) -> Given:
    match judged:
        case "shorter" | "equal" | "longer":
            found: int = getattr(points, judged)
            return found
        case "zero":
            return 0
    return None


def _by_attitude(judged: Judged, book: Rulebook) -> Given:
    rule = book.index_7
    by_word = {"shorter": rule.early, "equal": rule.on_time, "longer": rule.late, "zero": 0}
    return by_word.get(judged)


def _by_bodies(bodies: Bodies, book: Rulebook) -> int:
    rule = book.index_4
    required = bodies.required if rule.required_bodies == "allowed" else 0
    counted = bodies.one_stop + bodies.other + bodies.required - required
    if counted == 0:
        return rule.only_required_bodies if required else rule.none
    if counted > 1:
        return rule.several
    if bodies.one_stop:
        return rule.one_stop_only
    return rule.several if required else rule.single_other_body


def _lower(recorded: Given, told: Given, policy: str, *, waiting: bool = False) -> Given:
    """The points that count. Without recorded points only a reported 0 is sure to be the lower."""
    if told is None or policy == "recorded" or waiting:
        return recorded
    if recorded is None:
        return 0 if told == 0 else None
    return min(recorded, told)


_REPORTED_ATTITUDE: Mapping[str, Callable[[Rulebook], int]] = {
    "early_no_complaint": lambda book: book.index_7.early,
    "on_time_no_complaint": lambda book: book.index_7.on_time,
    "complaint": lambda book: book.index_7.complaint,
}

POINTS: Mapping[str, Callable[[str, Rulebook], Given]] = {
    "time": time_points,
    "steps": steps_points,
    "contacts": contacts_points,
    "bodies": bodies_points,
    "attitude": attitude_points,
}
