"""Cuts a list of commands into bulk bodies. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from motcua_local.simulator.data import Line


@dataclass(frozen=True, slots=True)
class Chunk:
    """One bulk body and how many lines it has."""

    body: bytes
    lines: int


def subject(line: Line) -> object:
    """What lines must stay together for: a piece of feedback, a dossier, a listed procedure.

    None when a line stands alone.
    """
    listing = (line["agency"], line["procedure"]) if line["do"] == "list_procedure" else None
    return line.get("feedback") or line.get("dossier") or listing


def chunks(lines: Sequence[Line], size: int) -> Iterator[Chunk]:
    """Bodies of about ``size`` lines; none is cut between two lines about the same thing."""
    start = 0
    while start < len(lines):
        end = min(start + size, len(lines))
        while end < len(lines) and _together(lines[end - 1], lines[end]):
            end += 1
        yield Chunk(ndjson(lines[start:end]), end - start)
        start = end


def _together(one: Line, next_one: Line) -> bool:
    return subject(one) is not None and subject(one) == subject(next_one)


def ndjson(lines: Sequence[Line]) -> bytes:
    """One JSON object a line."""
    return b"\n".join(json.dumps(line, ensure_ascii=False).encode() for line in lines)
