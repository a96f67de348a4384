"""The client: patient with a service that restarts, plain about one that refuses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from motcua_local.errors import LocalError
from motcua_local.http import Client, Refused, describe
from motcua_local.metrics import Waiting, parse

Serve = Callable[[web.Request], web.StreamResponse]


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, patience=2.0)


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Callable]:
    runners: list[web.AppRunner] = []

    async def start(answer: Serve) -> str:
        async def handle(request: web.Request) -> web.StreamResponse:
            return answer(request)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        runners.append(runner)
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.mark.asyncio
async def test_it_tries_again_when_the_service_fails(client: Client, serve: Callable) -> None:
    answers = iter([web.Response(status=503), web.json_response({"ok": 1})])
    url = await serve(lambda _: next(answers))
    assert await client.get(url) == {"ok": 1}
    assert client.retries == 1


@pytest.mark.asyncio
async def test_it_gives_up_in_time(client: Client) -> None:
    impatient = Client(client._session, patience=0)
    with pytest.raises(LocalError, match="does not work"):
        await impatient.get("http://127.0.0.1:1/x")


@pytest.mark.asyncio
async def test_a_refusal_carries_the_services_words(client: Client, serve: Callable) -> None:
    problem = {"title": "Not valid", "detail": "Nothing was recorded.",
               "errors": [{"line": 3, "field": "channel", "message": "Say direct."}]}  # fmt: skip
    url = await serve(
        lambda _: web.Response(
            status=422, body=json.dumps(problem), content_type="application/problem+json"
        )
    )
    with pytest.raises(Refused, match=r"Nothing was recorded. \(line 3: channel: Say direct.\)"):
        await client.post(url, {})


@pytest.mark.asyncio
async def test_texts_and_empty_answers(client: Client, serve: Callable) -> None:
    url = await serve(
        lambda r: web.Response(text="a 1") if r.method == "GET" else web.Response(status=204)
    )
    assert await client.get(url) == "a 1"
    assert await client.put(url, {"x": 1}) is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"title": "x"}', b'"x"'])
def test_an_answer_that_is_no_problem_json(body: bytes) -> None:
    assert describe(body, 418) == "the service answered 418"


def test_what_is_under_way_is_read_from_the_metrics() -> None:
    page = """# HELP motcua_relay_backlog_events Events not published yet.
motcua_relay_backlog_events{relay="workflow"} 12.0
motcua_consumer_lag_events{consumer="workflow.dossiers"} 3.0
motcua_consumer_lag_events{consumer="workflow.calendars"} 1e+02
motcua_events_recorded_total{type="x"} 99.0
"""
    assert parse(page) == Waiting(unpublished=12, unapplied=103)
    assert parse(page).total == 115
    assert parse("") == Waiting()
