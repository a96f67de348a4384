"""Reads the rulebooks that come with the service. The only IO around rulebooks."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .rulebook import Rulebook, variant

FOLDER = Path(__file__).with_name("rulebooks")
DEFAULT = "tt01-2018"


@cache
def rulebooks() -> dict[str, Rulebook]:
    """Every rulebook by id. Raises ValueError naming the file that is not a valid one."""
    found = (load(path.stem) for path in sorted(FOLDER.glob("*.yaml")))
    return {rulebook.id: rulebook for rulebook in found}


@cache
def load(name: str) -> Rulebook:
    """The rulebook in ``rulebooks/{name}.yaml``. Raises KeyError if there is no such file."""
    return Rulebook.model_validate(raw(name))


def raw(name: str) -> dict[str, Any]:
    """A rulebook's content as plain data, with ``extends`` resolved: a base for variants.

    Raises KeyError if there is no rulebook of this name.
    """
    path = FOLDER / f"{name}.yaml"
    if not name.replace("-", "").isalnum() or not path.is_file():
        raise KeyError(name)
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    base = content.pop("extends", None)
    return content if base is None else variant(raw(base), content)
