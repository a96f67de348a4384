"""The public names of the package and the tree of its errors."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import motcua_events
from motcua_events import errors


def test_every_public_name_exists_and_nothing_else_is_public() -> None:
    names = {
        name
        for name, value in vars(motcua_events).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name != "annotations"
    }
    assert set(motcua_events.__all__) == names
    assert motcua_events.__all__ == sorted(motcua_events.__all__, key=_as_ruff_sorts)


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_every_error_is_public() -> None:
    tree = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert tree <= set(motcua_events.__all__)


def _drawn() -> dict[str, str]:
    """The parent of each error as the docstring of ``errors`` draws it."""
    path: list[str] = []
    parents: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    ([│ ]*(?:[├└]── )?)(\w+)", line)
        if found:
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            parents[found[2]] = path[depth - 1] if depth else "Exception"
    return parents


def test_the_docstring_draws_the_tree_of_errors() -> None:
    real = {
        name: value.__base__.__name__
        for name, value in vars(errors).items()
        if inspect.isclass(value)
    }
    assert _drawn() == real


def test_every_public_thing_has_a_docstring() -> None:
    for name in motcua_events.__all__:
        value = getattr(motcua_events, name)
        if (inspect.isclass(value) or inspect.isfunction(value)) and "motcua" in value.__module__:
            assert inspect.getdoc(value), name


def test_the_contracts_need_no_server_library() -> None:
    script = (
        "import sys, types, importlib.util as u\n"
        "root = u.find_spec('motcua_events')\n"
        "package = types.ModuleType('motcua_events')\n"
        "package.__path__ = root.submodule_search_locations\n"
        "sys.modules['motcua_events'] = package\n"
        "import motcua_events.event, motcua_events.cloudevents\n"
        "print(sorted(set(sys.modules) & {'asyncpg', 'aiokafka', 'fastapi', 'opentelemetry'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
