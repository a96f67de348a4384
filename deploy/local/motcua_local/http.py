"""Talking to the services: JSON over HTTP, patient with a service that is being restarted."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import aiohttp

from motcua_local.errors import LocalError

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0


class Refused(LocalError):
    """A service answered that the request is wrong. ``status`` is the HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Client:
    """One session for all services. ``patience``: seconds a request is tried again for.

    Requests are tried again when the connection breaks or the service answers 5xx; every write of
    ours may be repeated, because the services record the same thing once. Anything else raises
    Refused with the service's own words.
    """

    def __init__(self, session: aiohttp.ClientSession, patience: float = 30.0) -> None:
        self._session = session
        self._patience = patience
        self.retries = 0

    async def get(self, url: str, **params: str | int) -> Any:
        """The parsed answer of a GET."""
        return await self.request("GET", url, params=params)

    async def put(self, url: str, body: Mapping[str, Any]) -> Any:
        """The parsed answer of a PUT."""
        return await self.request("PUT", url, data=json.dumps(body).encode())

    async def post(self, url: str, body: Mapping[str, Any]) -> Any:
        """The parsed answer of a POST."""
        return await self.request("POST", url, data=json.dumps(body).encode())

    async def request(self, method: str, url: str, **options: Any) -> Any:
        """The parsed JSON of the answer, the text of any other, None without content."""
        end, pause = time.monotonic() + self._patience, FIRST_PAUSE
        while True:
            problem = await self._try(method, url, options)
            if isinstance(problem, _Done):
                return problem.answer
            if time.monotonic() > end:
                raise LocalError(f"{method} {url} does not work: {problem}")
            self.retries += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _try(self, method: str, url: str, options: dict[str, Any]) -> _Done | str:
        headers = {"content-type": options.get("kind", "application/json")}
        rest = {name: value for name, value in options.items() if name != "kind"}
        try:
            async with self._session.request(method, url, headers=headers, **rest) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return str(error) or type(error).__name__
        if answer.status >= 500:
            return f"the service answered {answer.status}"
        if answer.status >= 400:
            raise Refused(f"{method} {url}: {describe(body, answer.status)}", answer.status)
        if not body:
            return _Done(None)
        is_json = "json" in answer.headers.get("content-type", "")
        return _Done(json.loads(body) if is_json else body.decode())


class _Done:
    def __init__(self, answer: Any) -> None:
        self.answer = answer


def describe(body: bytes, status: int) -> str:
    """One line from a problem+json body: title, detail, and the first error it lists."""
    try:
        problem = json.loads(body)
        detail = f"{problem['title']}: {problem['detail']}"
        errors = [
            _error(each) for each in problem.get("errors") or () if each["message"] not in detail
        ]
    except (ValueError, KeyError, AttributeError, TypeError):
        return f"the service answered {status}"
    return f"{detail} ({errors[0]})" if errors else detail


def _error(error: Mapping[str, Any]) -> str:
    line = f"line {error['line']}: " if error.get("line") else ""
    field = f"{error['field']}: " if error.get("field") else ""
    return f"{line}{field}{error['message']}"
