"""The report says what ran, what broke and how often, always in the same form."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from faults.checker import Broken
from faults.evidence import Evidence
from faults.report import report
from faults.run import Outcome
from faults.stages import KILLS
from faults.writers import History

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def outcome() -> Outcome:
    """A run that kept its promises, with a clock that could not step."""
    evidence = Evidence(
        stored=[], messages=[], live={}, replayed={}, measures={}, served={}, told={},
        streamed={}, counted={}, parked=0,
    )  # fmt: skip
    faults = {"broker lost its log": 2, **dict.fromkeys(KILLS, 1)}
    history = History(requests=1234, tries=1300)
    return Outcome(
        7, 61.4, history, faults, [], 2.25, evidence, [], "Apache Kafka 4.1.0", ["no clock"]
    )


def test_it_tells_runs_faults_stages_and_promises(outcome: Outcome) -> None:
    text = report([outcome, replace(outcome, seed=8)], "make fault", AT)
    assert "Made by `make fault`, 2026-03-02, on Apache Kafka 4.1.0." in text
    assert "**Every promise kept**: 2 seeds" in text
    assert "| 7 | 61 | 32 | 1,234 | 1,300 |" in text
    assert "| broker lost its log | 2 | 2 | 4 |" in text
    assert "| events appended, not committed | 2 | 2 | 2 | 2 |  |" in text
    assert "| order per key | 2 of 2 |" in text
    assert text.count("no clock") == 1
    assert report([outcome, replace(outcome, seed=8)], "make fault", AT) == text


def test_a_broken_promise_stands_out(outcome: Outcome) -> None:
    broken = replace(outcome, broken=[Broken("order per key", "dossier/D-1: version 1")])
    text = report([outcome, broken], "make fault", AT)
    assert "**BROKEN in 1 of the runs**" in text
    assert "| order per key | 1 of 2 |" in text
    assert "dossier/D-1: version 1" in text


def test_a_stage_that_was_not_reached_is_missed(outcome: Outcome) -> None:
    assert outcome.missed == []
    assert outcome.kinds == {"broker lost its log"}
    assert replace(outcome, faults={}).missed == list(KILLS)
