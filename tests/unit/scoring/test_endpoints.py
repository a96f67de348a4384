"""Endpoints run on the event loop: what is not async would wait for a thread beside a busy loop."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from motcua_scoring.app import SERVICE

ROUTES = [
    route for router in SERVICE.routers for route in router.routes if isinstance(route, APIRoute)
]


def called(dependant: Dependant) -> Iterator[object]:
    """An endpoint's function and those of everything it depends on."""
    yield dependant.call
    for each in dependant.dependencies:
        yield from called(each)


def test_nothing_behind_an_endpoint_needs_a_thread() -> None:
    assert len(ROUTES) > 10
    threads = {
        f"{route.path}: {each}"
        for route in ROUTES
        for each in called(route.dependant)
        if not (inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each))
    }
    assert threads == set()
