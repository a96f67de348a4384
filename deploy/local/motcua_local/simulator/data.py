"""The simulator's data files: places, procedures, ways of working."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

Unit = Literal["WORKING_DAY", "DAY", "HOUR"]
Level = Literal["province", "district", "commune"]
Line = dict[str, Any]
"""One command as JSON: ``do`` and its fields."""

_LIMIT = re.compile(r"(\d+)([hd]?)")
_UNITS: dict[str, Unit] = {"h": "HOUR", "d": "DAY", "": "WORKING_DAY"}


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Procedure(_Model):
    """A procedure with how often it is asked for and who takes part."""

    code: str
    name: str
    sector: str
    amount: int
    unit: Unit
    weight: int
    online: bool = False
    partner: Literal["district", "commune", "department"] | None = None
    check: bool = False
    exempt: bool = False


class Agency(_Model):
    """An agency, what it lists, and its way of working."""

    code: str
    name: str
    level: Level
    parent: str | None
    number: str
    quality: str
    procedures: tuple[str, ...]


class Habits(_Model):
    """What an agency does as a whole."""

    desk: Literal["whole", "gathered", "partial"]
    publicity: Literal["both", "one", "faulty"]
    answers: Literal["prompt", "mostly", "slow"]
    online: Literal["strong", "some", "weak"]


class Quality(_Model):
    """A way of working: ranges of shares in percent, and possible habits."""

    early: tuple[int, int]
    late: tuple[int, int]
    asked: tuple[int, int]
    several: tuple[int, int]
    complaints: tuple[int, int]
    habits: tuple[Habits, ...]


def read(name: str) -> Any:
    """A data file of the package, parsed."""
    return yaml.safe_load(files(__package__).joinpath("data", name).read_text("utf-8"))


@cache
def qualities() -> dict[str, Quality]:
    """The ways of working by name."""
    return {name: Quality.model_validate(value) for name, value in read("qualities.yaml").items()}


@cache
def sectors() -> dict[str, str]:
    """Sector names by code."""
    return dict(read("procedures.yaml")["sectors"])


@cache
def procedures() -> dict[str, tuple[Procedure, ...]]:
    """Procedures by who lists them: ``commune``, ``district`` or a department's key."""
    raw = read("procedures.yaml")
    groups = {"commune": raw["commune"], "district": raw["district"], **raw["departments"]}
    return {key: tuple(_procedure(row) for row in rows) for key, rows in groups.items()}


def _procedure(row: list[Any]) -> Procedure:
    code, name, sector, limit, weight, flags = row
    match = _LIMIT.fullmatch(str(limit))
    if match is None:
        raise ValueError(f"{code}: {limit!r} is not a limit")
    partner = flags.get("with")
    marks = {key: value for key, value in flags.items() if key != "with"}
    return Procedure(
        code=code, name=name, sector=sector, amount=int(match[1]), unit=_UNITS[match[2]],
        weight=weight, partner=partner, **marks,
    )  # fmt: skip
