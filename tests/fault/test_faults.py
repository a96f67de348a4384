"""Every fault at least once, on real servers, while writers write: nothing lost, nothing twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from faults.nemesis import Nemesis
from faults.report import report
from faults.run import Outcome

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
KINDS = 19
"""Kinds of faults beside the kills at each stage."""


def test_every_promise_is_kept_under_every_fault(
    faults: Callable[..., Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = faults(2018, seconds=30, dossiers=450, harm=Nemesis.each_once)

    with capsys.disabled():
        print(f"\n{report([outcome], 'make test', datetime.now(UTC))}")
    assert outcome.ok, outcome.details()
    assert not outcome.missed, outcome.log
    assert len(outcome.kinds) == KINDS - len(outcome.notes), outcome.log
    assert outcome.history.tries > outcome.history.requests + outcome.history.repeated
    assert not (os.environ.get("CI") and outcome.notes), outcome.notes
