"""Tallies count what the reference counts, and evaluations made again equal those made anew."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable

import pytest
import scoring_events as given
from hypothesis import given as examples
from hypothesis import settings

from motcua_events import Event
from motcua_scoring import made
from motcua_scoring.evaluation import DossierRole, LiveBasis, counts_for, evaluate
from motcua_scoring.made import Maker
from motcua_scoring.measures import counted_as
from motcua_scoring.periods import Period
from motcua_scoring.reference import fold_events, measure_facts
from motcua_scoring.rulebook_files import rulebooks
from motcua_scoring.tallied import Contents, Tallied

BOOK = rulebooks()["tt01-2018"]
STRICT = rulebooks()["tt01-2018-strict"]
QUARTER = ("H53.1", Period.parse("2020-Q1"))
BASES: tuple[LiveBasis, ...] = ("settled", "live")
ROLES: tuple[DossierRole, ...] = ("resolving", "receiving")


def tallied(events: Iterable[Event], agency: str, period: Period) -> Tallied:
    """As the database tallies."""
    tallies: Counter[bytes] = Counter()
    contents: dict[bytes, Contents] = {}
    for entity, facts in fold_events(events).items():
        for cell, bundle in counted_as(entity, facts).items():
            lasting = cell.part == "lasting" and cell.month <= period.last_month
            if cell.agency == agency and (lasting or period.has_month(cell.month)):
                tallies[bundle.id] += 1
                contents[bundle.id] = Contents(bundle.entries)
    return Tallied(tallies, contents)


@settings(deadline=None)
@examples(given.arrivals())
def test_tallies_count_what_all_counters_do(found: tuple[list[Event], list[Event]]) -> None:
    counted = measure_facts(fold_events(found[0]))
    for agency, name in itertools.product(given.AGENCIES, given.PERIODS):
        period = Period.parse(name)
        sums = tallied(found[0], agency, period)
        for basis, role in itertools.product(BASES, ROLES):
            expected = counts_for(counted, agency, period, basis, role=role)
            assert sums.counted(basis, role) == expected


@settings(deadline=None)
@examples(given.arrivals())
def test_made_again_is_the_same_as_made_anew(found: tuple[list[Event], list[Event]]) -> None:
    maker = Maker()
    for end in range(len(found[1]) + 1):
        sums = tallied(found[1][:end], *QUARTER)
        again = maker.make(QUARTER, sums, BOOK, "commune")
        settled, live = sums.counts("resolving")
        assert again.scores == (
            evaluate(settled, BOOK, "commune").scores(), evaluate(live, BOOK, "commune").scores(),
        )  # fmt: skip


def test_what_counts_the_same_is_not_found_again() -> None:
    maker, events = Maker(), [given.received(), given.resolved("2020-03-10 09:00")]
    first = maker.make(QUARTER, tallied(events, *QUARTER), BOOK, None)
    events.append(given.contact("1"))
    second = maker.make(QUARTER, tallied(events, *QUARTER), BOOK, None)
    same = [
        one.index
        for one, other in zip(first.settled[1].indices, second.settled[1].indices, strict=True)
        if one is other
    ]
    assert 3 not in same
    assert {1, 2, 5, 6, 8, 9} <= set(same)


def test_another_rulebook_or_level_finds_all_anew() -> None:
    maker = Maker()
    events = [given.received(), given.contact("1", fault="applicant"), given.contact("2"),
              given.resolved("2020-03-10 09:00"),
              given.listing("1.000001", whole_chain=True)]  # fmt: skip
    sums = tallied(events, *QUARTER)
    for book, level in ((BOOK, None), (STRICT, None), (STRICT, "commune"), (BOOK, "province")):
        found = maker.make(QUARTER, sums, book, level).settled[1]
        assert found == evaluate(sums.counts("resolving")[0], book, level)


def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "KEPT", 2)
    maker, sums = Maker(), tallied([], *QUARTER)
    first = [maker.make((code, QUARTER[1]), sums, BOOK, None) for code in ("A", "B", "C")]
    again = [maker.make((code, QUARTER[1]), sums, BOOK, None) for code in ("C", "A")]
    assert again[0].settled[1].indices[0] is first[2].settled[1].indices[0]
    assert again[1].settled[1].indices[0] is not first[0].settled[1].indices[0]


def test_nothing_tallied_counts_nothing() -> None:
    assert tallied([], *QUARTER).counts("resolving") == ({}, {})
