"""A dossier's facts, read: its record, its effective deadlines, its end, contacts and steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from motcua_events import contracts as c

from . import outcomes
from .facts import Facts, deadline_key, held
from .periods import day_of

ClosedWord = Literal["refused", "withdrawn", "stopped"]


@dataclass(slots=True)
class Step:
    """One agency's part. Its limit is known once its start is."""

    id: str
    start: c.StepStarted | None = None
    end: c.StepCompleted | None = None


@dataclass(slots=True)
class Dossier:
    """What the facts say now. Parts that no event has told yet are None or empty."""

    facts: Facts
    record: c.DossierReceived | None = None
    closed: ClosedWord | None = None
    closed_at: datetime | None = None
    resolved_at: datetime | None = None
    returned_at: datetime | None = None
    extension: c.DossierExtended | None = None
    contacts: list[c.ContactMade] = field(default_factory=list)
    steps: dict[str, Step] = field(default_factory=dict)
    complaints: dict[str, bool] = field(default_factory=dict)
    ratings: list[c.RatingSubmitted] = field(default_factory=list)
    has_moves: bool = False
    """Whether any deadline was ever moved: spares the search for most dossiers."""

    @classmethod
    def of(cls, facts: Facts) -> Dossier:
        """Reads facts once."""
        dossier = cls(facts, record=held(facts, "record", c.DossierReceived))
        dossier._read_ends()
        for name in facts:
            if "/" in name:
                dossier._read_part(name)
        dossier.ratings.sort(key=lambda data: facts[f"rating/{data.rating}"].stamp)
        return dossier

    @property
    def base_deadline(self) -> c.Deadline | None:
        """The dossier's deadline before any pause, or None while no limit is known."""
        base = self.facts.get("base")
        if base is None:
            return None
        return cast("c.DossierReceived | c.DossierRestarted", base.data).deadline

    @property
    def deadline(self) -> c.Deadline | None:
        """The dossier's deadline with pauses subtracted, or None while no limit is known."""
        return self._effective("", self.base_deadline)

    def step_deadline(self, step: Step) -> c.Deadline | None:
        """A step's deadline with pauses subtracted, or None while no limit is known."""
        return None if step.start is None else self._effective(step.id, step.start.deadline)

    def passed(self, deadline: c.Deadline | None, step: str = "") -> bool:
        """Whether a timer has told that this deadline is over."""
        told = held(self.facts, f"passed/{step}", c.DeadlinePassed)
        return (
            told is not None
            and deadline is not None
            and told.deadline.late_after >= deadline.late_after
        )

    @property
    def resolution(self) -> outcomes.TimeWord:
        """How the time of a resolved dossier compares with its deadline (``TimeWord``)."""
        assert self.resolved_at is not None
        word = outcomes.time(self.resolved_at, self.deadline)
        if word == "longer" and self._within_extension(self.resolved_at):
            return "longer_within_extension"
        return word

    @property
    def overdue(self) -> Literal["overdue", "overdue_extended"] | None:
        """``overdue`` or ``overdue_extended`` for an open dossier past due, else None."""
        if self.resolved_at or self.closed or not self.passed(self.deadline):
            return None
        return "overdue" if self.extension is None else "overdue_extended"

    @property
    def complaint(self) -> outcomes.ComplaintWord:
        """Whether a complaint about conduct stands, was dismissed, or was never raised."""
        if not self.complaints:
            return "clear"
        return "complaint" if any(self.complaints.values()) else "dismissed"

    @property
    def contact_outcome(self) -> str:
        """Index 3: the needed contacts with the place of reception."""
        return outcomes.contacts(k.fault for k in self.contacts if k.place == "one_stop_unit")

    @property
    def bodies(self) -> outcomes.Bodies:
        """Index 4: the distinct bodies of the needed contacts.

        A body is required only if the law requires every contact with it. Otherwise it is the
        one-stop unit only if every contact that the law does not require took place there.
        """
        kinds: dict[str, str] = {}
        for contact in self.contacts:
            kinds[contact.body] = _stronger(kinds.get(contact.body), _kind(contact))
        found = list(kinds.values())
        return outcomes.Bodies(*(found.count(kind) for kind in _KINDS))

    def reported(self, question: str) -> str | None:
        """What the latest rating form that asks answers to a question of ``Reported``."""
        answer: str | None = None
        for rating in self.ratings:
            told = getattr(rating.reported, question) if rating.reported is not None else None
            answer = told or answer
        return answer

    def agencies(self) -> dict[str, list[Step]]:
        """The participating agencies and their steps."""
        found: dict[str, list[Step]] = {}
        for step in self.steps.values():
            if step.start is not None:
                found.setdefault(step.start.agency, []).append(step)
        return found

    def _effective(self, step: str, base: c.Deadline | None) -> c.Deadline | None:
        if base is None or not self.has_moves:
            return base
        moved = held(self.facts, f"moved/{step}/{deadline_key(base)}", c.DeadlineMoved)
        return base if moved is None else moved.effective

    def _within_extension(self, at: datetime) -> bool:
        if self.extension is None:
            return False
        new_due, deadline = self.extension.new_due_at, self.deadline
        if deadline is not None and deadline.unit == "HOUR":
            return at <= new_due
        return day_of(at) <= day_of(new_due)

    def _read_ends(self) -> None:
        facts = self.facts
        if resolved := held(facts, "resolved", c.DossierResolved):
            self.resolved_at = resolved.resolved_at
        if returned := held(facts, "returned", c.ResultReturned):
            self.returned_at = returned.returned_at
        self.extension = held(facts, "extension", c.DossierExtended)
        if (closed := facts.get("closed")) is None:
            return
        match closed.data:
            case c.DossierRefused(refused_at=at):
                self.closed, self.closed_at = "refused", at
            case c.DossierWithdrawn(withdrawn_at=at):
                self.closed, self.closed_at = "withdrawn", at
            case c.DossierStopped(stopped_at=at):
                self.closed, self.closed_at = "stopped", at

    def _read_part(self, name: str) -> None:
        data = self.facts[name].data
        if (read := _PARTS.get(type(data))) is not None:
            read(self, data)

    def _start(self, start: c.StepStarted) -> None:
        self._step(start.step).start = start

    def _end(self, end: c.StepCompleted) -> None:
        self._step(end.step).end = end

    def _contact(self, contact: c.ContactMade) -> None:
        if getattr(contact, "needed", True):
            self.contacts.append(contact)

    def _complaint(self, raised: c.ComplaintRaised) -> None:
        stands = f"complaint/{raised.feedback}/dismissed" not in self.facts
        self.complaints[raised.feedback] = stands

    def _rating(self, rating: c.RatingSubmitted) -> None:
        self.ratings.append(rating)

    def _move(self, moved: c.DeadlineMoved) -> None:
        del moved
        self.has_moves = True

    def _step(self, step: str) -> Step:
        return self.steps.setdefault(step, Step(step))


_KINDS = ("one_stop", "required", "other")
_STRENGTH = {None: 0, "required": 1, "one_stop": 2, "other": 3}


def _kind(contact: c.ContactMade) -> str:
    if contact.required_by_law:
        return "required"
    return "one_stop" if contact.place == "one_stop_unit" else "other"


def _stronger(one: str | None, other: str) -> str:
    return other if one is None or _STRENGTH[other] > _STRENGTH[one] else one


_PARTS: Mapping[type[c.EventData], Callable[[Dossier, Any], None]] = {
    c.StepStarted: Dossier._start,  # noqa: SLF001
    c.StepCompleted: Dossier._end,  # noqa: SLF001
    c.ContactMade: Dossier._contact,  # noqa: SLF001
    c.ContactCorrected: Dossier._contact,  # noqa: SLF001
    c.ComplaintRaised: Dossier._complaint,  # noqa: SLF001
    c.RatingSubmitted: Dossier._rating,  # noqa: SLF001
    c.DeadlineMoved: Dossier._move,  # noqa: SLF001
}
