"""Consumers of one name side by side in one process, seen as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from motcua_events.consumer import Consumer


@dataclass(frozen=True, slots=True)
class Consumers:
    """One consumer, or several that share the partitions: while the transaction of one waits for
    PostgreSQL, another computes."""

    each: Sequence[Consumer]

    @property
    def name(self) -> str:
        """The name they have in common."""
        return self.each[0].name

    def lag(self) -> int | None:
        """Messages not applied yet in the partitions held; None while none are held."""
        known = [lag for one in self.each if (lag := one.lag()) is not None]
        return sum(known) if known else None

    @property
    def parked_now(self) -> int:
        """Messages parked under the name, as last counted by one of them."""
        return max(one.parked_now for one in self.each)
