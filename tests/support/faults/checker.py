"""The checker: compares what there is with what ought to be, and names each promise broken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from faults.evidence import Evidence, Scored
from faults.model import PASSED, Model, names

from motcua_events.contracts import COMPACTED_TOPICS, SCORING_TOPICS, EvaluationChanged
from motcua_scoring.evaluation import Evaluation, LiveBasis
from motcua_scoring.facts import to_json
from motcua_scoring.reference import fold_events


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept."""

    promise: str
    detail: str


def check(model: Model, evidence: Evidence) -> list[Broken]:
    """Every promise broken; empty when all were kept."""
    return [
        Broken(promise, detail)
        for promise, examine in PROMISES.items()
        for detail in examine(model, evidence)
    ]


def _recorded(model: Model, evidence: Evidence) -> Iterator[str]:
    """Every accepted command is in the stores, once; nothing else is."""
    stored = names(row.event for row in evidence.stored)
    for name, n in (model.recorded - stored).items():
        yield f"missing {n}: {name}"
    for name, n in (stored - model.recorded).items():
        yield f"too many, by {n}: {name}"


def _passed(model: Model, evidence: Evidence) -> Iterator[str]:
    """Each deadline that passed was announced, and none twice."""
    stored = Counter(
        (row.stream, row.event.data.TYPE, row.event.data.model_dump_json())
        for row in evidence.stored
        if row.event.data.TYPE in PASSED
    )
    yield from (f"not announced: {name}" for name in model.passed - stored)
    yield from (f"announced {n} times: {name}" for name, n in stored.items() if n > 1)


def _published(model: Model, evidence: Evidence) -> Iterator[str]:
    """Each event that leaves its service is on its topic; of compacted topics, the last."""
    del model
    there = {message.id for message in evidence.messages}
    last = {row.stream: row.version for row in sorted(evidence.stored, key=lambda r: r.version)}
    for row in evidence.stored:
        kept = row.topic not in COMPACTED_TOPICS or row.version == last[row.stream]
        if row.topic is not None and kept and row.event.id not in there:
            yield f"not on {row.topic}: {row.stream} version {row.version} ({row.event.data.TYPE})"
    strangers = there - {row.event.id for row in evidence.stored}
    yield from (f"published but not recorded: {id_}" for id_ in sorted(strangers))


def _ordered(model: Model, evidence: Evidence) -> Iterator[str]:
    """The first arrivals of a stream's events are in the order of its versions.

    Compacted topics have lost the first arrivals of what came again: see ``_newest``.
    """
    del model
    places = {row.event.id: (row.stream, row.version) for row in evidence.stored}
    at: dict[str, int] = defaultdict(int)
    seen: set[str] = set()
    for message in sorted(evidence.messages, key=lambda m: (m.topic, m.partition, m.offset)):
        if message.id in seen or message.id not in places or message.topic in COMPACTED_TOPICS:
            continue
        seen.add(message.id)
        stream, version = places[message.id]
        source = f"{message.topic} {stream}"
        if version < at[source]:
            yield f"{source}: version {version} comes after {at[source]}"
        at[source] = version


def _newest(model: Model, evidence: Evidence) -> Iterator[str]:
    """On a compacted topic, the last message of each stream is its newest event.

    So a subscriber that keeps the last message is right when all is quiet. It may not rely on that
    in between: a relay that lost its lock while frozen can send an older message late. Who keeps
    the highest revision is always right.
    """
    del model
    places = {row.event.id: row for row in evidence.stored if row.topic in COMPACTED_TOPICS}
    newest: dict[str, int] = defaultdict(int)
    for row in places.values():
        newest[row.stream] = max(newest[row.stream], row.version)
    last: dict[str, int] = {}
    for message in sorted(evidence.messages, key=lambda m: (m.topic, m.partition, m.offset)):
        if message.id in places:
            last[places[message.id].stream] = places[message.id].version
    for stream, version in last.items():
        if version != newest[stream]:
            yield f"{stream}: version {version} is last, {newest[stream]} is the newest"


def _facts(model: Model, evidence: Evidence) -> Iterator[str]:
    """Scoring's facts are the fold of the recorded events, byte for byte."""
    del model
    events = (row.event for row in evidence.stored if row.topic in SCORING_TOPICS)
    expected = {entity: to_json(facts).decode() for entity, facts in fold_events(events).items()}
    found = {tuple(row[:2]): row[-1] for row in evidence.live["facts"]}
    for entity in sorted(expected.keys() | found.keys()):
        if expected.get(entity) != found.get(entity):
            yield f"{entity}: {found.get(entity)} is not {expected.get(entity)}"


def _measured(model: Model, evidence: Evidence) -> Iterator[str]:
    """The counters are what the accepted commands come to: nothing lost, nothing counted twice."""
    expected = {
        (m.agency, m.role, m.sector, m.month, m.basis, m.measure, m.outcome): n
        for m, n in model.measures.items()
    }
    for key in expected.keys() | evidence.measures.keys():
        if expected.get(key, 0) != evidence.measures.get(key, 0):
            yield f"{key}: {evidence.measures.get(key, 0)} is not {expected.get(key, 0)}"


def _served(model: Model, evidence: Evidence) -> Iterator[str]:
    """Every served evaluation is the reference's, settled and live."""
    for (period, basis), found in evidence.served.items():
        expected = {
            agency: _scored(each) for agency, each in model.evaluations(period, basis).items()
        }
        for agency in sorted(expected.keys() | found.keys()):
            told, right = found.get(agency), expected.get(agency)
            if told != right:
                yield f"{agency} {period} {basis}: {told} is not {right}"


def _told(model: Model, evidence: Evidence) -> Iterator[str]:
    """The last evaluation.changed that a subscriber of the topic got is the one served."""
    yield from _heard(model, evidence, evidence.told)


def _streamed(model: Model, evidence: Evidence) -> Iterator[str]:
    """The last evaluation.changed that a follower of /stream got is the one served."""
    yield from _heard(model, evidence, evidence.streamed)


def _heard(
    model: Model, evidence: Evidence, heard: Mapping[tuple[str, str], EvaluationChanged]
) -> Iterator[str]:
    for period in model.periods:
        for agency in model.evaluations(period, "live"):
            if (agency, period) in model.published - heard.keys():
                yield f"never heard: {agency} {period}"
        for basis in get_args(LiveBasis):
            expected = model.evaluations(period, basis)
            yield from _differing(period, basis, expected, heard)


def _differing(
    period: str,
    basis: LiveBasis,
    expected: Mapping[str, Evaluation],
    heard: Mapping[tuple[str, str], EvaluationChanged],
) -> Iterator[str]:
    for (agency, its_period), data in heard.items():
        if its_period == period and agency in expected:
            scores = data.settled if basis == "settled" else data.live
            if scores != expected[agency].scores():
                yield f"{agency} {period} {basis}, revision {data.revision}: {scores}"


def _revised(model: Model, evidence: Evidence) -> Iterator[str]:
    """The revisions of each evaluation count up from 1 without a gap."""
    del model
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in sorted(evidence.stored, key=lambda row: row.version):
        if isinstance(data := row.event.data, EvaluationChanged):
            found[data.agency, data.period].append(data.revision)
    for key, revisions in found.items():
        if revisions != list(range(1, len(revisions) + 1)):
            yield f"{key}: {revisions}"


def _replayed(model: Model, evidence: Evidence) -> Iterator[str]:
    """A replay of the topics from nothing gives the live tables, byte for byte."""
    del model
    for table, rows in evidence.live.items():
        again = evidence.replayed[table]
        differing = set(map(repr, rows)) ^ set(map(repr, again))
        yield from (f"{table}: {row[:300]}" for row in sorted(differing))


def _counted(model: Model, evidence: Evidence) -> Iterator[str]:
    """A subscriber's effects happen once per message, and for every message of the cluster."""
    del model
    yield from (f"{n} times: {key}" for key, n in evidence.counted.items() if n > 1)
    counted = {key[:4] for key in evidence.counted}
    for message in evidence.messages:
        place = (message.topic, message.partition, message.offset, message.id)
        if place not in counted:
            yield f"never: {place}"


def _undisturbed(model: Model, evidence: Evidence) -> Iterator[str]:
    """Nothing was put aside: every message could be read and applied."""
    del model
    if evidence.parked:
        yield f"{evidence.parked} messages parked"


def _scored(found: Evaluation) -> Scored:
    tenths = tuple(index.tenths for index in found.indices)
    return tenths, found.total_tenths, found.classification


PROMISES: dict[str, Callable[[Model, Evidence], Iterator[str]]] = {
    "accepted is recorded, once": _recorded,
    "a passed deadline is announced, once": _passed,
    "recorded is published": _published,
    "order per key": _ordered,
    "a compacted topic ends with the newest": _newest,
    "facts are the fold of the events": _facts,
    "counted once": _measured,
    "served equals the reference": _served,
    "the topic tells what is served": _told,
    "the stream tells what is served": _streamed,
    "revisions without gaps": _revised,
    "replay equals live": _replayed,
    "a subscriber's effects happen once": _counted,
    "nothing parked": _undisturbed,
}
