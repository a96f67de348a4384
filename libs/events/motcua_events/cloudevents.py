"""CloudEvents 1.0 on Kafka in binary mode: strict when encoding, tolerant when decoding.

Attributes travel as ``ce_*`` headers, the data as the value in JSON. The W3C trace context travels
as the header ``traceparent``, the time of recording as the extension ``recordedtime``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from pydantic import ValidationError

from .contracts import BY_TYPE, EventData
from .errors import Undecodable, UnknownType
from .event import Event

Headers = list[tuple[str, bytes]]

_JSON = b"application/json"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Message(NamedTuple):
    """What goes to Kafka for one event."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


def encode(event: Event) -> Message:
    """The Kafka message of an event.

    Raises:
        ValueError: the event's contract names no topic: it never leaves its service.
    """
    if event.data.TOPIC is None:
        raise ValueError(f"{event.type} has no topic: it stays inside its service")
    headers = headers_of(
        event_id=event.id,
        source=event.source,
        event_type=event.type,
        subject=event.data.entity,
        time=event.time,
        recorded_at=event.recorded_at,
        traceparent=event.traceparent,
    )
    value = event.data.model_dump_json().encode()
    return Message(event.data.TOPIC, event.data.key.encode(), value, headers)


def headers_of(
    *,
    event_id: str,
    source: str,
    event_type: str,
    subject: str,
    time: datetime,
    recorded_at: datetime,
    traceparent: str | None,
) -> Headers:
    """The headers of one event's message."""
    headers = [
        *_constant(source, event_type),
        ("ce_id", event_id.encode()),
        ("ce_time", _rfc3339(time)),
        ("ce_subject", subject.encode()),
        ("ce_recordedtime", _rfc3339(recorded_at)),
    ]
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    return headers


@lru_cache(maxsize=256)
def _constant(source: str, event_type: str) -> tuple[tuple[str, bytes], ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("content-type", _JSON),
    )


def decode(topic: str, headers: Iterable[tuple[str, bytes]], value: bytes | None) -> Event:
    """The event in a Kafka message. Unknown headers and data fields are ignored.

    A missing ``ce_recordedtime`` counts as ``ce_time``; a malformed ``traceparent`` as none.

    Raises:
        Undecodable: not a binary-mode CloudEvent 1.0 with JSON data of its contract.
        UnknownType: a CloudEvent whose type is not known here.
    """
    given = dict(headers)
    if "ce_specversion" not in given:
        given = {name.lower(): raw for name, raw in given.items()}
    if given.get("ce_specversion") != b"1.0":
        raise Undecodable(f"no binary-mode CloudEvent 1.0 in {topic}: ce_specversion is missing")
    contract = BY_TYPE.get(_required(given, "ce_type"))
    if contract is None:
        raise UnknownType(f"type {_required(given, 'ce_type')[:200]!r} is not known here")
    time = _instant(given, "ce_time")
    trace = _text(given, "traceparent")
    return Event(
        id=_required(given, "ce_id"),
        time=time,
        data=_data(contract, given, value),
        source=_required(given, "ce_source"),
        recorded_at=_instant(given, "ce_recordedtime") if "ce_recordedtime" in given else time,
        traceparent=trace if trace and _TRACEPARENT.fullmatch(trace) else None,
    )


Given = dict[str, bytes]


def _text(given: Given, name: str) -> str | None:
    """A header's text, or None; what else a message carries may be anything."""
    if name not in given:
        return None
    try:
        return given[name].decode()
    except (UnicodeDecodeError, AttributeError) as error:  # a header may be null
        raise Undecodable("a CloudEvents header is not UTF-8 text") from error


def _required(given: Given, name: str) -> str:
    text = _text(given, name)
    if not text or "\x00" in text:
        raise Undecodable(f"header {name} is missing or empty")
    return text


def _instant(given: Given, name: str) -> datetime:
    text = _required(given, name)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Undecodable(f"header {name} is no RFC 3339 time") from error
    if instant.tzinfo is None:
        raise Undecodable(f"header {name} has no offset from UTC")
    return instant


def _data(contract: type[EventData], given: Given, value: bytes | None) -> EventData:
    if given.get("content-type", _JSON) != _JSON:
        content = _text(given, "content-type") or ""
        if not _is_json(content):
            raise Undecodable(f"content type {content[:100]!r} is not JSON")
    if value is None:
        raise Undecodable("no data: the message is a tombstone")
    try:
        data: EventData = contract.__pydantic_validator__.validate_json(value, extra="ignore")
    except ValidationError as error:
        raise Undecodable(_first(error)) from error
    return data


def _is_json(content_type: str) -> bool:
    """Whether a media type, perhaps with parameters, is JSON by name or suffix."""
    media = content_type.partition(";")[0].strip().lower()
    return media == "application/json" or media.endswith("+json")


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in problem["loc"]) or "data"
    return f"{where}: {problem['msg']}"


def _rfc3339(instant: datetime) -> bytes:
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return f"{instant.isoformat()[:-6]}Z".encode()
