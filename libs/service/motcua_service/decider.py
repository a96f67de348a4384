"""How a service decides: pure, no clock, no IO. Every service is written in this shape.

A service's domain is one ``Decider``. It names the streams that a command reads, folds their events
into states, and answers a command with the changes to record, or raises ``Refusal``::

    class Counting:
        def streams(self, command):           # what the command reads and writes
            return (f"counter/{command.counter}",)

        def initial(self, stream):            # the state before any event
            return Counter()

        def evolve(self, state, event):       # a new state; never refuses
            return Counter(last=event)

        def decide(self, states, command, context):
            happened("counted_at", command.counted_at, context.now)
            data = Counted(counter=command.counter, counted_at=command.counted_at)
            state = states[f"counter/{command.counter}"]
            return record(state.last, data, command.counted_at, context.now)

``states[stream]`` may also name a stream that ``streams`` did not: the runner reads it and decides
again, so a decision can follow what it learns (the dossier of a piece of feedback). Commands of one
bulk are decided in order, each seeing what the earlier ones changed. ``context`` is what the
service's decisions need beside the streams: at least ``now``, often the calendars.

The runner is ``motcua_service.handler.CommandHandler``; the HTTP side ``motcua_service.routes``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from motcua_events.contracts import EventData
from motcua_events.event import Change, Event, later_than

CommandT = TypeVar("CommandT", contravariant=True)
StateT = TypeVar("StateT")
ContextT = TypeVar("ContextT", contravariant=True)

EARLIEST = datetime(1976, 1, 1, tzinfo=UTC)
"""Working time is computed from this year on."""

TOLERANCE = timedelta(days=1)
"""How far in the future an act that happened may lie: clocks and time zones go wrong by less."""


class Command(BaseModel):
    """Base of every command: immutable, unknown fields refused.

    A command class names itself with ``do: Literal["file_feedback"] = "file_feedback"``, which
    tells bulk lines apart and may be left out where the path already says it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class Refusal(Exception):
    """A command that the domain does not accept; it records nothing.

    ``title`` says what is refused, ``detail`` why and what would be accepted, ``field`` the
    command's field at fault. ``status`` is 409 when the entity's state forbids it, 422 when the
    command can never be right. The runner sets ``index`` (the command's place in the run, from 0)
    and ``line`` (its bulk line, from 1).
    """

    def __init__(
        self, title: str, detail: str, *, field: str | None = None, status: int = 409
    ) -> None:
        super().__init__(f"{title}: {detail}")
        self.title, self.detail, self.field, self.status = title, detail, field, status
        self.index: int | None = None
        self.line: int | None = None


class Decider(Protocol[CommandT, StateT, ContextT]):
    """A service's pure domain; see the module's text."""

    def streams(self, command: CommandT) -> Collection[str]:
        """The streams (``kind/id``) the command reads and may write; at least one."""

    def initial(self, stream: str) -> StateT:
        """The state of a stream without events."""

    def evolve(self, state: StateT, event: Event) -> StateT:
        """The state after one more event; events the domain does not know leave it as it is."""

    def decide(
        self, states: Mapping[str, StateT], command: CommandT, context: ContextT
    ) -> Sequence[Change]:
        """What to record; empty if there is nothing new. Raises Refusal."""


def record(
    previous: Event | Change | None, data: EventData, time: datetime, now: datetime
) -> list[Change]:
    """What recording ``data`` takes, given the last event (or change) of the same thing.

    The first record bears its business ``time``. The same content again records nothing; other
    content replaces the former record with a later time.
    """
    if previous is None:
        return [Change(data, time)]
    if previous.data == data:
        return []
    return [Change(data, later_than(now, previous.time))]


def happened(field: str, at: datetime, now: datetime) -> None:
    """Refuse an act said to have happened more than a day from now, or before 1976."""
    if EARLIEST <= at <= now:
        return
    if at < EARLIEST:
        raise Refusal(
            "The time lies too far back",
            f"{field} is before {EARLIEST.year}: give the time it happened.",
            field=field,
            status=422,
        )
    if at > now + TOLERANCE:
        raise Refusal(
            "The time lies in the future",
            f"{field} is {at.isoformat()}, now is {now.isoformat()}: give the time it happened.",
            field=field,
            status=422,
        )
