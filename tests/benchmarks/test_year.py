"""A year told again is a log like any other: distinct, in order for each dossier, counted right."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from itertools import islice
from pathlib import Path

from benchmarks.counting import Counts
from benchmarks.log import file
from benchmarks.year import Copy, Year, interleaved, mark, year
from motcua_events import Event, decode
from motcua_events.kafka import partition_of

WANTED = 40_000


def small() -> Year:
    return year(0.02)


def event(whole: Year, one: Copy) -> Event:
    template = whole.templates[one.position]
    _, value, headers = template.copy(one.number)
    return decode(template.topic, headers, value)


@lru_cache
def told() -> list[Event]:
    whole = small()
    return [event(whole, one) for one in islice(whole.told(WANTED), WANTED)]


def test_every_event_is_another() -> None:
    events = told()
    assert len({each.id for each in events}) == WANTED
    assert {each.data.TOPIC for each in events[: small().catalogue]} == {
        "intake.catalogue", "feedback.assessments"
    }  # fmt: skip


def test_a_dossier_is_told_in_the_order_of_its_life() -> None:
    found: dict[str, list[Event]] = defaultdict(list)
    for each in told():
        if getattr(each.data, "dossier", None) is not None:
            found[each.data.key].append(each)
    assert any(mark(1) in key for key in found)
    assert all(
        [one.time for one in events] == sorted(one.time for one in events)
        for events in found.values()
    )


def test_what_must_be_counted_is_known_without_counting_every_copy() -> None:
    whole, counts, reached = small(), Counts(), dict[int, int]()
    for one, found in zip(whole.told(WANTED), told(), strict=False):
        counts.add(found)
        reached[one.number] = one.position + 1
    table, dossiers = whole.counted(reached)
    assert table == counts.table
    assert sum(table.values()) > 1_000
    assert dossiers == counts.dossiers


def test_a_copy_keeps_the_partition_and_the_length_of_the_original() -> None:
    whole = small()
    at = next(i for i, one in enumerate(whole.templates) if not one.once)
    template = whole.templates[at]
    (key, value, _), (other, longer, _) = template.copy(0), template.copy(99)
    assert template.partition == partition_of(key, 6)
    assert (len(key), len(value)) == (len(other), len(longer))
    assert key != other


def test_copies_begin_one_after_the_other_within_a_month() -> None:
    found = list(interleaved(0, 24, [5, 6]))
    assert sorted(found) == [Copy(at, number) for at in range(24) for number in (5, 6)]
    assert found[:4] == [Copy(0, 5), Copy(1, 5), Copy(0, 6), Copy(2, 5)]


def test_a_file_holds_the_beginning_of_the_log(tmp_path: Path) -> None:
    whole, path = small(), tmp_path / "beginning"
    reached = file(path, whole, islice(whole.told(WANTED), 5_000))
    assert len(path.read_text(encoding="utf-8").splitlines()) == 5_000
    assert sum(whole.counted(reached)[0].values()) > 0
