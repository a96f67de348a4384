"""Reasons for a dossier's points: indices 1, 2, 3, 4, 7 and 9."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from motcua_events import contracts as c

from .dossier import Dossier
from .facts import deadline_key, held
from .measures_base import Measure
from .outcomes import Bodies, split_reported
from .points import points_for
from .reasons_text import Explained, at_text, due_text
from .rulebook import Rulebook

_QUESTION = {
    "time": "total_time", "contacts": "contacts", "bodies": "bodies", "attitude": "attitude",
}  # fmt: skip


def explain(dossier: Dossier, measure: Measure, rulebook: Rulebook) -> Explained:
    """The reason behind one contribution of a dossier to an index."""
    found = _EXPLAIN[measure.measure](dossier, measure)
    recorded, reported = split_reported(measure.outcome)
    if reported is None:
        return found
    lowered = points_for(measure.measure, measure.outcome, rulebook)
    if lowered == points_for(measure.measure, recorded, rulebook):
        return found
    return Explained(
        (*found.texts, ("reported", "lower")),
        (*found.registers, *_answering(dossier, _QUESTION[measure.measure])),
        {**found.details, "answer": reported},
    )


def _time(dossier: Dossier, measure: Measure) -> Explained:
    word, _ = split_reported(measure.outcome)
    return Explained((("index_1", word),), _time_registers(dossier), _time_details(dossier))


def _online(dossier: Dossier, measure: Measure) -> Explained:
    texts = (("index_9", measure.outcome),)
    return Explained(texts, _time_registers(dossier), _time_details(dossier))


def _attitude(dossier: Dossier, measure: Measure) -> Explained:
    recorded, _ = split_reported(measure.outcome)
    word, _, complaint = recorded.partition(":")
    key = "complaint" if complaint == "complaint" else word
    texts = [("index_7", key)] + [("index_7", "dismissed")] * (complaint == "dismissed")
    raised = sorted(dossier.complaints)
    if complaint == "complaint":
        raised = [feedback for feedback in raised if dossier.complaints[feedback]]
    complaints = [f"complaint/{feedback}/{end}" for feedback in raised for end in _COMPLAINT_ENDS]
    return Explained(
        tuple(texts),
        (*_time_registers(dossier), *complaints),
        {**_time_details(dossier), "complaints": ", ".join(raised)},
    )


def _steps(dossier: Dossier, measure: Measure) -> Explained:
    words = measure.outcome.split("+")
    names: list[str] = []
    for step in dossier.agencies()[measure.agency]:
        base = step.start.deadline if step.start is not None else None
        names += [f"step/{step.id}/start", f"step/{step.id}/end", f"passed/{step.id}"]
        names += _moved_registers(dossier, step.id, base)
    texts = tuple(("index_2", word) for word in words)
    return Explained(texts, tuple(names), {"agency": measure.agency})


def _contacts(dossier: Dossier, measure: Measure) -> Explained:
    contacts = [k for k in dossier.contacts if k.place == "one_stop_unit"]
    not_own = sum(k.fault != "applicant" for k in contacts)
    number, _, _ = split_reported(measure.outcome)[0].partition(":")
    key = "several_own_fault" if number == "several" and not_own < len(contacts) else number
    return Explained(
        (("index_3", key),),
        _contact_registers(contacts),
        {"n": str(len(contacts)), "not_own": str(not_own)},
    )


def _bodies(dossier: Dossier, measure: Measure) -> Explained:
    bodies = Bodies.of(split_reported(measure.outcome)[0])
    names = ", ".join(sorted({contact.body for contact in dossier.contacts}))
    return Explained(
        (("index_4", _bodies_key(bodies)),),
        _contact_registers(dossier.contacts),
        {"bodies": names},
    )


def _bodies_key(bodies: Bodies) -> str:
    if bodies == Bodies():
        return "none"
    if bodies.one_stop + bodies.other > 1:
        return "several"
    if bodies.other:
        return "several" if bodies.required else "single_other"
    return "required" if bodies.required else "one_stop_only"


def _contact_registers(contacts: Iterable[c.ContactMade]) -> tuple[str, ...]:
    return ("record", "resolved", *(f"contact/{contact.contact}" for contact in contacts))


def _time_registers(dossier: Dossier) -> tuple[str, ...]:
    ends = ("record", "base", "extension", "resolved", "passed/")
    base = dossier.base_deadline
    return (*ends, *_moved_registers(dossier, "", base))


def _moved_registers(dossier: Dossier, step: str, base: c.Deadline | None) -> list[str]:
    if base is None:
        return []
    name = f"moved/{step}/{deadline_key(base)}"
    moved = held(dossier.facts, name, c.DeadlineMoved)
    pauses = () if moved is None else moved.pauses
    return [name, *(f"pause/{pause}/{end}" for pause in pauses for end in ("start", "end"))]


def _time_details(dossier: Dossier) -> dict[str, str]:
    details: dict[str, str] = {}
    if dossier.resolved_at is not None:
        details["at"] = at_text(dossier.resolved_at)
    if (deadline := dossier.deadline) is not None:
        details["due"] = due_text(deadline)
    if dossier.extension is not None:
        details["extension"] = at_text(dossier.extension.new_due_at)
    return details


def _answering(dossier: Dossier, question: str) -> list[str]:
    names = [
        f"rating/{rating.rating}"
        for rating in dossier.ratings
        if rating.reported is not None and getattr(rating.reported, question) is not None
    ]
    return names[-1:]


_COMPLAINT_ENDS = ("raised", "dismissed")
_EXPLAIN: Mapping[str, Callable[[Dossier, Any], Explained]] = {
    "time": _time,
    "steps": _steps,
    "contacts": _contacts,
    "bodies": _bodies,
    "attitude": _attitude,
    "online": _online,
}
