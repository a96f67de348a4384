"""The application factory: the same frame for every service.

A service describes itself as a ``Service`` and gets its FastAPI application; see
``services/feedback/motcua_feedback/app.py`` for the reference wiring.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from opentelemetry.sdk.trace import SpanProcessor

from . import journal, openapi, problems, telemetry
from .direct import Directly
from .health import Health
from .metrics import Metrics
from .routes import CommandRouter
from .runtime import Runtime, opened
from .settings import ServiceSettings

Wire = Callable[[Runtime], Awaitable[None]]

NO_TELEMETRY = dict.fromkeys(
    ("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False
)
"""FastAPI's own spans and metrics are off: ours are placed by hand, at a fraction of the cost."""


@dataclass(frozen=True)
class Service:
    """What makes one service: its names, its package's folder (migrations), routers and wiring.

    ``wire`` runs once at start, with the database migrated; the loops it adds start after it.
    """

    name: str
    title: str
    description: str
    package: Path
    routers: Sequence[APIRouter]
    wire: Wire
    version: str = "0.1.0"


def create_app(
    service: Service, settings: ServiceSettings, processors: Sequence[SpanProcessor] = ()
) -> FastAPI:
    """The service's application: its routers, and /docs, /livez, /readyz, /metrics, /journal.

    ``processors`` receive its spans beside the configured exporter.
    """
    metrics, health = Metrics(), Health()
    provider = telemetry.setup(service.name, settings, processors)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with opened(
                app, service.name, settings, service.package,
                provider=provider, metrics=metrics, health=health,
            ) as runtime:  # fmt: skip
                await service.wire(runtime)
                async with runtime.background.running():
                    yield
        finally:
            await telemetry.shutdown(provider)

    app = FastAPIOffline(
        title=service.title, version=service.version, description=service.description,
        lifespan=lifespan, redirect_slashes=False, redoc_url=None,
        telemetry=NO_TELEMETRY,
    )  # fmt: skip
    problems.install(app)
    commands = [each for each in service.routers if isinstance(each, CommandRouter)]
    app.add_middleware(Directly, endpoints=[each for one in commands for each in one.direct()])
    app.add_middleware(problems.Unhandled)
    app.add_middleware(telemetry.RequestSpan, provider=provider, metrics=metrics)
    for router in (*service.routers, journal.router(), health.router(), metrics.router()):
        app.include_router(router)
    openapi.install(app)
    return app
