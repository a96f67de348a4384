"""The envelope: stamps, replacing times, ids."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua_events import Change, Event, later_than
from motcua_events._ids import new_id
from motcua_events.contracts import DossierResolved

NOW = datetime(2020, 12, 2, tzinfo=UTC)
LAST = datetime(2099, 1, 1)  # noqa: DTZ001
INSTANTS = st.datetimes(max_value=LAST, timezones=st.just(UTC))
DATA = DossierResolved(dossier="H53-1", resolved_at=NOW)


def test_without_a_previous_record_now_is_the_time() -> None:
    assert later_than(NOW, None) == NOW


@given(INSTANTS, INSTANTS)
def test_a_replacement_is_always_later_and_never_earlier_than_now(
    now: datetime, previous: datetime
) -> None:
    when = later_than(now, previous)
    assert when > previous
    assert when == now or when == previous + timedelta(microseconds=1) > now


def test_the_stamp_decides_by_time_then_id() -> None:
    early = Event("b", NOW, DATA, "/workflow", NOW)
    same = Event("c", NOW, DATA, "/workflow", NOW)
    later = Event("a", NOW + timedelta(seconds=1), DATA, "/workflow", NOW)
    assert early.stamp < same.stamp < later.stamp
    assert early.type == "dossier.resolved.v1"


def test_a_change_needs_an_offset_from_utc() -> None:
    with pytest.raises(ValueError, match="needs an offset from UTC"):
        Change(DATA, datetime(2020, 12, 2))  # noqa: DTZ001


def test_ids_are_uuids_of_version_7_that_sort_by_time() -> None:
    ids = []
    for _ in range(50):
        ids.append(new_id())
        time.sleep(0.0001)
    assert ids == sorted(ids)
    parsed = uuid.UUID(ids[0])
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert abs((parsed.int >> 80) / 1000 - time.time()) < 60


def test_ids_made_at_once_differ() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000
