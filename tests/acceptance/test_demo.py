"""The demo as it is: with two services killed on the way, and again after a restart."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args
from urllib.request import urlopen

import asyncpg
import pytest
from motcua_command import Running, motcua, motcua_json, some_ports
from pure_services import published

from motcua_events import Event, EventStore
from motcua_local.running.state import SERVICES, State
from motcua_local.simulator import Options, simulate
from motcua_local.simulator.places import places
from motcua_scoring.evaluation import LiveBasis, counts_for, evaluate
from motcua_scoring.measures import Contributions
from motcua_scoring.periods import Period, containing
from motcua_scoring.reference import fold_events, measure_facts
from motcua_scoring.rulebook_files import load as load_rulebook

OPTIONS = Options()
RULEBOOK = load_rulebook("tt01-2018")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def demo(data: Path) -> str:
    """A demo in which each of the four services is killed -9; what it printed."""
    running = Running(
        "demo", data, "--ports", some_ports(), "--seed", str(OPTIONS.seed),
        "--scale", str(OPTIONS.scale),
    )  # fmt: skip
    running.until(lambda: running.service("scoring") is not None)
    time.sleep(2)
    for name in SERVICES:
        time.sleep(2)
        victim = running.service(name)
        assert victim is not None
        victim.kill()
    assert running.process.wait(150) == 0, running.text
    return running.text


@pytest.fixture(scope="module")
def state(demo: str, data: Path) -> Iterator[State]:
    running = Running("up", data, "--ports", some_ports())
    yield running.until_up()
    running.process.terminate()
    assert running.process.wait(20) == 0
    assert running.left() == []


def get(url: str) -> Any:
    with urlopen(url, timeout=10) as answer:
        return json.load(answer)


def until_caught_up(state: State, data: Path) -> None:
    for _ in range(240):
        status = motcua_json("status", "--data", str(data))
        if not sum([*status["unpublished"].values(), *status["unapplied"].values()]):
            return
        time.sleep(0.25)
    raise AssertionError("the topics were not refilled in time")


def sums_by_agency(events: Iterable[Event]) -> dict[str, Contributions]:
    sums: dict[str, Contributions] = defaultdict(dict)
    for measure, n in measure_facts(fold_events(events)).items():
        sums[measure.agency][measure] = n
    return sums


def reference(
    sums: dict[str, Contributions], period: str, basis: LiveBasis = "settled"
) -> dict[str, tuple[int | None, ...]]:
    """The nine scores of every agency, from sums that no database has seen."""
    found = {}
    for agency in places().agencies:
        counts = counts_for(sums[agency.code], agency.code, Period.parse(period), basis)
        indices = evaluate(counts, RULEBOOK, agency.level).indices
        found[agency.code] = tuple(index.tenths for index in indices)
    return found


async def raw_events(state: State) -> list[Event]:
    """Every event that the services recorded, read from their stores."""
    found: list[Event] = []
    for name in SERVICES:
        url = state.database.replace("{service}", name)
        async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
            found += [event async for event in EventStore(pool, f"/{name}").scan()]
    return found


def served(state: State, period: str, basis: str = "settled") -> dict[str, tuple[int | None, ...]]:
    """The nine scores of every registered agency, as scoring serves them."""
    found = {}
    for level in ("province", "district", "commune"):
        query = f"period={period}&level={level}&basis={basis}&limit=500"
        answer = get(f"{state.url('scoring')}/evaluations?{query}")
        found |= {item["agency"]: tuple(item["tenths"]) for item in answer["items"]}
    return found


def test_killed_services_do_not_change_the_table(demo: str) -> None:
    for name in SERVICES:
        assert f"{name} was ended by signal 9; starting it again" in demo
    assert "All as published." in demo
    assert "78 / 78" in demo
    assert "Traceback" not in demo


def test_the_live_moment_is_quick(demo: str) -> None:
    line = " ".join(demo.split()).partition("Live:")[2]
    assert "passed and nobody called" in line
    seconds = float(line.partition(" s after the deadline")[0].rpartition(" ")[2])
    assert 0 <= seconds < 2


def test_no_log_has_a_traceback(demo: str, data: Path) -> None:
    for name in ("intake", "feedback"):
        assert "Traceback" not in (data / "logs" / f"{name}.log").read_text()


def test_the_scores_survive_a_restart_and_equal_the_plan(state: State, data: Path) -> None:
    until_caught_up(state, data)
    assert served(state, "2020") == reference(sums_by_agency(published(simulate(OPTIONS))), "2020")


@pytest.mark.asyncio
async def test_every_evaluation_equals_the_reference_on_the_raw_events(
    state: State, data: Path
) -> None:
    until_caught_up(state, data)
    sums = sums_by_agency(await raw_events(state))
    year = Period.parse("2020")
    periods = {period.id for month in year.months for period in containing(month)}
    assert len(periods) == 17
    for period in sorted(periods):
        for basis in get_args(LiveBasis):
            told = served(state, period, basis)
            expected = reference(sums, period, basis)
            assert told == {agency: expected[agency] for agency in told}, (period, basis)
            assert len(told) > 100, (period, basis)


def test_a_dossier_can_be_traced(state: State, data: Path) -> None:
    until_caught_up(state, data)
    code = next(
        line["dossier"] for line in simulate(OPTIONS).workflow if line["do"] == "pause_dossier"
    )
    found = motcua_json("trace", code, "--data", str(data))
    by_type = {event["type"]: event for event in found["events"]}
    assert {"dossier.received.v1", "dossier.paused.v1", "deadline.moved.v1"} <= by_type.keys()
    received = by_type["dossier.received.v1"]
    assert len(received["trace_id"]) == 32
    assert received["send_to_apply_seconds"] is not None
    shown = motcua("trace", code, "--data", str(data))
    assert "workflow: dossier.paused" in shown.stdout
    assert received["trace_id"] in shown.stdout


def test_an_evaluation_can_be_shown(state: State, data: Path) -> None:
    shown = motcua("show", "H53.24.13", "2020", "--data", str(data))
    assert "UBND xã Thanh Điền, huyện Châu Thành" in shown.stdout
    assert "trung bình" in shown.stdout
    assert motcua_json("show", "H53.24.13", "2020", "--data", str(data))["counted"] == 9
