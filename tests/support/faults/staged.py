"""Runs a process of the product as it is, with a trap at each stage of its work.

Run as ``python -m faults.staged``; FAULT_NAME says which process, FAULT_TRAPS where its trap is.
The product's own code is not touched: what it calls is wrapped.
"""

from __future__ import annotations

import os
import runpy
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from faults import sessions
from faults.stages import APPENDED, APPLIED, COMMITTED, FIRED, MOVED, PUBLISHED, READ, SENT, TOLD
from faults.trap import Trap

from motcua_events import AiokafkaPort, Consumer, Event, EventStore
from motcua_events.kafka import AiokafkaProducer


class Staged:
    """Wraps what a process calls at its stages."""

    def __init__(self, trap: Trap) -> None:
        self._trap = trap
        self._appended = False

    def wrap(self, service: str) -> None:
        """From now on the process passes its stages. It imports no more than it does anyway."""
        self._store()
        self._relay()
        self._consumer()
        if service == "scoring":
            self._publisher()
        if service in {"workflow", "feedback"}:
            self._timers()

    def _store(self) -> None:
        execute, passing = EventStore.execute, self._trap.passing

        async def staged(
            store: EventStore, streams: Collection[str], decide: Any, *, also: Any = None,
            conn: Any = None, **more: Any,
        ) -> Any:  # fmt: skip
            appended = False

            async def noting(own: Any, events: Sequence[Event]) -> None:
                nonlocal appended
                if also is not None:
                    await also(own, events)
                if events:
                    appended = self._appended = True
                    passing(APPENDED)

            result = await execute(store, streams, decide, also=noting, conn=conn, **more)
            if appended and conn is None:
                passing(COMMITTED)
            return result

        _set(EventStore, "execute", staged)

    def _relay(self) -> None:
        send, passing = AiokafkaProducer.send, self._trap.passing

        async def staged(producer: AiokafkaProducer, *arguments: Any, **more: Any) -> None:
            passing(READ)
            await send(producer, *arguments, **more)
            passing(SENT)

        _set(AiokafkaProducer, "send", staged)

    def _consumer(self) -> None:
        begin, commit, passing = Consumer.__init__, AiokafkaPort.commit, self._trap.passing

        def staged(
            consumer: Consumer, name: str, port: Any, pool: Any, topics: Any, apply: Any,
            *, after_commit: Any = None, **more: Any,
        ) -> None:  # fmt: skip
            async def applied(conn: Any, received: Any) -> None:
                await apply(conn, received)
                passing(APPLIED)

            async def committed(received: Any) -> None:
                passing(MOVED)
                if after_commit is not None:
                    await after_commit(received)

            begin(consumer, name, port, pool, topics, applied, after_commit=committed, **more)

        async def told(port: AiokafkaPort, offsets: Any) -> None:
            await commit(port, offsets)
            if offsets:
                passing(TOLD)

        _set(Consumer, "__init__", staged)
        _set(AiokafkaPort, "commit", told)

    def _publisher(self) -> None:
        from motcua_scoring.publisher import Publisher  # noqa: PLC0415

        publish = Publisher.round

        async def staged(publisher: Publisher) -> int:
            self._appended = False
            taken = await publish(publisher)
            if self._appended:
                self._trap.passing(PUBLISHED)
            return taken

        _set(Publisher, "round", staged)

    def _timers(self) -> None:
        from motcua_service.timers import Timers  # noqa: PLC0415

        fire_due = Timers.fire_due

        async def staged(timers: Timers[Any], fire: Callable[..., Awaitable[None]]) -> int:
            async def fired(due: Any) -> None:
                await fire(due)
                self._trap.passing(FIRED)

            return await fire_due(timers, fired)

        _set(Timers, "fire_due", staged)


def _set(owner: type, name: str, function: object) -> None:
    setattr(owner, name, function)


if __name__ == "__main__":
    sessions.shorten()
    base = os.environ["FAULT_NAME"].partition("-")[0]
    Staged(Trap(Path(os.environ["FAULT_TRAPS"]), os.environ["FAULT_NAME"])).wrap(base)
    own = "faults.subscriber" if base == "subscriber" else f"motcua_{base}"
    runpy.run_module(own, run_name="__main__")
