"""The house rules hold, and each of them can fail."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from house_rules import (
    Breach,
    purity_breaches,
    python_breaches,
    scoring_breaches,
    sql_breaches,
)

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for folder in ("libs", "services", "deploy")
    for path in (ROOT / folder).rglob("*.py")
    if "build" not in path.parts
]
HERE = Path("here.py")


def pure_modules() -> list[Path]:
    """The files that the import rules name as pure, packages with all their modules."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    names = next(c for c in contracts if c["name"] == "Pure code does no IO")["source_modules"]
    wanted = [name.split(".") for name in names]

    def parts(path: Path) -> list[str]:
        inside = path.with_suffix("").parts
        start = next(i for i, part in enumerate(inside) if part.startswith("motcua_"))
        return list(inside[start:])

    return [p for p in SOURCES if any(parts(p)[: len(w)] == w for w in wanted)]


def test_no_module_uses_what_the_measurements_rule_out() -> None:
    found = [b for p in SOURCES for b in python_breaches(p, p.read_text(encoding="utf-8"))]
    assert found == []


def test_no_sql_file_uses_what_the_measurements_rule_out() -> None:
    files = [p for folder in ("libs", "services") for p in (ROOT / folder).rglob("*.sql")]
    assert files
    found = [b for p in files for b in sql_breaches(p, p.read_text(encoding="utf-8"))]
    assert found == []


def test_pure_modules_have_no_clock_and_no_effects() -> None:
    modules = pure_modules()
    assert len(modules) > 20
    found = [b for p in modules for b in purity_breaches(p, p.read_text(encoding="utf-8"))]
    assert found == []


def test_scores_are_integers_all_the_way() -> None:
    names = ("evaluation*.py", "measures*.py", "outcomes.py", "rulebook.py")
    folder = ROOT / "services/scoring/motcua_scoring"
    files = [p for name in names for p in folder.glob(name)]
    assert files
    found = [b for p in files for b in scoring_breaches(p, p.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (python_breaches, 'SQL = "select 1; notify wake"'),
        (python_breaches, 'SQL = "select 1 for update skip locked"'),
        (python_breaches, "async def f(consumer):\n    await consumer.commit()"),
        (python_breaches, "async def f(x):\n    await asyncio.wait_for(x, 1)"),
        (purity_breaches, "from datetime import datetime\nx = datetime.now()"),
        (purity_breaches, "async def f(): ..."),
        (purity_breaches, "print(1)"),
        (scoring_breaches, "x = round(1.45, 1)"),
        (scoring_breaches, "x = a / b"),
        (sql_breaches, "lock table events in exclusive mode"),
    ],
)
def test_each_rule_can_fail(check: Callable[[Path, str], Iterator[Breach]], text: str) -> None:
    assert list(check(HERE, text))


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (python_breaches, '"""A docstring may say notify everybody."""'),
        (python_breaches, "async def f(consumer):\n    await consumer.commit({tp: 3})"),
        (scoring_breaches, "x = a // b"),
    ],
)
def test_no_rule_fires_without_cause(
    check: Callable[[Path, str], Iterator[Breach]], text: str
) -> None:
    assert list(check(HERE, text)) == []
