"""Bulk bodies: newline-delimited JSON, one command a line, all of it valid or none of it taken."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from .problems import MOST_ERRORS, FieldError, Problem, errors_of, invalid

MOST_LINES = 5_000
MOST_BYTES = 16 * 1024 * 1024
ONE_COMMAND_BYTES = 1024 * 1024

T = TypeVar("T")


async def read_body(request: Request, most_bytes: int) -> bytes:
    """The request's body. Raises Problem 413 above ``most_bytes``, 415 if it is compressed."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise Problem(415, "Compressed bodies are not taken", f"Send it without {encoding}.")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes:
        raise _too_large(most_bytes)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most_bytes:
            raise _too_large(most_bytes)
        parts.append(part)
    return b"".join(parts)


def parse_ndjson(body: bytes, adapter: TypeAdapter[T], skip: int = 0) -> tuple[list[T], list[int]]:
    """The commands of a bulk body and the line (from 1) each stands on; blank lines do not count.

    Raises Problem 413 above 5,000 lines; 422 with every invalid line's errors, or for no command.
    ``skip`` leaves out the first parts of error locations (the union's tag).
    """
    numbered = [(n, line) for n, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if len(numbered) > MOST_LINES:
        raise Problem(
            413, "Too many lines",
            f"A request takes {MOST_LINES:,} lines, this one has {len(numbered):,}: split it.",
        )  # fmt: skip
    if not numbered:
        error = FieldError(message="Give at least one command, one JSON object a line.", line=1)
        raise invalid([error])
    commands: list[T] = []
    errors: list[FieldError] = []
    for number, line in numbered:
        try:
            commands.append(adapter.validate_json(line))
        except ValidationError as error:
            errors += errors_of(error, number, skip)
            if len(errors) >= MOST_ERRORS:
                break
    if errors:
        raise invalid(errors, f"Nothing was recorded of the {len(numbered):,} lines.")
    return commands, [number for number, _ in numbered]


async def read_ndjson(
    request: Request, adapter: TypeAdapter[Any]
) -> tuple[list[Any], list[int], bytes]:
    """The commands of a bulk request, their lines, and the body as sent."""
    body = await read_body(request, MOST_BYTES)
    commands, lines = parse_ndjson(body, adapter, skip=1)
    return commands, lines, body


def _too_large(most_bytes: int) -> Problem:
    size = f"{most_bytes // (1024 * 1024)} MiB"
    return Problem(413, "The body is too large", f"A request here takes {size}: split it.")
