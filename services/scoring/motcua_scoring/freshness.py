"""Freshness: how far the scores are behind the streams. Shown with every answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, Field

from motcua_events import Pool

from ._sql import sql


class StreamPosition(BaseModel):
    """One stream (Kafka topic): how many of its messages have been read."""

    stream: str
    position: int = Field(ge=0, description="messages read, summed over the partitions")


class Freshness(BaseModel):
    """How fresh an answer is."""

    as_of: datetime
    events_behind: int | None = Field(
        description="messages not applied yet; null while the streams are out of reach"
    )
    events_parked: int = Field(
        description="events set aside because they cannot be applied; what they say is missing here"
    )
    last_applied_at: datetime | None = Field(description="when events were last applied")
    seconds_since_last_applied: float | None = Field(description="null before the first event")
    streams: list[StreamPosition]


@dataclass(frozen=True, slots=True)
class FreshnessReader:
    """Reads freshness; ``lag`` and ``parked`` are what this process's consumer knows."""

    pool: Pool
    consumer: str
    lag: Callable[[], int | None]
    parked: Callable[[], int] = lambda: 0

    async def read(self) -> Freshness:
        """How fresh what is read after this is at least."""
        rows = await self.pool.fetch(sql("positions"), self.consumer)
        moved = [row["moved_at"] for row in rows if row["moved_at"] is not None]
        positions = [(row["stream"], row["position"]) for row in rows]
        return self.of(positions, max(moved, default=None))

    def of(self, positions: Iterable[tuple[str, int]], moved_at: datetime | None) -> Freshness:
        """How fresh what was read together with the streams' positions is at least."""
        now = datetime.now(UTC)
        age = None if moved_at is None else max(0.0, (now - moved_at).total_seconds())
        return Freshness(
            as_of=now,
            events_behind=self.lag(),
            events_parked=self.parked(),
            last_applied_at=moved_at,
            seconds_since_last_applied=age,
            streams=[StreamPosition(stream=name, position=at) for name, at in positions],
        )
