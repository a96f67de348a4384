"""Each promise of the fault suite's checker can be broken, and is then named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
import scoring_events as given
from faults.checker import PROMISES, check
from faults.evidence import Evidence, Message, Stored
from faults.model import RULEBOOK, Model

from motcua_events import Event
from motcua_events.contracts import EvaluationChanged
from motcua_scoring.evaluation import evaluate
from motcua_scoring.facts import to_json
from motcua_scoring.reference import fold_events, measure_facts

AGENCY = "H53.1"
EVENTS = [
    given.registered(AGENCY),
    given.received(),
    given.passed(given.by_day("2020-03-16")),
    given.resolved("2020-03-18 09:00"),
]
MODEL = Model(EVENTS)


def changed(period: str, revision: int) -> EvaluationChanged:
    """The evaluation of the agency for a period, as it ought to be published."""
    settled, live = (MODEL.evaluations(period, basis)[AGENCY] for basis in ("settled", "live"))
    return EvaluationChanged(
        agency=AGENCY, period=period, revision=revision, rulebook="tt01-2018",
        rulebook_version="1", settled=settled.scores(), live=live.scores(),
    )  # fmt: skip


def published() -> list[Event]:
    """Two revisions of every evaluation."""
    return [
        given.event(changed(period, revision), f"2020-03-19 09:0{revision}")
        for period in MODEL.periods
        for revision in (1, 2)
    ]


def stored(events: Iterable[Event]) -> list[Stored]:
    """The events in their streams."""
    versions: dict[str, int] = {}
    rows = []
    for event in events:
        stream = event.data.stream
        versions[stream] = versions.get(stream, 0) + 1
        rows.append(Stored(event, stream, versions[stream], event.data.TOPIC))
    return rows


@pytest.fixture
def good() -> Evidence:
    """What a run leaves behind that kept every promise."""
    facts = fold_events(EVENTS)
    rows = stored([*EVENTS, *published()])
    messages = [Message(str(row.topic), 0, at, row.event.id) for at, row in enumerate(rows)]
    tables = {"facts": [(*entity, to_json(its).decode()) for entity, its in facts.items()]}
    heard = {(AGENCY, period): changed(period, 2) for period in MODEL.periods}
    return Evidence(
        stored=rows, messages=messages, live=tables, replayed=tables,
        measures={
            (m.agency, m.role, m.sector, m.month, m.basis, m.measure, m.outcome): n
            for m, n in measure_facts(facts).items()
        },
        served={}, told=heard, streamed=heard, parked=0,
        counted={(m.topic, m.partition, m.offset, m.id, "then"): 1 for m in messages},
    )  # fmt: skip


def promises(evidence: Evidence) -> set[str]:
    return {each.promise for each in check(MODEL, evidence)}


def test_nothing_is_broken_where_all_is_well(good: Evidence) -> None:
    assert promises(good) == set()


def _again(good: Evidence, kind: str) -> Evidence:
    """An event of a type is recorded once more."""
    row = next(row for row in good.stored if row.event.type == kind)
    return replace(good, stored=[*good.stored, replace(row, version=9)])


def _backwards(good: Evidence) -> Evidence:
    return replace(good, messages=[replace(m, offset=-m.offset) for m in good.messages])


def _stale(good: Evidence) -> dict[tuple[str, str], EvaluationChanged]:
    """One evaluation was heard as it was before anything had happened."""
    empty = evaluate({}, RULEBOOK, "province").scores()
    old = next(iter(good.told.items()))
    return {**good.told, old[0]: old[1].model_copy(update={"settled": empty})}


BREAKS: dict[str, Callable[[Evidence], Evidence]] = {
    "accepted is recorded, once": lambda good: _again(good, "dossier.received.v1"),
    "a passed deadline is announced, once": lambda good: _again(good, "deadline.passed.v1"),
    "recorded is published": lambda good: replace(good, messages=good.messages[:2]),
    "order per key": _backwards,
    "a compacted topic ends with the newest": _backwards,
    "facts are the fold of the events": lambda good: replace(good, live={"facts": []}),
    "counted once": lambda good: replace(
        good, measures={key: 2 * n for key, n in good.measures.items()}
    ),
    "served equals the reference": lambda good: replace(
        good, served={("2020", "live"): {"A": ((None,) * 9, 0, "yếu")}}
    ),
    "the topic tells what is served": lambda good: replace(good, told=_stale(good)),
    "the stream tells what is served": lambda good: replace(good, streamed=_stale(good)),
    "revisions without gaps": lambda good: _again(good, "evaluation.changed.v1"),
    "replay equals live": lambda good: replace(good, replayed={"facts": []}),
    "a subscriber's effects happen once": lambda good: replace(
        good, counted=dict.fromkeys(good.counted, 2)
    ),
    "nothing parked": lambda good: replace(good, parked=1),
}


@pytest.mark.parametrize("promise", PROMISES)
def test_a_broken_promise_is_named(promise: str, good: Evidence) -> None:
    assert promise in promises(BREAKS[promise](good))


@pytest.mark.parametrize("heard", ["told", "streamed"])
def test_a_change_that_was_never_heard_is_missed(heard: str, good: Evidence) -> None:
    promise = {
        "told": "the topic tells what is served",
        "streamed": "the stream tells what is served",
    }
    assert promises(replace(good, **{heard: {}})) == {promise[heard]}


def test_an_event_that_is_missing_is_named(good: Evidence) -> None:
    missing = [row for row in good.stored if row.event.type != "deadline.passed.v1"]
    assert "a passed deadline is announced, once" in promises(replace(good, stored=missing))
