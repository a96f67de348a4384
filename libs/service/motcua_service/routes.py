"""Commands over HTTP: a table of endpoints and one bulk endpoint, all by the same path.

::

    Line = Annotated[FileFeedback | AnswerFeedback, Field(discriminator="do")]
    router = command_router(
        (
            Endpoint("POST", "/feedback", FileFeedback),
            Endpoint("POST", "/feedback/{feedback}/answer", AnswerFeedback),
        ),
        Line,
    )

An endpoint's body is its command as JSON without ``do`` and without the fields its path names (they
may be repeated, unchanged). The answer is an ``Outcome``: 201 if something was recorded, 200 if all
was known already. ``POST /bulk`` takes commands line by line, each with its ``do``, in one
transaction. An ``Idempotency-Key`` is honoured on every POST.

The router finds the command handler and the keys in ``request.app.state.commands`` (a
``Commands``), which the service's wiring sets. ``create_app`` has the endpoints served directly
(``motcua_service.direct``); as FastAPI's routes they are there for the documentation.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from .bulk import ONE_COMMAND_BYTES, read_body, read_ndjson
from .decider import Command, Refusal
from .direct import Direct
from .idempotency import IdempotencyKeys, InProgress, Key, Stored, fingerprint, in_progress
from .outcome import Outcome
from .problems import FieldError, errors_of, invalid
from .together import Together

PARAMETER = re.compile(r"{(\w+)}")
KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key again within 24 hours gets the stored answer.",
    "schema": {"type": "string", "maxLength": 255},
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One command at one path; the path's parameters are fields of the command."""

    method: str
    path: str
    command: type[Command]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The path's parameters."""
        return tuple(PARAMETER.findall(self.path))


@dataclass(frozen=True, slots=True)
class Commands:
    """What the command endpoints of a running service need."""

    together: Together[Any]
    keys: IdempotencyKeys

    async def answer(
        self,
        request: Request,
        commands: Sequence[Command],
        body: bytes,
        lines: Sequence[int] | None = None,
    ) -> Response:
        """Run a request's commands, once for its Idempotency-Key if it has one."""
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is None:
            asked = self.together.handler.asked(commands, lines=lines)
            return _response(Stored.of(await self.together.run(asked)))
        with self.keys.claimed(key):
            print_ = fingerprint(request.method, request.url.path, body)
            return await self._keyed(Key(key, print_), commands, lines)

    async def _keyed(
        self, key: Key, commands: Sequence[Command], lines: Sequence[int] | None
    ) -> Response:
        """A key is nearly always new: so the request is run first, and undone if it is not."""
        asked = self.together.handler.asked(commands, lines=lines, key=key)
        try:
            return _response(Stored.of(await self.together.run(asked)))
        except (InProgress, Refusal) as error:
            found = await self.keys.find(key)
            if found is not None:
                return _response(found, replayed=True)
            if isinstance(error, Refusal):
                raise
            raise in_progress() from None


def _response(stored: Stored, *, replayed: bool = False) -> Response:
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    return Response(stored.body, stored.status, headers, "application/json")


class CommandRouter(APIRouter):
    """FastAPI's router of command endpoints, which may be served directly."""

    def direct(self) -> list[Direct]:
        """The endpoints without FastAPI: they take the request itself and nothing else."""
        routes = (each for each in self.routes if isinstance(each, APIRoute))
        return [Direct(route, route.endpoint) for route in routes]


def command_router(
    endpoints: Sequence[Endpoint], line: Any, tag: str = "commands"
) -> CommandRouter:
    """The endpoints, and POST /bulk for ``line``: the union of the command classes by ``do``."""
    router = CommandRouter(tags=[tag])
    for endpoint in endpoints:
        _add(router, endpoint)
    _add_bulk(router, TypeAdapter(line))
    return router


def _add(router: APIRouter, endpoint: Endpoint) -> None:
    async def serve(request: Request) -> Response:
        body = await read_body(request, ONE_COMMAND_BYTES)
        command = _command(endpoint, body, request.path_params)
        return await _commands(request).answer(request, [command], body)

    serve.__doc__ = inspect.getdoc(endpoint.command)
    serve.__name__ = str(endpoint.command.model_fields["do"].default)
    router.add_api_route(
        endpoint.path, serve, methods=[endpoint.method], response_model=Outcome,
        responses={201: {"model": Outcome, "description": "Recorded"}},
        response_description="Known already, nothing recorded",
        openapi_extra=_documented(endpoint),
    )  # fmt: skip


def _add_bulk(router: APIRouter, adapter: TypeAdapter[Any]) -> None:
    async def bulk(request: Request) -> Response:
        """Run many commands in order and in one transaction: one JSON object a line.

        At most 5,000 lines and 16 MiB. If any line is invalid or refused, nothing is recorded and
        the errors name the lines.
        """
        commands, lines, body = await read_ndjson(request, adapter)
        return await _commands(request).answer(request, commands, body, lines)

    schema, defs = _schema(adapter)
    router.add_api_route(
        "/bulk", bulk, methods=["POST"], response_model=Outcome,
        responses={201: {"model": Outcome, "description": "Recorded"}},
        response_description="Known already, nothing recorded",
        openapi_extra={
            "parameters": [KEY_HEADER],
            "requestBody": {
                "required": True,
                "description": "Newline-delimited JSON; the schema is that of one line.",
                "content": {"application/x-ndjson": {"schema": schema}},
            },
            "x-schemas": defs,
        },
    )  # fmt: skip


def _commands(request: Request) -> Commands:
    commands = request.app.state.commands
    assert isinstance(commands, Commands)
    return commands


def _command(endpoint: Endpoint, body: bytes, path: dict[str, Any]) -> Command:
    """The command of a request. Raises Problem 422, naming the field."""
    if not path:
        with suppress(ValidationError):  # said below, as for every endpoint
            return endpoint.command.model_validate_json(body)
    sent = _object(body)
    for name in endpoint.parameters:
        if sent.setdefault(name, path[name]) != path[name]:
            raise invalid([FieldError(message=f"The path says {path[name]}.", field=name)])
    try:
        return endpoint.command.model_validate(sent)
    except ValidationError as error:
        raise invalid(errors_of(error)) from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        error = FieldError(message="The body is not JSON: send one JSON object.")
        raise invalid([error]) from None
    if not isinstance(sent, dict):
        raise invalid([FieldError(message="The body is not a JSON object.")])
    return sent


def _schema(adapter: TypeAdapter[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    schema = adapter.json_schema(ref_template="#/components/schemas/{model}")
    return schema, schema.pop("$defs", {})


def _documented(endpoint: Endpoint) -> dict[str, Any]:
    """The OpenAPI of an endpoint's path and body; ``x-schemas`` go to the components."""
    schema, defs = _schema(TypeAdapter(endpoint.command))
    fields, named = schema["properties"], endpoint.parameters
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": fields.pop(name)} for name in named
    ]
    fields.pop("do", None)
    schema["required"] = [name for name in schema.get("required", []) if name not in named]
    if not schema["required"]:
        del schema["required"]
    if endpoint.method == "POST":
        parameters.append(KEY_HEADER)
    return {
        "parameters": parameters,
        "requestBody": {
            "required": bool(schema.get("required")),
            "content": {"application/json": {"schema": schema}},
        },
        "x-schemas": defs,
    }
