"""Facts: all events of one entity, folded so that order and repetition do not matter.

Each event fills one or more named registers of its entity, such as ``resolved`` or
``contact/C-1``; of two events for one register the one with the later stamp (time, then id) holds
it. Facts are therefore the same for every order and every number of repetitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar, cast

import orjson

from motcua_events import contracts as c
from motcua_events.event import Event

Facts = Mapping[str, Event]
"""Register name → the event that holds it."""

_RATINGS = (c.RatingSubmitted, c.RatingWithdrawn)
D = TypeVar("D", bound=c.EventData)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND = timedelta(microseconds=1)


class Entity(NamedTuple):
    """What facts are about: a kind (dossier, rating, listing, agency, …) and its id."""

    kind: str
    id: str


def entity_of(event: Event) -> Entity | None:
    """The entity whose facts an event belongs to, or None where scoring has no use for it."""
    data = event.data
    kind = type(data)
    if kind in _RATINGS and (dossier := getattr(data, "dossier", None)) is not None:
        return Entity("dossier", dossier)
    return Entity(data.KIND, data.entity) if kind in _REGISTERS else None


def registers(event: Event) -> tuple[str, ...]:
    """The names of the registers that an event fills; none for an event that scoring ignores."""
    names = _REGISTERS.get(type(event.data))
    return () if names is None else names(event.data)


def fold(facts: Facts, events: Iterable[Event]) -> dict[str, Event]:
    """The facts after more events of the same entity; the given facts are left as they were."""
    after = dict(facts)
    for event in events:
        for name in registers(event):
            held = after.get(name)
            if held is None or held.stamp < event.stamp:
                after[name] = event
    return after


def held(facts: Facts, name: str, kind: type[D]) -> D | None:
    """The data in a register, or None where nothing of that kind holds it."""
    event = facts.get(name)
    if event is None or kind not in type(event.data).__mro__:  # isinstance is slow on models
        return None
    return cast("D", event.data)


def deadline_key(deadline: c.Deadline) -> str:
    """A deadline as a short text: equal texts for equal deadlines, whatever their time zone."""
    instants = (deadline.due_at, deadline.early_until, deadline.late_after)
    return " ".join((deadline.unit, *(str((at - _EPOCH) // _MICROSECOND) for at in instants)))


def to_json(facts: Facts) -> bytes:
    """Facts as compact JSON for storage: each event once, by stamp; equal facts, equal bytes."""
    events = {event.stamp: event for event in facts.values()}
    return orjson.dumps([_row(events[stamp]) for stamp in sorted(events)])


def from_json(stored: bytes | str) -> dict[str, Event]:
    """The facts that ``to_json`` stored: an event that holds any register wins it again."""
    facts: dict[str, Event] = {}
    for row in orjson.loads(stored):
        event = _event(row)
        facts.update(dict.fromkeys(registers(event), event))
    return facts


def _row(event: Event) -> list[Any]:
    data = event.data
    body = data.__pydantic_serializer__.to_json(data, exclude_defaults=True)
    return [event.id, event.time, event.source, event.recorded_at, event.traceparent,
            data.TYPE, orjson.Fragment(body)]  # fmt: skip


def _event(row: list[Any]) -> Event:
    id_, time, source, recorded_at, traceparent, type_, data = row
    read, kind = datetime.fromisoformat, c.BY_TYPE[type_]
    body: c.EventData = kind.__pydantic_validator__.validate_python(data)
    return Event(id_, read(time), body, source, read(recorded_at), traceparent)


def _moved(data: c.DeadlineMoved) -> tuple[str, ...]:
    return (f"moved/{data.step or ''}/{deadline_key(data.base)}",)


Names = Callable[[Any], tuple[str, ...]]


def _always(*names: str) -> Names:
    return lambda _: names


_REGISTERS: Mapping[type[c.EventData], Names] = {
    c.DossierReceived: _always("record", "base"),
    c.DossierCorrected: _always("record", "base"),
    c.DossierRestarted: _always("base"),
    c.ContactMade: lambda data: (f"contact/{data.contact}",),
    c.ContactCorrected: lambda data: (f"contact/{data.contact}",),
    c.DossierRefused: _always("closed"),
    c.DossierWithdrawn: _always("closed"),
    c.DossierStopped: _always("closed"),
    c.DossierReopened: _always("closed"),
    c.StepStarted: lambda data: (f"step/{data.step}/start",),
    c.StepCompleted: lambda data: (f"step/{data.step}/end",),
    c.DossierPaused: lambda data: (f"pause/{data.pause}/start",),
    c.DossierResumed: lambda data: (f"pause/{data.pause}/end",),
    c.DossierExtended: _always("extension"),
    c.DossierResolved: _always("resolved"),
    c.ResultReturned: _always("returned"),
    c.DeadlineMoved: _moved,
    c.DeadlinePassed: lambda data: (f"passed/{data.step or ''}",),
    c.RatingSubmitted: lambda data: (f"rating/{data.rating}",),
    c.RatingWithdrawn: lambda data: (f"rating/{data.rating}",),
    c.ComplaintRaised: lambda data: (f"complaint/{data.feedback}/raised",),
    c.ComplaintDismissed: lambda data: (f"complaint/{data.feedback}/dismissed",),
    c.ListingChanged: lambda data: (f"since/{data.effective_from}",),
    c.AgencyRegistered: _always("agency"),
    c.ProcedureRegistered: _always("procedure"),
    c.FeedbackFiled: _always("filed"),
    c.FeedbackAnswered: _always("answered"),
    c.FeedbackProlonged: _always("prolonged"),
    c.FeedbackDismissed: _always("dismissed"),
    c.FeedbackDeadlinePassed: _always("passed"),
    c.AssessmentRecorded: _always("assessment"),
    c.ScaleDefined: _always("scale"),
}
