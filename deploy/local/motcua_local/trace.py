"""A dossier's journey: each event from happening to the score, put together from the services."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from motcua_local.errors import LocalError
from motcua_local.http import Client, Refused
from motcua_local.running.state import State

RECORDERS = ("intake", "workflow", "feedback")


class Publication(BaseModel):
    """A published evaluation that followed an event."""

    agency: str
    period: str
    revision: int
    published_at: datetime
    caused: bool
    apply_to_publish_seconds: float


class Hop(BaseModel):
    """One event: when it happened, was recorded, sent, applied; and what was published then.

    ``sent_at`` and ``applied_at`` are None for an event that stays inside its service, that a later
    one has replaced, or that has not reached the scores yet.
    """

    event: str
    service: str
    type: str
    happened_at: datetime
    recorded_at: datetime
    sent_at: datetime | None = None
    applied_at: datetime | None = None
    record_to_send_seconds: float | None = None
    send_to_apply_seconds: float | None = None
    trace_id: str | None = None
    published: list[Publication] = []


class Trace(BaseModel):
    """A dossier's events in the order in which they were recorded."""

    dossier: str
    events: list[Hop]


async def trace(client: Client, state: State, dossier: str) -> Trace:
    """Reads the services' journals and scoring's journey.

    Raises LocalError when no service knows the dossier.
    """
    journals = await asyncio.gather(*(_journal(client, state, name, dossier) for name in RECORDERS))
    by_service = dict(zip(RECORDERS, journals, strict=True))
    if not any(by_service.values()):
        raise LocalError(f"no service has an event of dossier {dossier}")
    return assemble(dossier, by_service, await _journey(client, state, dossier))


def assemble(
    dossier: str,
    journals: Mapping[str, Sequence[Mapping[str, Any]]],
    journey: Sequence[Mapping[str, Any]],
) -> Trace:
    """Puts journals and journey together by event id. Pure."""
    applied = {hop["event"]: hop for hop in journey}
    recorded = {entry["id"] for entries in journals.values() for entry in entries}
    hops = [_hop(name, entry, applied) for name, entries in journals.items() for entry in entries]
    hops.extend(_hop_of_others(hop) for hop in journey if hop["event"] not in recorded)
    return Trace(dossier=dossier, events=sorted(hops, key=lambda hop: (hop.recorded_at, hop.event)))


async def _journal(client: Client, state: State, service: str, dossier: str) -> list[Any]:
    url = f"{state.url(service)}/journal/dossier/{dossier}"
    return list(await _unless_missing(client, url, []))


async def _journey(client: Client, state: State, dossier: str) -> list[Any]:
    url = f"{state.url('scoring')}/dossiers/{dossier}/journey"
    answer = await _unless_missing(client, url, {"events": []})
    return list(answer["events"])


async def _unless_missing(client: Client, url: str, otherwise: Any) -> Any:
    try:
        return await client.get(url)
    except Refused as refused:
        if refused.status == 404:
            return otherwise
        raise


def _hop(service: str, entry: Mapping[str, Any], applied: Mapping[str, Mapping[str, Any]]) -> Hop:
    traceparent = entry.get("traceparent")
    return Hop(
        event=entry["id"], service=service, type=entry["type"],
        happened_at=entry["time"], recorded_at=entry["recorded_at"],
        trace_id=traceparent.split("-")[1] if traceparent else None,
        **_on_the_way(applied.get(entry["id"])),
    )  # fmt: skip


def _hop_of_others(hop: Mapping[str, Any]) -> Hop:
    """An event kept in another stream of its service, such as a rating of the dossier."""
    return Hop(
        event=hop["event"], service=hop["source"].strip("/"), type=hop["type"],
        happened_at=hop["happened_at"], recorded_at=hop["recorded_at"],
        trace_id=hop["trace_id"], **_on_the_way(hop),
    )  # fmt: skip


def _on_the_way(hop: Mapping[str, Any] | None) -> dict[str, Any]:
    if hop is None:
        return {}
    names = ("sent_at", "applied_at", "record_to_send_seconds", "send_to_apply_seconds")
    return {**{name: hop[name] for name in names}, "published": list(_published(hop))}


def _published(hop: Mapping[str, Any]) -> Iterator[Publication]:
    applied = datetime.fromisoformat(hop["applied_at"])
    for each in hop["published"]:
        published = datetime.fromisoformat(each["published_at"])
        yield Publication(
            agency=each["agency"], period=each["period"], revision=each["revision"],
            published_at=published, caused=each["caused"],
            apply_to_publish_seconds=(published - applied).total_seconds(),
        )  # fmt: skip
