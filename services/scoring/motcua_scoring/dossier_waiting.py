"""What a dossier's facts still wait for: events that must be on their way. Pure."""

from __future__ import annotations

from .dossier import Dossier
from .facts import Facts


def waiting_for(facts: Facts) -> list[str]:
    """What is missing to make sense of what is known; empty when nothing is.

    ``reception``: no record of the dossier yet. ``deadline``: its limit is not known. ``step S``:
    the end of a step whose start is not known. ``pause P``: likewise for a pause. ``complaint F``:
    the dismissal of a complaint that was not raised yet.
    """
    dossier = Dossier.of(facts)
    found: list[str] = []
    if dossier.record is None:
        found.append("reception")
    elif dossier.deadline is None:
        found.append("deadline")
    found += [f"step {step.id}" for step in dossier.steps.values() if step.start is None]
    found += _without_beginning(facts, "pause", "end", "start")
    found += _without_beginning(facts, "complaint", "dismissed", "raised")
    return sorted(found)


def _without_beginning(facts: Facts, kind: str, end: str, beginning: str) -> list[str]:
    ids = [name.split("/")[1] for name in facts
           if name.startswith(f"{kind}/") and name.endswith(f"/{end}")]  # fmt: skip
    return [f"{kind} {each}" for each in ids if f"{kind}/{each}/{beginning}" not in facts]
