"""Finding the poison in a batch that cannot be applied as a whole, and applying the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import asyncpg

from ._batch import Apply, Behind, Chain, Place, Received
from ._types import Connection
from .errors import EventsError

SYSTEMIC = 20
"""So many events fail with none applied between: then it is not the events' fault."""

_OF_THE_EVENT = ("21", "22", "23", "54", "P0")
"""Classes of SQL errors that values cause: cardinality, data, integrity, limits, raised by hand.
All others (connection, resources, missing tables, rights, conflicts …) are the system's."""

_OF_THE_SYSTEM = (
    EventsError,
    OSError,
    TimeoutError,
    MemoryError,
    ImportError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


def is_poison(error: Exception) -> bool:
    """Whether an event may be to blame, so that it can be found and parked."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _OF_THE_EVENT
    return not isinstance(error, _OF_THE_SYSTEM)


class Isolation:
    """Applies what can be applied of a batch, in order, within the caller's transaction.

    Halves what fails until single events remain; each attempt is a savepoint. ``poison`` maps the
    guilty to their errors and may be known in part from an earlier attempt. ``applied`` and
    ``withheld`` tell what came of it; of a key with poison all later events are withheld too.

    Raises what is nobody's fault (see ``is_poison``), and the first error if more than ``limit``
    events fail and none can be applied.
    """

    def __init__(
        self,
        conn: Connection,
        apply: Apply,
        chain: Callable[[Received], Chain | None],
        poison: dict[Place, Exception],
        limit: int = SYSTEMIC,
    ) -> None:
        self._conn = conn
        self._apply = apply
        self._chain = chain
        self._limit = limit
        self._held: set[Chain] = set()
        self.poison = poison
        self.applied: list[Received] = []
        self.withheld: list[tuple[Received, Exception]] = []

    async def run(self, received: Sequence[Received]) -> None:
        """Apply what can be applied."""
        events = [each for each in received if not self._withhold(each)]
        if not events:
            return
        try:
            async with self._conn.transaction():
                await self._apply(self._conn, events)
        except Exception as error:
            if not is_poison(error):
                raise
            await self._narrow(events, error)
        else:
            self.applied += events

    async def _narrow(self, events: list[Received], error: Exception) -> None:
        if len(events) > 1:
            middle = len(events) // 2
            await self.run(events[:middle])
            await self.run(events[middle:])
            return
        self.poison[events[0].place] = error
        self._withhold(events[0])
        if not self.applied and len(self.poison) > self._limit:
            raise error

    def _withhold(self, one: Received) -> bool:
        chain = self._chain(one)
        if (error := self.poison.get(one.place)) is None:
            if chain not in self._held:
                return False
            error = Behind()
        if chain is not None:
            self._held.add(chain)
        self.withheld.append((one, error))
        return True
