"""Bundles hold exactly what contributions add, under ids that follow from their content."""

from __future__ import annotations

from datetime import date

import pytest
import scoring_events as given
from hypothesis import given as examples
from hypothesis import settings

from motcua_events import Event
from motcua_scoring.bundles import Bundle, Cell, Entry, bundle, bundled, bundles, unbundled
from motcua_scoring.measures import contributions, counted_as
from motcua_scoring.reference import fold_events

MARCH = Cell("H53.1", "month", date(2020, 3, 1), "")
RESOLVED: Entry = ("resolving", "settled", "resolved", "direct", 1)
TIME: Entry = ("resolving", "settled", "time", "shorter", 1)


def made(*entries: Entry) -> Bundle:
    found = bundle(entries)
    assert found is not None
    return found


@settings(deadline=None)
@examples(given.arrivals())
def test_bundles_say_what_the_entity_contributes(found: tuple[list[Event], list[Event]]) -> None:
    for entity, facts in fold_events(found[0]).items():
        counted = contributions(entity, facts)
        assert unbundled(bundles(counted)) == counted
        assert counted_as(entity, facts) == bundles(counted)


@settings(deadline=None)
@examples(given.arrivals())
def test_what_lasts_and_what_is_rated_stand_apart(found: tuple[list[Event], list[Event]]) -> None:
    for entity, facts in fold_events(found[0]).items():
        for cell, each in counted_as(entity, facts).items():
            for role, basis, *_ in each.entries:
                assert (cell.part == "lasting") == (basis == "running")
                assert (cell.part == "rated") == (role == "rated")


def test_the_order_of_entries_makes_no_difference() -> None:
    assert made(RESOLVED, TIME) == made(TIME, RESOLVED)
    assert len(made(TIME).id) == 16
    assert made(TIME).id != made(RESOLVED).id


def test_the_same_counter_twice_is_one_entry() -> None:
    assert made(TIME, TIME).entries == ((*TIME[:4], 2),)


def test_what_comes_to_nothing_is_no_bundle() -> None:
    waiting: Entry = ("resolving", "running", "waiting", "open", 1)
    done: Entry = ("resolving", "running", "waiting", "open", -1)
    assert bundle((waiting, done)) is None
    assert bundled([(MARCH, (waiting,)), (MARCH, (done,))]) == {}


@pytest.mark.parametrize(("entry", "listed"), [(TIME, True), (RESOLVED, False)])
def test_entities_are_listed_only_behind_indices(entry: Entry, listed: bool) -> None:
    assert made(entry).listed is listed
