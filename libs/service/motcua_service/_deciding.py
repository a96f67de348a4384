"""One deciding of some requests on what was read: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeAlias, TypeVar

from motcua_events.event import Change, Event

from .decider import Decider, Refusal
from .outcome import Outcome

CommandT = TypeVar("CommandT")
AskedT = TypeVar("AskedT", covariant=True)
StateT = TypeVar("StateT")
ContextT = TypeVar("ContextT")

Answer: TypeAlias = Outcome | Refusal
_NEVER = datetime.max.replace(tzinfo=UTC)
"""When an event that is not recorded yet was recorded."""


class Asking(Protocol[AskedT]):
    """What a request asks for: commands, the bulk lines they stand on, and its trace context."""

    @property
    def commands(self) -> Sequence[AskedT]: ...

    @property
    def lines(self) -> Sequence[int] | None: ...

    @property
    def traceparent(self) -> str | None: ...


class Unread(Exception):
    """A decision needs the state of streams that were not read."""

    def __init__(self, streams: set[str]) -> None:
        super().__init__(", ".join(sorted(streams)))
        self.streams = streams


class States(Mapping[str, StateT]):
    """The states of the streams read, each folded when first asked for."""

    def __init__(
        self, decider: Decider[CommandT, StateT, ContextT], loaded: Mapping[str, Sequence[Event]]
    ) -> None:
        self._decider, self._loaded = decider, loaded
        self._folded: dict[str, StateT] = {}
        self._former: dict[str, StateT] = {}

    def __getitem__(self, stream: str) -> StateT:
        try:
            return self._folded[stream]
        except KeyError:
            return self._fold(stream)

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)

    def evolve(self, event: Event) -> None:
        """Add a new event to the state of its stream."""
        stream = event.data.stream
        state = self[stream]
        self._former.setdefault(stream, state)
        self._folded[stream] = self._decider.evolve(state, event)

    def settle(self, *, undo: bool) -> None:
        """Keep what was added since the last call, or undo it."""
        if undo:
            self._folded |= self._former
        self._former.clear()

    def _fold(self, stream: str) -> StateT:
        if stream not in self._loaded:
            raise Unread({stream})
        state = self._decider.initial(stream)
        for event in self._loaded[stream]:
            state = self._decider.evolve(state, event)
        self._folded[stream] = state
        return state


class Deciding(Generic[CommandT, StateT, ContextT]):
    """Decides requests in order; each sees what the earlier ones changed, a refused one changes
    nothing."""

    def __init__(
        self,
        decider: Decider[CommandT, StateT, ContextT],
        loaded: Mapping[str, Sequence[Event]],
        context: ContextT,
    ) -> None:
        self._decider, self._context = decider, context
        self.states: States[StateT] = States(decider, loaded)
        self.answers: list[Answer] = []
        self._seen = 0

    def decide(self, asked: Sequence[Asking[CommandT]]) -> tuple[list[Change], list[Answer]]:
        """What to record, and the answer to each request. Raises Unread for streams not read."""
        changes: list[Change] = []
        unread: set[str] = set()
        for one in asked:
            try:
                changes += self._request(one, own_trace=len(asked) > 1)
            except Unread as missing:
                unread |= missing.streams
            except Refusal as refusal:
                self.states.settle(undo=True)
                self.answers.append(refusal)
        if unread:
            raise Unread(unread)
        return changes, self.answers

    def _request(self, asked: Asking[CommandT], *, own_trace: bool) -> list[Change]:
        changes: list[Change] = []
        unread: set[str] = set()
        duplicates = 0
        for index, command in enumerate(asked.commands):
            try:
                new = self._command(command)
            except Unread as missing:
                unread |= missing.streams
            except Refusal as refusal:
                if not unread:
                    refusal.index = index
                    refusal.line = asked.lines[index] if asked.lines else None
                    raise
            else:
                duplicates += not new
                changes += new
        if unread:
            raise Unread(unread)
        self.states.settle(undo=False)
        outcome = Outcome(
            accepted=len(asked.commands), recorded=len(changes), duplicates=duplicates
        )
        self.answers.append(outcome)
        return _traced(changes, asked.traceparent) if own_trace else changes

    def _command(self, command: CommandT) -> Sequence[Change]:
        changes = self._decider.decide(self.states, command, self._context)
        for each in changes:
            self._seen += 1
            event_id = each.id or f"new-{self._seen:06d}"
            self.states.evolve(Event(event_id, each.time, each.data, "", _NEVER))
        return changes


def _traced(changes: Sequence[Change], traceparent: str | None) -> list[Change]:
    return [
        Change(each.data, each.time, each.id, each.traceparent or traceparent) for each in changes
    ]
