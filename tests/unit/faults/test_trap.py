"""A trap kills the process that comes by its stage, at the n-th passage, and no other."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from faults.stages import KILLS, STAGES, stage_name
from faults.trap import Trap


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The signals that would have been sent."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *signals: sent.append(signals))
    return sent


def test_it_springs_at_its_passage_and_only_once(tmp_path: Path, killed: list) -> None:
    nemesis, process = Trap(tmp_path, "intake"), Trap(tmp_path, "intake")
    process.passing("sent")
    nemesis.set("sent", 2)
    process.passing("read")
    process.passing("sent")
    assert not nemesis.sprung
    assert not killed
    process.passing("sent")
    assert nemesis.sprung
    assert killed == [(os.getpid(), signal.SIGKILL)]
    process.passing("sent")
    assert len(killed) == 1


def test_it_can_be_set_again(tmp_path: Path, killed: list) -> None:
    trap = Trap(tmp_path, "intake")
    for _ in range(2):
        trap.set("sent")
        assert not trap.sprung
        trap.passing("sent")
    assert len(killed) == 2


def test_each_process_has_its_own(tmp_path: Path, killed: list) -> None:
    Trap(tmp_path, "intake").set("sent")
    Trap(tmp_path, "workflow").passing("sent")
    assert not killed


@pytest.mark.asyncio
async def test_waiting_ends_when_time_is_up(tmp_path: Path) -> None:
    trap = Trap(tmp_path, "intake")
    trap.set("sent")
    await trap.wait(0.05)
    assert not trap.sprung


def test_every_stage_of_every_process_has_a_name() -> None:
    assert len(set(KILLS)) == len(KILLS) == sum(map(len, STAGES.values()))
    assert stage_name("intake", STAGES["intake"][0]) in KILLS
