"""Errors as problem+json (RFC 9457): every error answer names the field and the fix.

Raise ``Problem`` from an endpoint; everything else (validation, unknown paths, unhandled errors)
is turned into one here. No answer ever carries a traceback or a value that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from motcua_events.contracts import Code, Name, PeriodId
from motcua_events.errors import VersionConflict

from .decider import Refusal
from .telemetry import trace_id

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 100
"""At most so many single errors are listed in one answer."""

UNKNOWN_COMMAND = frozenset({"union_tag_invalid", "union_tag_not_found"})
"""The errors of a bulk line whose ``do`` is missing or names no command."""

log = structlog.get_logger("motcua.http")

FIXES = {
    "extra_forbidden": "There is no such field: leave it out.",
    "missing": "This field is required.",
    "timezone_aware": "Give the time with its offset, for example 2020-03-02T08:00:00+07:00.",
    "json_invalid": "This is not JSON: send one JSON object.",
}
"""What to do about the errors whose own text does not say it."""

PATTERNS = {
    TypeAdapter(text).json_schema()["pattern"]: fix
    for text, fix in (
        (Code, "Must be a code: no blanks, slashes or control characters."),
        (Name, "Must not contain the null character."),
        (PeriodId, "Must be a month 2020-03, a quarter 2020-Q1 or a year 2020."),
    )
}
"""What a text must be that does not match the pattern of its type."""

UNAVAILABLE = (
    OSError,
    TimeoutError,
    VersionConflict,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
"""Errors that pass: the same request may succeed a moment later."""


class FieldError(BaseModel):
    """One thing wrong: where (field, and the line in a bulk) and what to do about it."""

    message: str
    field: str | None = None
    line: int | None = Field(default=None, description="line of the bulk body, from 1")


class ProblemBody(BaseModel):
    """The JSON of every error answer."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []
    trace_id: str | None = None


class Problem(Exception):
    """An error answer: ``status`` with what is wrong (title), and why and what to do (detail)."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: Sequence[FieldError] = (),
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status, self.title, self.detail = status, title, detail
        self.errors, self.headers = tuple(errors[:MOST_ERRORS]), headers

    def response(self) -> JSONResponse:
        """The answer, with the trace id of the current span."""
        body = ProblemBody(
            title=self.title, status=self.status, detail=self.detail, errors=list(self.errors),
            trace_id=trace_id(),
        )  # fmt: skip
        content = body.model_dump(exclude_none=True)
        return JSONResponse(content, self.status, self.headers, MEDIA_TYPE)


def invalid(errors: Sequence[FieldError], detail: str = "Nothing was recorded.") -> Problem:
    """The 422 for input that the models do not accept."""
    return Problem(422, "The request is not valid", detail, errors)


def of_refusal(refusal: Refusal) -> Problem:
    """The answer for a command that the domain refused."""
    error = FieldError(message=refusal.detail, field=refusal.field, line=refusal.line)
    where = f"Line {refusal.line}: " if refusal.line else ""
    return Problem(refusal.status, refusal.title, f"{where}{refusal.detail}", [error])


def errors_of(
    error: ValidationError | RequestValidationError, line: int | None = None, skip: int = 0
) -> list[FieldError]:
    """A validation's errors with dotted field names, without the values sent.

    ``skip`` leaves out the first parts of each location (``body``, a union's tag).
    """
    found = error.errors() if isinstance(error, RequestValidationError) else _quiet(error)
    return [
        FieldError(message=_message(each), field=_place(each, skip), line=line)
        for each in found[:MOST_ERRORS]
    ]


def _quiet(error: ValidationError) -> list[Any]:
    return list(error.errors(include_url=False, include_input=False))


def _place(each: Mapping[str, Any], skip: int) -> str | None:
    if each["type"] in UNKNOWN_COMMAND:
        return "do"
    inside = each.get("ctx", {}).get("field") if each["type"] == "misplaced" else None
    return _field((*each["loc"][skip:], *([inside] if inside else [])))


def _message(each: Mapping[str, Any]) -> str:
    if each["type"] in UNKNOWN_COMMAND:
        expected = str(each["msg"]).partition("expected tags: ")[2]
        return f"Name the command: one of {expected}" if expected else "Name the command in do"
    pattern = each.get("ctx", {}).get("pattern")
    text = FIXES.get(each["type"]) or PATTERNS.get(pattern or "") or str(each["msg"])
    text = text.removeprefix("Value error, ")
    return text[:1].upper() + text[1:]


def _field(location: Sequence[int | str]) -> str | None:
    return ".".join(str(part) for part in location) or None


def install(app: FastAPI) -> None:
    """Answer every error of the application as problem+json."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _on_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return of_refusal(error).response()


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return invalid(errors_of(error, skip=1)).response()


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        404: f"There is nothing at {request.url.path}. /docs lists what there is.",
        405: f"{request.method} is not possible here; see the Allow header.",
    }
    title = HTTPStatus(error.status_code).phrase
    given = error.detail if error.detail != title else ""
    detail = str(given or details.get(error.status_code, title))
    return Problem(error.status_code, title, detail, headers=error.headers).response()


class Unhandled:
    """ASGI middleware: an error nobody handled is logged in full and answered without internals.

    What breaks because the client of a stream went away is no error.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = gone = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        async def listen() -> Message:
            nonlocal gone
            message = await receive()
            gone = gone or message["type"] == "http.disconnect"
            return message

        try:
            await self._app(scope, listen, watch)
        except ClientDisconnect:
            log.info("client_gone", path=scope["path"], method=scope["method"])
        except Exception as error:
            if started and gone:
                log.info("client_gone", path=scope["path"], method=scope["method"])
                return
            problem = _internal(error)
            told = log.exception if problem.status == 500 else log.warning
            told("unhandled", path=scope["path"], method=scope["method"], error=repr(error))
            if started:
                raise
            await problem.response()(scope, receive, send)


def _internal(error: Exception) -> Problem:
    """The 503 while a server this service needs is away, 422 for what the database cannot hold."""
    if isinstance(error, asyncpg.DataError):
        return Problem(422, "The request is not valid", "It has a value that cannot be stored.")
    if isinstance(error, UNAVAILABLE):
        return Problem(
            503, "Not available now", "A server this service needs does not answer; try again.",
            headers={"retry-after": "1"},
        )  # fmt: skip
    return Problem(
        500, "Internal error", "The service failed; the log has the details under this trace id."
    )
