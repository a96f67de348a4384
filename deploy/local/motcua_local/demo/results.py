"""Asks scoring for what the demo compares and shows."""

from __future__ import annotations

from typing import Any

from motcua_local.errors import LocalError
from motcua_local.http import Client
from motcua_local.running.state import State
from motcua_local.simulator import Published
from motcua_local.simulator.voices import SURVEY_SCALE

from .compare import LEVELS

Items = list[dict[str, Any]]
EXPLAINED = (1, 2, 3, 4, 7)
"""Indices whose points belong to single dossiers."""


async def rankings(client: Client, state: State, year: int) -> dict[str, Items]:
    """Every agency's settled evaluation of the year, by level, best first."""
    url = f"{state.url('scoring')}/evaluations"
    found: dict[str, Items] = {}
    for level in LEVELS:
        answer = await client.get(url, period=str(year), level=level, limit=500)
        found[level] = answer["items"]
    return found


async def survey_counts(client: Client, state: State, centre: str, year: int) -> dict[str, int]:
    """The answers of the tablet survey at the public service centre."""
    url = f"{state.url('scoring')}/satisfaction"
    answer = await client.get(url, period=str(year), agency=centre)
    for scale in answer["scales"]:
        if scale["scale"] == SURVEY_SCALE:
            return {each["answer"]: each["n"] for each in scale["answers"]}
    raise LocalError("scoring knows no answer of the satisfaction survey")


def examples(published: Published, served: dict[str, Items]) -> list[dict[str, Any]]:
    """The best of the excellent, the named department, and the only average one."""
    everyone = [item for level in LEVELS for item in served[level]]
    by_name = {item["name"]: item for item in everyone}
    best = max(everyone, key=lambda item: item["total"])
    named = published.levels
    wanted = [*named["province"].named["khá"][:1], *named["commune"].named["trung bình"][:1]]
    return [best, *(by_name[name] for name in wanted if name in by_name)]


async def explained(
    client: Client, state: State, agency: str, year: int
) -> tuple[dict[str, Any], dict[int, dict[str, Any]]]:
    """An agency's evaluation, and one dossier behind its two weakest indices of dossiers."""
    base = f"{state.url('scoring')}/evaluations/{agency}/{year}"
    evaluation = await client.get(base)
    weakest = sorted(
        (index["tenths"], index["index"])
        for index in evaluation["indices"]
        if index["index"] in EXPLAINED and index["tenths"] is not None and index["tenths"] < 20
    )
    lost: dict[int, dict[str, Any]] = {}
    for _, index in weakest[:2]:
        for points in (0, 1):
            url = f"{base}/indices/{index}/entities"
            answer = await client.get(url, points=points, limit=1)
            if answer["items"]:
                lost[index] = answer["items"][0]
                break
    return evaluation, lost
