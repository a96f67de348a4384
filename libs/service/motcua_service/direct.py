"""Command endpoints without FastAPI's routing and dependencies, which cost more than the commands.

FastAPI knows the same routes: it documents them, and answers what is not served here (another
method, an unknown path). Errors are answered as everywhere (``motcua_service.problems``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .decider import Refusal
from .problems import Problem, of_refusal

Serve = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Direct:
    """A route, and the function that serves its requests."""

    route: APIRoute
    serve: Serve

    def matched(self, path: str) -> dict[str, str] | None:
        """The path's parameters; None if the path is another."""
        match = self.route.path_regex.match(path)
        return match.groupdict() if match else None


class Directly:
    """ASGI middleware: serves the given endpoints, and leaves everything else to the app.

    An endpoint's route is in ``scope["route"]`` as FastAPI would set it.
    """

    def __init__(self, app: ASGIApp, endpoints: Sequence[Direct]) -> None:
        self._app = app
        self._plain: dict[tuple[str, str], Direct] = {}
        self._others: dict[tuple[str, int], list[Direct]] = {}
        for each in endpoints:
            self._add(each)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        found = self._find(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        direct, scope["path_params"] = found
        scope["route"] = direct.route
        response = await _answered(direct.serve, Request(scope, receive))
        await response(scope, receive, send)

    def _add(self, each: Direct) -> None:
        path = each.route.path
        for method in each.route.methods or ():
            if "{" in path:
                self._others.setdefault((method, path.count("/")), []).append(each)
            else:
                self._plain[method, path] = each

    def _find(self, scope: Scope) -> tuple[Direct, dict[str, Any]] | None:
        method, path = scope["method"], scope["path"]
        plain = self._plain.get((method, path))
        if plain is not None:
            return plain, {}
        for each in self._others.get((method, path.count("/")), ()):
            parameters = each.matched(path)
            if parameters is not None:
                return each, parameters
        return None


async def _answered(serve: Serve, request: Request) -> Response:
    try:
        return await serve(request)
    except Problem as problem:
        return problem.response()
    except Refusal as refusal:
        return of_refusal(refusal).response()
