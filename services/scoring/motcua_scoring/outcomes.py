"""Outcomes: what measures count. Short texts, rich enough that every policy decides later.

An outcome holds no points. Where a citizen's rating form answered the same question, the answer
follows a tilde: ``several:1~none`` is more than one recorded contact, one of them not through the
applicant's fault, while the form says there was none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from motcua_events import contracts as c
from motcua_worktime import compare

TimeWord = Literal["shorter", "equal", "longer", "longer_within_extension", "unknown",
                   "overdue", "overdue_extended"]  # fmt: skip
"""How a time compares with its limit. ``unknown``: no limit is known. ``overdue``: open and past
due; the two words with an extension say that a new appointment was given (and, for a finished
dossier, kept)."""

ComplaintWord = Literal["clear", "dismissed", "complaint"]
"""Nothing raised; all that was raised has been dismissed; something raised stands."""

MANY = 2
"""Numbers of contacts and bodies are kept as 0, 1 and 2, where 2 means two or more."""


def with_reported(outcome: str, reported: str | None) -> str:
    """An outcome with a rating form's answer, if there is one."""
    return outcome if reported is None else f"{outcome}~{reported}"


def split_reported(outcome: str) -> tuple[str, str | None]:
    """The recorded part of an outcome and the rating form's answer, if there is one."""
    recorded, tilde, reported = outcome.partition("~")
    return recorded, reported if tilde else None


def time(at: datetime, deadline: c.Deadline | None) -> TimeWord:
    """``shorter``, ``equal`` or ``longer`` by the deadline's own unit; ``unknown`` without one."""
    return "unknown" if deadline is None else compare(at, deadline)


def contacts(faults: Iterable[c.Fault]) -> str:
    """Index 3: the outcome of the needed contacts with the place of reception.

    ``none``, ``one:0``, ``one:1``, ``several:0``, ``several:1`` or ``several:2``: how many, and how
    many of them were not the applicant's own fault (a fault that nobody stated is not theirs).
    """
    given = list(faults)
    if not given:
        return "none"
    not_theirs = min(MANY, sum(fault != "applicant" for fault in given))
    return f"{'one' if len(given) == 1 else 'several'}:{not_theirs}"


@dataclass(frozen=True, slots=True)
class Bodies:
    """Index 4: how many distinct bodies the applicant had to contact (0, 1, or 2 for more).

    ``required`` are bodies of a check that the law makes the applicant take part in.
    """

    one_stop: int = 0
    required: int = 0
    other: int = 0

    @property
    def outcome(self) -> str:
        """``none``, or the kinds joined by plus signs: ``one_stop+required``, ``other+other``."""
        words = ["one_stop"] * min(MANY, self.one_stop)
        words += ["required"] * min(MANY, self.required)
        words += ["other"] * min(MANY, self.other)
        return "+".join(words) or "none"

    @classmethod
    def of(cls, outcome: str) -> Bodies:
        """The reverse of ``outcome``."""
        words = outcome.split("+")
        return cls(words.count("one_stop"), words.count("required"), words.count("other"))


@dataclass(frozen=True, slots=True)
class Listing:
    """Indices 5, 6 and 9: how an agency lists one procedure. Exempt means exempt from one-stop."""

    exempt: bool = False
    one_stop: bool = False
    whole_chain: bool = False
    accurate: bool = False
    posted: bool = False
    electronic: bool = False
    eligible: bool = False
    level: int = 0

    @property
    def outcome(self) -> str:
        """The flags that hold, joined by plus signs: ``listed+one_stop+posted+eligible+level4``."""
        flags = [name for name in _FLAGS if getattr(self, name)]
        return "+".join(["listed", *flags, f"level{self.level}"])

    @classmethod
    def of(cls, outcome: str) -> Listing:
        """The reverse of ``outcome``."""
        return _listing(outcome)

    @classmethod
    def from_event(cls, data: c.ListingChanged) -> Listing:
        """The state that an event tells; only meaningful while ``data.listed``."""
        return cls(data.exempt, data.one_stop, data.whole_chain, data.accurate, data.posted,
                   data.electronic, data.online_eligible, data.online_level)  # fmt: skip


_FLAGS = ("exempt", "one_stop", "whole_chain", "accurate", "posted", "electronic", "eligible")


@lru_cache(maxsize=1024)
def _listing(outcome: str) -> Listing:
    words = set(outcome.split("+"))
    level = next(int(word[5:]) for word in words if word.startswith("level"))
    return Listing(**{flag: flag in words for flag in _FLAGS}, level=level)


FeedbackWord = Literal["on_time", "late", "overdue", "pending"]
"""Answered by the due day, answered after it, unanswered past it, unanswered and not yet due."""


def feedback(state: FeedbackWord, *, prolonged: bool, dismissed: bool) -> str:
    """Index 8: a state with its marks: ``on_time``, ``late+prolonged``, ``overdue+dismissed``."""
    marks = ("+prolonged" if prolonged else "") + ("+dismissed" if dismissed else "")
    return state + marks
