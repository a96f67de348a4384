"""Reasons for a dossier's points: indices 1, 2, 3, 4, 7 and 9."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from motcua_events import contracts as c

from .dossier import Dossier
from .measures_base import Measure
from .outcomes import Bodies, split_reported
from .points import points_for
from .reasons_steps import explain_steps, moved_registers
from .reasons_text import Explained, Said, at_text, due_text
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
    question = _QUESTION[measure.measure]
    answer = rulebook.texts["reported"][f"{question}_{reported}"]
    return Explained(
        (*found.said, Said("reported", "lower", {"answer": answer})),
        (*found.registers, *_answering(dossier, question)),
    )


def _time(dossier: Dossier, measure: Measure) -> Explained:
    word, _ = split_reported(measure.outcome)
    said = Said("index_1", word, _time_details(dossier))
    return Explained((said,), _time_registers(dossier))


def _online(dossier: Dossier, measure: Measure) -> Explained:
    said = Said("index_9", measure.outcome, _time_details(dossier))
    return Explained((said,), _time_registers(dossier))


def _attitude(dossier: Dossier, measure: Measure) -> Explained:
    recorded, _ = split_reported(measure.outcome)
    word, _, complaint = recorded.partition(":")
    key = "complaint" if complaint == "complaint" else word
    keys = [key] + ["dismissed"] * (complaint == "dismissed")
    raised = sorted(dossier.complaints)
    if complaint == "complaint":
        raised = [feedback for feedback in raised if dossier.complaints[feedback]]
    complaints = [f"complaint/{feedback}/{end}" for feedback in raised for end in _COMPLAINT_ENDS]
    details = {**_time_details(dossier), "complaints": ", ".join(raised)}
    return Explained(
        tuple(Said("index_7", key, details) for key in keys),
        (*_time_registers(dossier), *complaints),
    )


def _contacts(dossier: Dossier, measure: Measure) -> Explained:
    contacts = [k for k in dossier.contacts if k.place == "one_stop_unit"]
    not_own = sum(k.fault != "applicant" for k in contacts)
    number, _, _ = split_reported(measure.outcome)[0].partition(":")
    key = "several_own_fault" if number == "several" and not_own < len(contacts) else number
    said = Said("index_3", key, {"n": str(len(contacts)), "not_own": str(not_own)})
    return Explained((said,), _contact_registers(contacts))


def _bodies(dossier: Dossier, measure: Measure) -> Explained:
    bodies = Bodies.of(split_reported(measure.outcome)[0])
    names = ", ".join(sorted({contact.body for contact in dossier.contacts}))
    said = Said("index_4", _bodies_key(bodies), {"bodies": names})
    return Explained((said,), _contact_registers(dossier.contacts))


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
    return (*ends, *moved_registers(dossier, "", dossier.base_deadline))


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
    "steps": explain_steps,
    "contacts": _contacts,
    "bodies": _bodies,
    "attitude": _attitude,
    "online": _online,
}
