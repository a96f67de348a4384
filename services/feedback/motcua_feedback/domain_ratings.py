"""Ratings, their scales, and assessments: one record each, replaced whole by a later one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motcua_events.contracts import (
    AssessmentRecorded,
    EventData,
    RatingSubmitted,
    RatingWithdrawn,
    ScaleDefined,
)
from motcua_events.event import Change, Event, later_than
from motcua_service.decider import Refusal, happened, record

from .commands import DefineScale, RecordAssessment, SubmitRating
from .domain_feedback import Context


@dataclass(frozen=True, slots=True)
class Record:
    """The last record; None before the first."""

    event: Event | None = None

    def evolve(self, event: Event) -> Record:
        """The later record."""
        return Record(event)

    @property
    def data(self) -> EventData | None:
        """What the last record says."""
        return self.event.data if self.event else None


States = Mapping[str, Any]


def streams(command: Any) -> Collection[str]:
    """The record's stream; for a rating its scale's too."""
    match command:
        case SubmitRating():
            return (f"rating/{command.rating}", f"scale/{command.scale}")
        case DefineScale():
            return (f"scale/{command.scale}",)
        case _:
            return (f"assessment/{command.assessment}",)


def submit(states: States, command: SubmitRating, context: Context) -> list[Change]:
    """Record a rating whose answer its scale offers, as far as the scale is known.

    A rating corrected to another dossier, or to none, is taken off the former one.
    """
    happened("submitted_at", command.submitted_at, context.now)
    _offered(states[f"scale/{command.scale}"].data, command)
    data = RatingSubmitted(**_fields(command))
    previous = states[f"rating/{command.rating}"].event
    changes = record(previous, data, command.submitted_at, context.now)
    return [*_taken_off(previous, data, context.now), *changes]


def define(states: States, command: DefineScale, context: Context) -> list[Change]:
    """Define a scale, or define it anew."""
    data = ScaleDefined(**_fields(command))
    return record(states[f"scale/{command.scale}"].event, data, context.now, context.now)


def assess(states: States, command: RecordAssessment, context: Context) -> list[Change]:
    """Record an assessment."""
    happened("assessed_at", command.assessed_at, context.now)
    data = AssessmentRecorded(**_fields(command))
    previous = states[f"assessment/{command.assessment}"].event
    return record(previous, data, command.assessed_at, context.now)


def _taken_off(previous: Event | None, data: RatingSubmitted, now: datetime) -> list[Change]:
    former = previous.data if previous else None
    if previous is None or not isinstance(former, RatingSubmitted):
        return []
    if former.dossier == data.dossier:
        return []
    withdrawn = RatingWithdrawn(rating=data.rating, dossier=former.dossier, withdrawn_at=now)
    return [Change(withdrawn, later_than(now, previous.time))]


def _offered(scale: EventData | None, command: SubmitRating) -> None:
    if isinstance(scale, ScaleDefined) and command.answer not in scale.answers:
        raise Refusal(
            "The scale does not offer this answer",
            f"Scale {scale.scale} offers: {', '.join(scale.answers)}.",
            field="answer",
            status=422,
        )


def _fields(command: SubmitRating | DefineScale | RecordAssessment) -> dict[str, Any]:
    return {name: getattr(command, name) for name in type(command).model_fields if name != "do"}
