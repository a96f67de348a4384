"""Runs commands: folds streams, decides, appends, all in one transaction.

One path for everything that changes a service: a single endpoint is a bulk of one, a timer or a
consumed event is an internal command. ``run`` answers what was recorded or raises the domain's
``Refusal`` with nothing recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Generic, TypeAlias, TypeVar

from pydantic import BaseModel, Field

from motcua_events import Connection
from motcua_events.event import Change, Event
from motcua_events.store import EventStore

from .decider import Decider, Refusal
from .metrics import Metrics
from .telemetry import current_traceparent

CommandT = TypeVar("CommandT")
StateT = TypeVar("StateT")
ContextT = TypeVar("ContextT")

MOST_PASSES = 20
"""How often a decision may ask for streams it had not read."""

After: TypeAlias = Callable[[Connection, Mapping[str, StateT], Sequence[Event]], Awaitable[None]]
"""Called in the appending transaction with the new states of the streams read and the new events.

In those states the new events bear provisional ids that sort after every recorded one."""


class Outcome(BaseModel):
    """What became of the commands of a request."""

    accepted: int = Field(ge=0, description="commands accepted")
    recorded: int = Field(ge=0, description="events recorded")
    duplicates: int = Field(ge=0, description="commands that changed nothing: known already")


Also: TypeAlias = Callable[[Connection, Outcome], Awaitable[None]]


class CommandHandler(Generic[CommandT, StateT, ContextT]):
    """A service's commands on its event store.

    ``context`` makes the decisions' context (clock, calendars) once per run; ``after`` hooks run in
    the appending transaction (timers, views).
    """

    def __init__(
        self,
        store: EventStore,
        decider: Decider[CommandT, StateT, ContextT],
        context: Callable[[], ContextT],
        *,
        after: Sequence[After[StateT]] = (),
        metrics: Metrics | None = None,
    ) -> None:
        self._store, self._decider, self._context = store, decider, context
        self._after, self._metrics = tuple(after), metrics

    async def run(
        self,
        commands: Sequence[CommandT],
        *,
        lines: Sequence[int] | None = None,
        also: Also | None = None,
        conn: Connection | None = None,
    ) -> Outcome:
        """Decide the commands in order and record their events, or nothing at all.

        ``lines`` are the bulk lines of the commands, for a refusal to name. ``also`` runs in the
        same transaction, last. With ``conn`` all happens in the caller's transaction, whose version
        conflicts are the caller's to retry. Raises Refusal.
        """
        context = self._context()
        streams = {each for command in commands for each in self._decider.streams(command)}
        for _ in range(MOST_PASSES):
            try:
                return await self._once(streams, context, commands, lines, also=also, conn=conn)
            except _Unread as unread:
                streams |= unread.streams
            except Refusal as refusal:
                self._count_refusal(refusal, commands)
                raise
        raise RuntimeError("a decision keeps asking for further streams")

    async def state(self, stream: str) -> StateT:
        """The current state of one stream."""
        return self._fold(stream, await self._store.load(stream))

    def _fold(self, stream: str, events: Sequence[Event]) -> StateT:
        state = self._decider.initial(stream)
        for event in events:
            state = self._decider.evolve(state, event)
        return state

    async def _once(
        self,
        streams: set[str],
        context: ContextT,
        commands: Sequence[CommandT],
        lines: Sequence[int] | None,
        *,
        also: Also | None,
        conn: Connection | None,
    ) -> Outcome:
        recorded: Counter[str] = Counter()
        run: _Run[CommandT, StateT, ContextT]

        def decide(loaded: Mapping[str, Sequence[Event]]) -> tuple[Sequence[Change], Outcome]:
            nonlocal run
            run = _Run(self._decider, loaded)
            return run.decide(commands, lines, context)

        async def finish(conn: Connection, events: Sequence[Event]) -> None:
            for hook in self._after:
                await hook(conn, run.states, events)
            if also is not None:
                await also(conn, run.outcome)
            recorded.clear()
            recorded.update(event.type for event in events)

        outcome = await self._store.execute(
            sorted(streams), decide, traceparent=current_traceparent(), also=finish, conn=conn
        )
        self._count(recorded)
        return outcome

    def _count(self, recorded: Mapping[str, int]) -> None:
        if self._metrics is not None:
            for kind, number in recorded.items():
                self._metrics.recorded.labels(kind).inc(number)

    def _count_refusal(self, refusal: Refusal, commands: Sequence[CommandT]) -> None:
        if self._metrics is not None:
            name = type(commands[refusal.index or 0]).__name__
            self._metrics.refused.labels(name).inc()


class _Unread(Exception):
    """A decision needs the state of streams that were not read."""

    def __init__(self, streams: set[str]) -> None:
        super().__init__(", ".join(sorted(streams)))
        self.streams = streams


class _States(Mapping[str, StateT]):
    """The states of the streams read, each folded when first asked for."""

    def __init__(
        self, decider: Decider[CommandT, StateT, ContextT], loaded: Mapping[str, Sequence[Event]]
    ) -> None:
        self._decider, self._loaded = decider, loaded
        self._folded: dict[str, StateT] = {}

    def __getitem__(self, stream: str) -> StateT:
        if stream not in self._folded:
            if stream not in self._loaded:
                raise _Unread({stream})
            state = self._decider.initial(stream)
            for event in self._loaded[stream]:
                state = self._decider.evolve(state, event)
            self._folded[stream] = state
        return self._folded[stream]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)

    def evolve(self, event: Event) -> None:
        """Add a new event to the state of its stream."""
        stream = event.data.stream
        self._folded[stream] = self._decider.evolve(self[stream], event)


class _Run(Generic[CommandT, StateT, ContextT]):
    """One deciding of all the commands on what was read."""

    def __init__(
        self, decider: Decider[CommandT, StateT, ContextT], loaded: Mapping[str, Sequence[Event]]
    ) -> None:
        self._decider = decider
        self.states: _States[StateT] = _States(decider, loaded)
        self.outcome = Outcome(accepted=0, recorded=0, duplicates=0)
        self._seen = 0

    def decide(
        self, commands: Sequence[CommandT], lines: Sequence[int] | None, context: ContextT
    ) -> tuple[list[Change], Outcome]:
        changes: list[Change] = []
        unread: set[str] = set()
        duplicates = 0
        for index, command in enumerate(commands):
            try:
                new = self._one(command, context)
            except _Unread as missing:
                unread |= missing.streams
            except Refusal as refusal:
                if not unread:
                    refusal.index = index
                    refusal.line = lines[index] if lines else None
                    raise
            else:
                duplicates += not new
                changes += new
        if unread:
            raise _Unread(unread)
        self.outcome = Outcome(accepted=len(commands), recorded=len(changes), duplicates=duplicates)
        return changes, self.outcome

    def _one(self, command: CommandT, context: ContextT) -> Sequence[Change]:
        changes = self._decider.decide(self.states, command, context)
        for each in changes:
            self._seen += 1
            event_id = each.id or f"new-{self._seen:06d}"
            self.states.evolve(Event(event_id, each.time, each.data, "", datetime.now(UTC)))
        return changes
