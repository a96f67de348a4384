"""The journal: every event of one stream, as the store has it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel

from motcua_events.event import Event

from .problems import Problem
from .runtime import StoreOf


class JournalEntry(BaseModel):
    """One recorded event. ``version`` is its place in the stream, from 1."""

    version: int
    id: str
    type: str
    time: datetime
    recorded_at: datetime
    traceparent: str | None
    data: dict[str, Any]


def router() -> APIRouter:
    """GET /journal/{kind}/{id}."""
    routes = APIRouter(tags=["journal"])

    @routes.get("/journal/{kind}/{id:path}")
    async def journal(
        kind: Annotated[str, Path(pattern="^[a-z_]+$", description="for example dossier")],
        id: Annotated[str, Path(pattern=r"^[^\x00-\x1f\x7f]+$", description="the entity's id")],  # noqa: A002
        store: StoreOf,
    ) -> list[JournalEntry]:
        """The events recorded of one entity, oldest first."""
        events = await store.load(f"{kind}/{id}")
        if not events:
            raise Problem(404, "Nothing is recorded", f"There is no event of {kind} {id}.")
        return [_entry(version, event) for version, event in enumerate(events, 1)]

    return routes


def _entry(version: int, event: Event) -> JournalEntry:
    return JournalEntry(
        version=version,
        id=event.id,
        type=event.type,
        time=event.time,
        recorded_at=event.recorded_at,
        traceparent=event.traceparent,
        data=event.data.model_dump(mode="json"),
    )
