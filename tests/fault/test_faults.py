"""Every fault at least once, on real servers, while writers write: nothing lost, nothing twice."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from faults.run import Outcome, each_once

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def test_every_promise_is_kept_under_every_fault(
    faults: Callable[..., Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = faults(2018, seconds=40, dossiers=600, harm=each_once)

    with capsys.disabled():
        print(f"\n{outcome.summary()}", *outcome.notes, sep="\n")
    assert outcome.ok, outcome.details()
    assert len(outcome.faults) >= 19 - len(outcome.notes), outcome.log
    assert outcome.history.tries > outcome.history.requests + outcome.history.repeated
    assert not (os.environ.get("CI") and outcome.notes), outcome.notes
