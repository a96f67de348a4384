"""Each promise of the fault suite's checker can be broken, and is then named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import scoring_events as given
from faults.checker import check
from faults.evidence import Evidence, Message, Stored
from faults.model import Model

from motcua_scoring.facts import to_json
from motcua_scoring.reference import fold_events, measure_facts

EVENTS = [given.received(), given.resolved("2020-03-10 09:00")]
TOPIC = "intake.dossiers"


@pytest.fixture
def good() -> Evidence:
    """What a run leaves behind that kept every promise; no agency is registered."""
    facts = fold_events(EVENTS)
    stored = [Stored(event, "dossier/D-1", at, TOPIC) for at, event in enumerate(EVENTS, 1)]
    messages = [Message(TOPIC, 0, at, event.id) for at, event in enumerate(EVENTS)]
    tables = {"facts": [(*entity, to_json(its).decode()) for entity, its in facts.items()]}
    return Evidence(
        stored=stored, messages=messages, live=tables, replayed=tables,
        measures={
            (m.agency, m.role, m.sector, m.month, m.basis, m.measure, m.outcome): n
            for m, n in measure_facts(facts).items()
        },
        served={}, told={}, streamed={}, parked=0,
        counted={(m.topic, m.partition, m.offset, m.id, "then"): 1 for m in messages},
    )  # fmt: skip


def promises(evidence: Evidence) -> set[str]:
    return {each.promise for each in check(Model(EVENTS), evidence)}


def test_nothing_is_broken_where_all_is_well(good: Evidence) -> None:
    assert promises(good) == set()


def _repeated(good: Evidence) -> Evidence:
    stored = [*good.stored, replace(good.stored[0], version=3)]
    return replace(good, stored=stored)


BREAKS: dict[str, Callable[[Evidence], Evidence]] = {
    "accepted is recorded, once": _repeated,
    "recorded is published": lambda good: replace(good, messages=good.messages[:1]),
    "order per key": lambda good: replace(
        good, messages=[replace(m, offset=-m.offset) for m in good.messages]
    ),
    "facts are the fold of the events": lambda good: replace(good, live={"facts": []}),
    "counted once": lambda good: replace(
        good, measures={key: 2 * n for key, n in good.measures.items()}
    ),
    "served equals the reference": lambda good: replace(
        good, served={("2020", "live"): {"A": ((None,) * 9, 0, "yếu")}}
    ),
    "replay equals live": lambda good: replace(good, replayed={"facts": []}),
    "a subscriber's effects happen once": lambda good: replace(
        good, counted=dict.fromkeys(good.counted, 2)
    ),
    "nothing parked": lambda good: replace(good, parked=1),
}


@pytest.mark.parametrize("promise", BREAKS)
def test_a_broken_promise_is_named(promise: str, good: Evidence) -> None:
    assert promise in promises(BREAKS[promise](good))
