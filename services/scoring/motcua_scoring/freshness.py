"""Freshness: how far the scores are behind the streams. Shown with every answer."""

from __future__ import annotations

from collections.abc import Callable
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
        now = datetime.now(UTC)
        moved = [row["moved_at"] for row in rows if row["moved_at"] is not None]
        last = max(moved, default=None)
        return Freshness(
            as_of=now,
            events_behind=self.lag(),
            events_parked=self.parked(),
            last_applied_at=last,
            seconds_since_last_applied=max(0.0, (now - last).total_seconds()) if last else None,
            streams=[StreamPosition(stream=r["stream"], position=r["position"]) for r in rows],
        )
