"""Runs commands: folds streams, decides, appends, all in one transaction.

One path for everything that changes a service: a single endpoint is a bulk of one, a timer or a
consumed event is an internal command. ``run`` answers what was recorded or raises the domain's
``Refusal`` with nothing recorded. ``run_all`` does several requests in one transaction, which
``motcua_service.together`` uses for those that come at the same moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from motcua_events import Connection
from motcua_events.event import Change, Event
from motcua_events.store import EventStore

from ._deciding import Answer, Deciding, States, Unread
from .decider import Decider, Refusal
from .idempotency import Key
from .metrics import Metrics
from .outcome import Outcome
from .telemetry import current_traceparent

CommandT = TypeVar("CommandT")
StateT = TypeVar("StateT")
ContextT = TypeVar("ContextT")

MOST_PASSES = 20
"""How often a decision may ask for streams it had not read."""

After: TypeAlias = Callable[[Connection, Mapping[str, StateT], Sequence[Event]], Awaitable[None]]
"""Called in the appending transaction with the new states of the streams read and the new events.

In those states the new events bear provisional ids that sort after every recorded one."""

Keep: TypeAlias = Callable[[Connection, Sequence[tuple[Key, Outcome]]], Awaitable[None]]
"""Called last in the appending transaction, with the outcomes of the requests that have a key."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked(Generic[CommandT]):
    """The commands of one request, which are recorded together or not at all.

    ``lines`` are the bulk lines of the commands, for a refusal to name. ``streams`` is what the
    decisions read. With a ``key`` the outcome is kept in the transaction that records them.
    """

    commands: Sequence[CommandT]
    streams: frozenset[str]
    traceparent: str | None
    lines: Sequence[int] | None = None
    key: Key | None = None


class CommandHandler(Generic[CommandT, StateT, ContextT]):
    """A service's commands on its event store.

    ``context`` makes the decisions' context (clock, calendars) once per run; ``after`` hooks run in
    the appending transaction (timers, views); ``keep`` stores the answers of keyed requests.
    """

    def __init__(
        self,
        store: EventStore,
        decider: Decider[CommandT, StateT, ContextT],
        context: Callable[[], ContextT],
        *,
        after: Sequence[After[StateT]] = (),
        keep: Keep | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._store, self._decider, self._context = store, decider, context
        self._after, self._keep, self._metrics = tuple(after), keep, metrics

    def asked(
        self,
        commands: Sequence[CommandT],
        *,
        lines: Sequence[int] | None = None,
        key: Key | None = None,
    ) -> Asked[CommandT]:
        """A request for these commands, in the trace context of the current span."""
        streams = {each for command in commands for each in self._decider.streams(command)}
        return Asked(commands, frozenset(streams), current_traceparent(), lines, key)

    async def run(
        self,
        commands: Sequence[CommandT],
        *,
        lines: Sequence[int] | None = None,
        conn: Connection | None = None,
    ) -> Outcome:
        """Decide the commands in order and record their events, or nothing at all.

        See ``Asked``. With ``conn`` all happens in the caller's transaction, whose version
        conflicts are the caller's to retry. Raises Refusal.
        """
        [answer] = await self.run_all([self.asked(commands, lines=lines)], conn=conn)
        if isinstance(answer, Refusal):
            raise answer
        return answer

    async def run_all(
        self, asked: Sequence[Asked[CommandT]], *, conn: Connection | None = None
    ) -> list[Answer]:
        """Decide requests in order in one transaction, and answer each.

        Each sees what the earlier ones changed; a refused one records nothing and leaves the others
        as they are. Any other error undoes them all.
        """
        context = self._context()
        streams = {each for one in asked for each in one.streams}
        for _ in range(MOST_PASSES):
            try:
                answers = await self._once(streams, context, asked, conn)
            except Unread as unread:
                streams |= unread.streams
            else:
                self._count_refusals(asked, answers)
                return answers
        raise RuntimeError("a decision keeps asking for further streams")

    async def state(self, stream: str) -> StateT:
        """The current state of one stream."""
        return States(self._decider, {stream: await self._store.load(stream)})[stream]

    async def _once(
        self,
        streams: set[str],
        context: ContextT,
        asked: Sequence[Asked[CommandT]],
        conn: Connection | None,
    ) -> list[Answer]:
        recorded: Counter[str] = Counter()
        deciding: Deciding[CommandT, StateT, ContextT]

        def decide(loaded: Mapping[str, Sequence[Event]]) -> tuple[Sequence[Change], list[Answer]]:
            nonlocal deciding
            deciding = Deciding(self._decider, loaded, context)
            return deciding.decide(asked)

        async def finish(conn: Connection, events: Sequence[Event]) -> None:
            for hook in self._after:
                await hook(conn, deciding.states, events)
            await self._keep_answers(conn, asked, deciding.answers)
            recorded.clear()
            recorded.update(event.data.TYPE for event in events)

        traceparent = asked[0].traceparent if len(asked) == 1 else None
        answers = await self._store.execute(
            sorted(streams), decide, traceparent=traceparent, also=finish, conn=conn
        )
        self._count(recorded)
        return answers

    async def _keep_answers(
        self, conn: Connection, asked: Sequence[Asked[CommandT]], answers: Sequence[Answer]
    ) -> None:
        pairs = zip(asked, answers, strict=True)
        kept = [(one.key, each) for one, each in pairs if one.key and isinstance(each, Outcome)]
        if kept and self._keep is not None:
            await self._keep(conn, kept)

    def _count(self, recorded: Mapping[str, int]) -> None:
        if self._metrics is not None:
            for kind, number in recorded.items():
                self._metrics.recorded.labels(kind).inc(number)

    def _count_refusals(self, asked: Sequence[Asked[CommandT]], answers: Sequence[Answer]) -> None:
        for one, answer in zip(asked, answers, strict=True):
            if isinstance(answer, Refusal) and self._metrics is not None:
                name = type(one.commands[answer.index or 0]).__name__
                self._metrics.refused.labels(name).inc()
