"""OpenAPI 3.1 as it is: every error documented as problem+json, command schemas as components."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .problems import MEDIA_TYPE, ProblemBody

REF = "#/components/schemas/"
METHODS = frozenset({"get", "put", "post", "patch", "delete"})


def install(app: FastAPI) -> None:
    """Have the application describe itself in our form (made once, when first asked for)."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    problem = ProblemBody.model_json_schema(ref_template=f"{REF}{{model}}")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    for operation in _operations(made):
        schemas |= operation.pop("x-schemas", {})
        _document_errors(operation["responses"])
    for unused in ("HTTPValidationError", "ValidationError", "ProblemBody"):
        schemas.pop(unused, None)
    return made


def _operations(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in made["paths"].values():
        yield from (operation for method, operation in path.items() if method in METHODS)


def _document_errors(responses: dict[str, Any]) -> None:
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{REF}Problem"}}}
    responses.pop("422", None)
    for status, response in responses.items():
        if status[0] in "45":
            response["content"] = content
    responses["4XX"] = {"description": "What is wrong and what to do about it", "content": content}
    responses["5XX"] = {"description": "The service cannot answer now", "content": content}
