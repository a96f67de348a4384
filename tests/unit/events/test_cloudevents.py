"""The codec against the reference implementation, random events, and bad input of every kind."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from motcua_events import Event, Undecodable, UnknownType, decode, encode
from motcua_events.contracts import (
    BY_TYPE,
    DossierResolved,
    EventData,
    FeedbackAnswered,
)

NOW = datetime(2020, 12, 2, 9, 30, 15, 123456, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
RESOLVED = Event(
    "e-1", NOW, DossierResolved(dossier="H53-1", resolved_at=NOW), "/workflow", NOW, TRACE
)

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=7))])
FIRST = datetime(2000, 1, 1)  # noqa: DTZ001
INSTANTS = st.datetimes(FIRST, timezones=ZONES)
TRACES = st.none() | st.from_regex(r"\A00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\Z")


def bound(metadata: list[Any], name: str, otherwise: Any) -> Any:
    return next((getattr(item, name) for item in metadata if hasattr(item, name)), otherwise)


def texts(metadata: list[Any]) -> st.SearchStrategy[str]:
    pattern = bound(metadata, "pattern", None)
    longest = bound(metadata, "max_length", 300)
    if pattern is None:
        return st.text(st.characters(codec="utf-8"), min_size=1, max_size=longest)
    whole = st.from_regex(rf"\A(?:{pattern.strip('^$')})\Z")
    return whole.filter(lambda text: 0 < len(text) <= longest)


SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    datetime: INSTANTS,
    date: st.dates(),
    time: st.times(),
    NoneType: st.none(),
}


def values(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911
    """Random values of a pydantic annotation, within its constraints."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        field = FieldInfo.from_annotation(annotation)
        return values(field.annotation, [*field.metadata, *metadata])
    if annotation in SIMPLE:
        return SIMPLE[annotation]
    if annotation is str:
        return texts(metadata)
    if annotation is int:
        return st.integers(bound(metadata, "ge", 0), bound(metadata, "le", 10**6))
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, UnionType):
        return st.one_of([values(part, metadata) for part in parts])
    if origin is tuple:
        items = st.lists(
            values(parts[0], []), min_size=bound(metadata, "min_length", 0), max_size=3
        )
        return items.map(tuple)
    if origin is dict:
        return st.dictionaries(values(parts[0], []), values(parts[1], []), max_size=3)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return models(annotation)
    if annotation.__name__ == "AwareDatetime":
        return INSTANTS
    raise NotImplementedError(annotation)


def models(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    fields = {
        name: values(field.annotation, field.metadata) for name, field in model.model_fields.items()
    }
    return st.fixed_dictionaries(fields).map(lambda given: model(**given))


PUBLIC = [contract for contract in BY_TYPE.values() if contract.TOPIC is not None]


@pytest.mark.parametrize("contract", PUBLIC, ids=lambda contract: contract.TYPE)
def test_whatever_is_encoded_is_decoded_the_same(contract: type[EventData]) -> None:
    @settings(max_examples=25)
    @given(models(contract), INSTANTS, INSTANTS, TRACES)
    def check(data: EventData, when: datetime, recorded: datetime, trace: str | None) -> None:
        event = Event("0190-ä", when, data, "/somewhere", recorded, trace)
        message = encode(event)
        assert decode(message.topic, message.headers, message.value) == event

    check()


@pytest.mark.parametrize("contract", PUBLIC, ids=lambda contract: contract.TYPE)
def test_the_reference_implementation_reads_the_same(contract: type[EventData]) -> None:
    @settings(max_examples=25)
    @given(models(contract), INSTANTS)
    def check(data: EventData, when: datetime) -> None:
        event = Event("0190-x", when, data, "/somewhere", NOW, TRACE)
        message = encode(event)
        headers = {name: value for name, value in message.headers if name != "traceparent"}
        read = from_binary(KafkaMessage(headers, message.key, message.value), JSONFormat())
        assert read.get_specversion() == "1.0"
        assert read.get_id() == event.id
        assert read.get_source() == event.source
        assert read.get_type() == contract.TYPE
        assert read.get_time() == when
        assert read.get_subject() == data.entity
        assert read.get_datacontenttype() == "application/json"
        assert read.get_extension("partitionkey") == data.key
        assert datetime.fromisoformat(read.get_extension("recordedtime")) == NOW
        assert contract.model_validate(read.get_data(), strict=False) == data

    check()


def test_a_message_names_topic_key_and_context() -> None:
    message = encode(RESOLVED)
    assert (message.topic, message.key) == ("workflow.dossiers", b"H53-1")
    assert dict(message.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"e-1",
        "ce_source": b"/workflow",
        "ce_type": b"dossier.resolved.v1",
        "ce_time": b"2020-12-02T09:30:15.123456Z",
        "ce_subject": b"H53-1",
        "ce_recordedtime": b"2020-12-02T09:30:15.123456Z",
        "content-type": b"application/json",
        "traceparent": TRACE.encode(),
    }


def test_an_event_without_a_topic_is_not_encoded() -> None:
    class Internal(DossierResolved):
        TYPE = "dossier.mused.v1"
        TOPIC = None

    data = Internal(dossier="H53-1", resolved_at=NOW)
    with pytest.raises(ValueError, match="stays inside its service"):
        encode(Event("e-2", NOW, data, "/workflow", NOW))


def changed(**headers: bytes | None) -> list[tuple[str, bytes]]:
    """The headers of a sound message, with some replaced and those given as None left out."""
    kept = dict(encode(RESOLVED).headers) | {
        name.replace("__", "-"): value for name, value in headers.items()
    }
    return [(name, value) for name, value in kept.items() if value is not None]


VALUE = encode(RESOLVED).value


def test_unknown_headers_and_fields_are_ignored() -> None:
    more = VALUE[:-1] + b',"later":{"addition":[1]}}'
    assert decode("any", [*changed(), ("x-else", b"\xff"), ("null", None)], more) == RESOLVED


def test_header_names_are_read_in_any_case() -> None:
    assert decode("t", [(name.upper(), value) for name, value in changed()], VALUE) == RESOLVED


def test_a_missing_recorded_time_counts_as_the_time() -> None:
    assert decode("t", changed(ce_recordedtime=None), VALUE).recorded_at == NOW


@pytest.mark.parametrize("trace", [None, b"", b"rubbish", b"00-zz-zz-01"])
def test_a_trace_context_that_is_none_is_left_out(trace: bytes | None) -> None:
    assert decode("t", changed(traceparent=trace), VALUE).traceparent is None


@pytest.mark.parametrize("kind", [b"application/json; charset=utf-8", b"application/x+json", None])
def test_any_json_content_type_is_read(kind: bytes | None) -> None:
    assert decode("t", changed(content__type=kind), VALUE) == RESOLVED


@pytest.mark.parametrize(
    ("headers", "value", "reason"),
    [
        ([], VALUE, "ce_specversion"),
        (changed(ce_specversion=b"0.3"), VALUE, "ce_specversion"),
        (changed(ce_id=None), VALUE, "ce_id is missing"),
        (changed(ce_id=b""), VALUE, "ce_id is missing"),
        (changed(ce_id=b"a\x00b"), VALUE, "ce_id"),
        (changed(ce_id=b"\xff"), VALUE, "not UTF-8"),
        ([*changed(), ("ce_id", None)], VALUE, "not UTF-8"),
        (changed(ce_source=None), VALUE, "ce_source"),
        (changed(ce_type=None), VALUE, "ce_type"),
        (changed(ce_time=None), VALUE, "ce_time is missing"),
        (changed(ce_time=b"yesterday"), VALUE, "no RFC 3339"),
        (changed(ce_time=b"2020-01-01T00:00:00"), VALUE, "no offset"),
        (changed(ce_recordedtime=b"now"), VALUE, "ce_recordedtime"),
        (changed(content__type=b"application/cloudevents"), VALUE, "is not JSON"),
        (changed(), None, "tombstone"),
        (changed(), b"", "data"),
        (changed(), b"{", "data"),
        (changed(), b"[]", "data"),
        (changed(), b'{"dossier":"H53-1"}', "resolved_at: Field required"),
        (changed(), b'{"dossier":"a b","resolved_at":"2020-01-01T00:00:00Z"}', "dossier: "),
        (changed(), b'{"dossier":"ab","resolved_at":"2020-01-01T00:00:00"}', "resolved_at: "),
    ],
)
def test_what_is_malformed_is_undecodable_with_the_reason(
    headers: list[tuple[str, bytes]], value: bytes | None, reason: str
) -> None:
    with pytest.raises(Undecodable, match=reason):
        decode("t", headers, value)


@pytest.mark.parametrize("name", [b"dossier.resolved.v2", b"dossier.resolved", b"x" * 5000])
def test_another_type_or_version_is_unknown(name: bytes) -> None:
    with pytest.raises(UnknownType, match="not known here") as caught:
        decode("t", changed(ce_type=name), VALUE)
    assert len(caught.value.reason) < 300


def test_an_error_does_not_repeat_the_data() -> None:
    with pytest.raises(Undecodable) as caught:
        decode("t", changed(), b'{"dossier":"secret person","resolved_at":"x"}')
    assert "secret" not in caught.value.reason


@given(st.binary(max_size=200), st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=9))))
def test_no_input_breaks_the_decoder(value: bytes, more: list[tuple[str, bytes]]) -> None:
    with pytest.raises((Undecodable, UnknownType)):
        decode("t", [*changed(ce_type=FeedbackAnswered.TYPE.encode()), *more], value)
