"""Runs a service as a process: settings from the environment, uvicorn, our logs.

A service's ``__main__.py`` is ``raise SystemExit(main(SERVICE, FeedbackSettings))``.
"""

from __future__ import annotations

import gc
import signal
from socket import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from . import logs
from .app import Service, create_app
from .settings import ServiceSettings, load

GRACE_SECONDS = 5

GC_THRESHOLDS = (1_000_000, 5, 5)
"""Batches make many objects and no cycles: looking for cycles in them cost a third of the time."""


class _Server(uvicorn.Server):
    """A server that ends by returning, so that SIGTERM and SIGINT end the process with code 0."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End gracefully; a second SIGINT does not wait."""
        del frame
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Ask endless answers (``app.state.stopping``) to end, then wait for requests in hand."""
        for end in getattr(self._app.state, "stopping", ()):
            end()
        await super().shutdown(sockets)


def serve(app: FastAPI, settings: ServiceSettings) -> int:
    """Serve until SIGTERM or SIGINT; requests in hand get 5 seconds. Returns the exit code."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, app)
    server.run()
    return 0 if server.started else 3


def main(service: Service, settings: type[ServiceSettings]) -> int:
    """Run the service by the environment's settings. Returns the process's exit code."""
    found = load(settings)
    logs.setup(service.name, found.log_level)
    app = create_app(service, found)
    gc.freeze()  # what is here now stays
    gc.set_threshold(*GC_THRESHOLDS)
    return serve(app, found)
