"""Health: /livez and /readyz answer by progress, not only by being there.

A check is an async function that returns None when all is well, or one line of what is not.
Liveness fails when a background loop stands still (restart the process); readiness when the service
cannot do its work now (send it no requests).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from .problems import FieldError, Problem, ProblemBody

Check = Callable[[], Awaitable[str | None]]
Note = Callable[[], str | None]
CHECK_SECONDS = 2.0


class Healthy(BaseModel):
    """Every check is well. ``notes`` say what somebody should look at all the same."""

    status: str = "ok"
    checks: list[str]
    notes: list[str] = []


class Health:
    """The checks of one service, by name."""

    def __init__(self) -> None:
        self._live: dict[str, Check] = {}
        self._ready: dict[str, Check] = {}
        self._notes: dict[str, Note] = {}

    def live(self, name: str, check: Check) -> None:
        """Add a check to /livez."""
        self._live[name] = check

    def ready(self, name: str, check: Check) -> None:
        """Add a check to /readyz."""
        self._ready[name] = check

    def tell(self, name: str, note: Note) -> None:
        """Add a note to /readyz: what it says makes nothing unready."""
        self._notes[name] = note

    def router(self) -> APIRouter:
        """GET /livez and GET /readyz: 200, or 503 naming the checks that fail."""
        router = APIRouter(tags=["health"])
        unwell: dict[int | str, dict[str, Any]] = {
            503: {"model": ProblemBody, "description": "A check fails"}
        }

        @router.get("/livez", response_model=Healthy, responses=unwell)
        async def livez() -> Healthy | Response:
            """Whether the process makes progress."""
            return await _run("not alive", self._live)

        @router.get("/readyz", response_model=Healthy, responses=unwell)
        async def readyz() -> Healthy | Response:
            """Whether the service can do its work now."""
            return await _run("not ready", self._ready, self._notes)

        return router


async def _run(
    title: str, checks: dict[str, Check], notes: Mapping[str, Note] | None = None
) -> Healthy | Response:
    found = await asyncio.gather(*(_one(check) for check in checks.values()))
    errors = [
        FieldError(field=name, message=wrong)
        for name, wrong in zip(checks, found, strict=True)
        if wrong is not None
    ]
    if not errors:
        said = {name: note() for name, note in (notes or {}).items()}
        told = [f"{name}: {text}" for name, text in said.items() if text is not None]
        return Healthy(checks=list(checks), notes=told)
    detail = "; ".join(f"{each.field}: {each.message}" for each in errors)
    return Problem(503, f"The service is {title}", detail, errors).response()


async def _one(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001 - whatever fails makes the check fail
        return f"{type(error).__name__}"
