"""A journey put together from journals and scoring's own account."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from motcua_local.trace import Trace, assemble
from motcua_local.trace_view import seconds, trace_legend, trace_numbers, trace_table

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def entry(id_: str, type_: str, recorded: str) -> dict[str, Any]:
    return {
        "version": 1, "id": id_, "type": type_, "time": "2020-03-02T08:00:00+07:00",
        "recorded_at": recorded, "traceparent": PARENT, "data": {},
    }  # fmt: skip


def hop(id_: str, type_: str, source: str) -> dict[str, Any]:
    published = {
        "agency": "H53.20.01", "period": "2020-03", "revision": 4, "event": "p",
        "published_at": "2026-01-01T00:00:00.250Z", "trace_id": "t", "caused": True,
    }  # fmt: skip
    return {
        "event": id_, "type": type_, "source": source, "trace_id": "f" * 32,
        "happened_at": "2020-03-02T08:00:00+07:00", "recorded_at": "2026-01-01T00:00:00Z",
        "sent_at": "2026-01-01T00:00:00.010Z", "applied_at": "2026-01-01T00:00:00.050Z",
        "record_to_send_seconds": 0.01, "send_to_apply_seconds": 0.04,
        "published": [published, {**published, "period": "2020", "caused": False}],
    }  # fmt: skip


JOURNALS = {
    "intake": [entry("i1", "dossier.received.v1", "2026-01-01T00:00:00Z")],
    "workflow": [entry("w1", "dossier.noted.v1", "2026-01-01T00:00:00.020Z")],
    "feedback": [],
}
JOURNEY = [
    hop("i1", "dossier.received.v1", "/intake"),
    hop("r1", "rating.submitted.v1", "/feedback"),
]


def journey() -> Trace:
    return assemble("D-1", JOURNALS, JOURNEY)


def test_events_come_in_the_order_of_their_recording() -> None:
    assert [each.event for each in journey().events] == ["i1", "r1", "w1"]


def test_hops_have_their_durations() -> None:
    received = journey().events[0]
    assert received.service == "intake"
    assert received.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert received.record_to_send_seconds == 0.01
    assert received.published[0].apply_to_publish_seconds == 0.2


def test_an_inner_event_has_no_way() -> None:
    noted = journey().events[2]
    assert (noted.sent_at, noted.applied_at, noted.published) == (None, None, [])


def test_an_event_of_another_stream_is_not_left_out() -> None:
    rating = journey().events[1]
    assert (rating.service, rating.trace_id) == ("feedback", "f" * 32)


def test_the_table_shows_every_hop() -> None:
    console = Console(width=140)
    with console.capture() as captured:
        console.print(trace_table(journey()))
    text = captured.get()
    assert "intake: dossier.received" in text
    assert "+10 ms" in text
    assert "+200 ms H53.20.01 2020-03 (+1)" in text
    assert "recorded 01/01/2026" in text


def test_traces_are_numbered() -> None:
    assert trace_numbers(journey().events) == {"0af7651916cd43dd8448eb211c80319c": 1, "f" * 32: 2}
    assert trace_legend(journey())[1] == f"trace 2: {'f' * 32}"


def test_durations() -> None:
    assert (seconds(0.0123), seconds(2.5)) == ("+12 ms", "+2.50 s")
