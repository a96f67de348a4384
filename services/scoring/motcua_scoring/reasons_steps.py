"""Reasons for index 2: each step of an agency, with its start, its completion and its due time."""

from __future__ import annotations

from motcua_events import contracts as c

from . import outcomes
from .dossier import Dossier, Step
from .facts import deadline_key, held
from .measures_base import Measure
from .reasons_text import Explained, Said, at_text, due_text


def explain_steps(dossier: Dossier, measure: Measure) -> Explained:
    """What an agency's steps came to, by their start; those past due alone while one is open."""
    steps = dossier.agencies()[measure.agency]
    told = [(step, _word(dossier, step)) for step in sorted(steps, key=_start)]
    if measure.basis == "open":
        told = [(step, word) for step, word in told if word == "overdue"]
    return Explained(
        tuple(Said("index_2", word, _details(dossier, step)) for step, word in told if word),
        tuple(name for step in steps for name in _registers(dossier, step)),
    )


def moved_registers(dossier: Dossier, step: str, base: c.Deadline | None) -> list[str]:
    """The registers of the move of a deadline and of the pauses that moved it; "" is the dossier's.

    Empty without a deadline.
    """
    if base is None:
        return []
    name = f"moved/{step}/{deadline_key(base)}"
    moved = held(dossier.facts, name, c.DeadlineMoved)
    pauses = () if moved is None else moved.pauses
    return [name, *(f"pause/{pause}/{end}" for pause in pauses for end in ("start", "end"))]


def _word(dossier: Dossier, step: Step) -> outcomes.TimeWord | None:
    """A finished step's time against its limit, ``overdue``, or None while it is open in time."""
    deadline = dossier.step_deadline(step)
    if step.end is not None:
        return outcomes.time(step.end.completed_at, deadline)
    return "overdue" if dossier.passed(deadline, step.id) else None


def _details(dossier: Dossier, step: Step) -> dict[str, str]:
    details = {"step": step.id}
    if step.start is not None:
        details |= {"agency": step.start.agency, "start": at_text(step.start.started_at)}
    if step.end is not None:
        details["at"] = at_text(step.end.completed_at)
    if (deadline := dossier.step_deadline(step)) is not None:
        details["due"] = due_text(deadline)
    return details


def _registers(dossier: Dossier, step: Step) -> list[str]:
    base = step.start.deadline if step.start is not None else None
    own = [f"step/{step.id}/start", f"step/{step.id}/end", f"passed/{step.id}"]
    return own + moved_registers(dossier, step.id, base)


def _start(step: Step) -> tuple[float, str]:
    return (0.0 if step.start is None else step.start.started_at.timestamp(), step.id)
