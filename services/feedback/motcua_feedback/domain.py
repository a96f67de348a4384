"""Feedback's decisions: events in, changes out. No clock, no IO.

Streams: ``feedback/ID`` (one piece of feedback), ``dossier/CODE`` (a dossier's complaints and
sector), ``rating/ID``, ``scale/ID``, ``assessment/ID`` (one record each, replaced whole).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from motcua_events.event import Change, Event
from motcua_service.deadlines import OpenDeadline
from motcua_service.decider import Command

from . import domain_feedback as feedback
from . import domain_ratings as ratings
from . import domain_sectors as sectors
from .commands import (
    AnswerFeedback,
    DefineScale,
    DismissFeedback,
    FileFeedback,
    NoteSector,
    PassDeadline,
    ProlongFeedback,
    RecordAssessment,
    SubmitRating,
)
from .domain_dossier import Dossier
from .domain_feedback import Context, Feedback
from .domain_ratings import Record

State: TypeAlias = Feedback | Dossier | Record
States: TypeAlias = Mapping[str, State]

_FEEDBACK: dict[type[Command], Callable[[Any, Any, Context], list[Change]]] = {
    FileFeedback: feedback.file,
    AnswerFeedback: feedback.answer,
    ProlongFeedback: feedback.prolong,
    DismissFeedback: feedback.dismiss,
    PassDeadline: feedback.pass_deadline,
}
_RECORDS: dict[type[Command], Callable[[Any, Any, Context], list[Change]]] = {
    SubmitRating: ratings.submit,
    DefineScale: ratings.define,
    RecordAssessment: ratings.assess,
}


@dataclass(frozen=True)
class FeedbackDecider:
    """The domain in the shape of ``motcua_service.decider.Decider``."""

    def streams(self, command: Command) -> Collection[str]:
        """The entity's own stream, and what deciding needs beside it."""
        if isinstance(command, NoteSector):
            return sectors.streams(command)
        if type(command) in _FEEDBACK:
            return feedback.streams(command)
        return ratings.streams(command)

    def initial(self, stream: str) -> State:
        """The state of a stream without events."""
        kind = stream.partition("/")[0]
        if kind == "feedback":
            return Feedback()
        return Dossier() if kind == "dossier" else Record()

    def evolve(self, state: State, event: Event) -> State:
        """The state after one more event."""
        return state.evolve(event)

    def decide(self, states: States, command: Command, context: Context) -> Sequence[Change]:
        """What to record. Raises Refusal."""
        if isinstance(command, NoteSector):
            return sectors.note(states, command, context)
        decisions = _FEEDBACK if type(command) in _FEEDBACK else _RECORDS
        return decisions[type(command)](states, command, context)


def open_deadlines(stream: str, state: State) -> Sequence[OpenDeadline]:
    """The deadlines that time may still break: that of feedback neither answered nor dismissed."""
    del stream
    if isinstance(state, Feedback) and state.is_open and state.deadline is not None:
        return (OpenDeadline("", state.deadline.late_after),)
    return ()
