"""The checker can fail: processes broken on purpose are caught, each by the promise it breaks.

The same faults leave every promise kept when nothing is broken: see test_faults.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from faults.nemesis import Nemesis
from faults.run import Outcome

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
BROKEN = {
    "workflow": "faults.broken.naive_cursor",
    "subscriber": "faults.broken.no_fence",
    "scoring": "faults.broken.no_dedupe",
}


async def harm(nemesis: Nemesis, seconds: float) -> None:
    """Slow writers and messages that come again, while a subscriber becomes a zombie."""
    del seconds

    async def servers() -> None:
        for _ in range(3):
            await nemesis.servers.slow_writer("workflow", 1.5)
        await nemesis.servers.deliver_again(500)

    await asyncio.gather(servers(), nemesis.processes.freeze_amid("subscriber-1"))


@pytest.fixture(scope="module")
def outcome(faults: Callable[..., Outcome]) -> Outcome:
    return faults(1, seconds=10, dossiers=200, harm=harm, modules=BROKEN)


def test_what_is_accepted_is_still_recorded(outcome: Outcome) -> None:
    assert "accepted is recorded, once" not in outcome.promises, outcome.details()
    assert not outcome.history.wrong


def test_a_cursor_that_is_only_a_position_loses_events(outcome: Outcome) -> None:
    lost = [one.detail for one in outcome.broken if one.promise == "recorded is published"]
    assert lost, outcome.summary()
    assert all("not on workflow.dossiers" in detail for detail in lost)


def test_offsets_that_are_not_compared_let_a_zombie_count_twice(outcome: Outcome) -> None:
    assert "a subscriber's effects happen once" in outcome.promises, outcome.summary()


def test_a_fold_that_counts_repeats_counts_too_much(outcome: Outcome) -> None:
    assert {"counted once", "served equals the reference"} <= outcome.promises, outcome.summary()
