"""The frame of a service, without a database: errors, trace headers, spans, health, OpenAPI."""

from __future__ import annotations

import asyncio
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Literal

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, HTTPException, Query
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from pydantic import Field
from structlog.testing import capture_logs

from motcua_service.app import Service, create_app
from motcua_service.decider import Command, Refusal
from motcua_service.problems import Problem, Unhandled
from motcua_service.routes import Endpoint, command_router
from motcua_service.settings import ServiceSettings

PARENT = "00-11111111111111111111111111111111-2222222222222222-01"
router = APIRouter()


class Count(Command):
    """Count something."""

    do: Literal["count"] = "count"
    counter: str
    number: int = 1


@router.get("/broken")
async def broken() -> None:
    raise RuntimeError("the secret of the house")


@router.get("/away")
async def away() -> None:
    raise asyncpg.ConnectionDoesNotExistError("gone")


@router.get("/refused")
async def refused() -> None:
    raise Refusal("No", "Not now.", field="counter")


@router.get("/teapot")
async def teapot() -> None:
    raise HTTPException(418, "I am a teapot")


@router.get("/things/{thing}")
async def thing(thing: int, limit: Annotated[int, Query(ge=1)] = 1) -> int:
    if thing == 0:
        raise Problem(404, "No such thing", "There is no thing 0.")
    return thing * limit


@pytest.fixture(autouse=True)
def quiet():
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def settings(**more) -> ServiceSettings:
    return ServiceSettings(
        database_url="postgresql://nowhere/x", kafka_bootstrap="nowhere:1", port=0, **more
    )


def service() -> Service:
    commands = command_router(
        [Endpoint("POST", "/counters/{counter}", Count)],
        Annotated[Count, Field()],
    )

    async def wire(runtime) -> None:
        pass

    return Service("test", "Test", "A test.", Path(__file__).parent, (router, commands), wire)


@pytest.fixture
def app(exporter):
    return create_app(service(), settings(), [SimpleSpanProcessor(exporter)])


def client(app) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


ERRORS = [
    ("GET", "/nowhere", 404),
    ("GET", "/things/0", 404),
    ("PUT", "/things/1", 405),
    ("GET", "/things/x", 422),
    ("GET", "/things/1?limit=0", 422),
    ("GET", "/broken", 500),
    ("GET", "/away", 503),
    ("GET", "/refused", 409),
    ("GET", "/teapot", 418),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("method", "path", "status"), ERRORS)
async def test_every_error_is_a_problem_with_its_trace_id(app, method, path, status):
    async with client(app) as http:
        answer = await http.request(method, path)
    body = answer.json()
    assert answer.status_code == status == body["status"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["title"]
    assert body["detail"]
    assert body["trace_id"] == answer.headers["x-trace-id"]


@pytest.mark.asyncio
async def test_an_unhandled_error_is_logged_and_tells_no_internals(app, quiet):
    async with client(app) as http:
        answer = await http.get("/broken")
    assert [each["log_level"] for each in quiet] == ["error"]
    assert not re.search("secret|Traceback|RuntimeError|line", answer.text)


@pytest.mark.asyncio
async def test_a_wrong_query_names_its_field(app):
    async with client(app) as http:
        answer = await http.get("/things/1?limit=0")
    assert [each["field"] for each in answer.json()["errors"]] == ["limit"]


@pytest.mark.asyncio
async def test_not_allowed_says_what_is(app):
    async with client(app) as http:
        assert (await http.put("/things/1")).headers["allow"] == "GET"


BODIES = [
    (b"{", None),
    (b"[]", None),
    (b'{"number": "x"}', "number"),
    (b'{"more": 1}', "more"),
    (b'{"counter": "other"}', "counter"),
    (b'{"number": NaN}', "number"),
    (b"[" * 100_000, None),
    (b"\xff", None),
    (b'{"number": 1' + b"0" * 5000 + b"}", None),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("body", "field"), BODIES)
async def test_a_wrong_body_is_a_422_naming_the_field(app, body, field):
    async with client(app) as http:
        answer = await http.post("/counters/a", content=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0].get("field") == field


@pytest.mark.asyncio
async def test_a_lone_surrogate_is_refused(app):
    async with client(app) as http:
        answer = await http.post("/bulk", content=b'{"counter": "\\ud800"}')
    assert answer.status_code == 422


@pytest.mark.asyncio
async def test_too_large_and_compressed_bodies(app):
    async def chunks():
        for _ in range(3):
            yield b" " * 512 * 1024

    async with client(app) as http:
        large = await http.post("/counters/a", content=b" " * (1024 * 1024 + 1))
        streamed = await http.post("/counters/a", content=chunks())
        packed = await http.post("/bulk", content=b"x", headers={"content-encoding": "gzip"})
    assert (large.status_code, streamed.status_code, packed.status_code) == (413, 413, 415)
    assert "1 MiB" in large.json()["detail"]


@pytest.mark.asyncio
async def test_a_client_that_leaves_is_no_error(app, exporter, quiet):
    async def gone():
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "method": "POST", "path": "/counters/a", "raw_path": b"/counters/a",
        "query_string": b"", "headers": [], "scheme": "http", "app": app,
    }  # fmt: skip
    await app(scope, gone, None)
    (span,) = exporter.get_finished_spans()
    assert span.attributes["http.response.status_code"] == 499
    assert [each["log_level"] for each in quiet] == ["info"]


@pytest.mark.asyncio
@pytest.mark.parametrize("left", [True, False])
async def test_only_a_stream_that_its_client_left_may_break_quietly(quiet, left):
    async def streaming(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        raise ExceptionGroup("broken", [RuntimeError("nobody listens")])

    async def receive():
        return {"type": "http.disconnect" if left else "http.request"}

    async def send(message) -> None:
        assert message["type"] == "http.response.start"

    scope = {"type": "http", "path": "/stream", "method": "GET"}
    with nullcontext() if left else pytest.raises(ExceptionGroup):
        await Unhandled(streaming)(scope, receive, send)
    assert [entry["event"] for entry in quiet] == ["client_gone" if left else "unhandled"]


@pytest.mark.asyncio
async def test_the_span_of_a_request(app, exporter):
    async with client(app) as http:
        answer = await http.get("/things/3", headers={"traceparent": PARENT})
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind) == ("GET /things/{thing}", SpanKind.SERVER)
    assert span.attributes["http.request.method"] == "GET"
    assert span.attributes["http.route"] == "/things/{thing}"
    assert span.attributes["http.response.status_code"] == 200
    assert f"{span.context.trace_id:032x}" == "1" * 32 == answer.headers["x-trace-id"]
    assert f"{span.parent.span_id:016x}" == "2" * 16
    assert answer.headers["traceparent"] == f"00-{'1' * 32}-{span.context.span_id:016x}-01"


@pytest.mark.asyncio
async def test_the_span_of_a_command_has_its_path_template(app, exporter):
    async with client(app) as http:
        await http.post("/counters/a", content=b"{")
    assert exporter.get_finished_spans()[0].name == "POST /counters/{counter}"


@pytest.mark.asyncio
async def test_a_failed_request_has_a_failed_span(app, exporter):
    async with client(app) as http:
        await http.get("/broken")
        await http.get("/nowhere")
    broken_span, unknown = exporter.get_finished_spans()
    assert not broken_span.status.is_ok
    assert broken_span.attributes["http.response.status_code"] == 500
    assert unknown.name == "GET"
    assert unknown.status.is_unset


@pytest.mark.asyncio
async def test_a_broken_traceparent_is_ignored(app):
    async with client(app) as http:
        answer = await http.get("/things/3", headers={"traceparent": "nonsense"})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-trace-id"])


@pytest.mark.asyncio
async def test_without_an_exporter_there_are_ids_and_no_spans():
    app = create_app(service(), settings())
    async with client(app) as http:
        first, second = await asyncio.gather(http.get("/things/1"), http.get("/things/1"))
    assert first.headers["x-trace-id"] != second.headers["x-trace-id"]
    assert first.headers["traceparent"].split("-")[1] == first.headers["x-trace-id"]


@pytest.mark.asyncio
async def test_polled_paths_have_ids_but_no_span(app, exporter):
    async with client(app) as http:
        answers = [await http.get(path) for path in ("/livez", "/readyz", "/metrics")]
    assert [each.status_code for each in answers] == [200, 200, 200]
    assert all(each.headers["x-trace-id"] for each in answers)
    assert exporter.get_finished_spans() == ()


@pytest.mark.asyncio
async def test_requests_are_measured_by_route_not_by_path(app):
    async with client(app) as http:
        await http.get("/things/1")
        await http.get("/things/2")
        text = (await http.get("/metrics")).text
    labels = 'method="GET",route="/things/{thing}",status="200"'
    assert f"http_server_request_duration_seconds_count{{{labels}}} 2.0" in text


@pytest.mark.asyncio
async def test_openapi_tells_commands_and_problems(app):
    async with client(app) as http:
        described = (await http.get("/openapi.json")).json()
    assert described["openapi"].startswith("3.1")
    operation = described["paths"]["/counters/{counter}"]["post"]
    assert [each["name"] for each in operation["parameters"]] == ["counter", "Idempotency-Key"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert list(body["properties"]) == ["number"]
    assert "application/problem+json" in operation["responses"]["4XX"]["content"]
    assert {"Problem", "FieldError", "Outcome"} <= set(described["components"]["schemas"])
    references = set(re.findall(r'"#/components/schemas/(\w+)"', str(described).replace("'", '"')))
    assert references <= set(described["components"]["schemas"])


@pytest.mark.asyncio
async def test_the_documentation_needs_no_other_host(app):
    async with client(app) as http:
        page = await http.get("/docs")
        script = await http.get("/static-offline-docs/swagger-ui-bundle.js")
    assert page.status_code == script.status_code == 200
    assert "//cdn" not in page.text
