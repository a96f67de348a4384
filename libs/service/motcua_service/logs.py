"""Structured logs: one JSON object a line on stdout, with service and trace id.

Use ``structlog.get_logger("motcua.relay").info("fired", timers=3)``; libraries that log with the
standard module come out in the same form.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from .telemetry import trace_id

QUIET = {
    "aiokafka": logging.WARNING,
    "uvicorn.error": logging.WARNING,
    "asyncio": logging.WARNING,
    "asyncpg": logging.ERROR,  # its pool warns of every try to connect again, with a traceback
    "pogo_core": logging.ERROR,  # it warns of every migration it applies
}
"""Loggers heard only from these levels up."""


def setup(service: str, level: str = "INFO") -> None:
    """Log as ``service`` from ``level`` up. May be called again; the last call holds."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Service(service),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_formatter(shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, lowest in QUIET.items():
        logging.getLogger(name).setLevel(max(lowest, root.level))


def _formatter(shared: list[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )


class _Service:
    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _: WrappedLogger, __: str, entry: EventDict) -> EventDict:
        entry["service"] = self._service
        trace = trace_id()
        if trace:
            entry["trace_id"] = trace
        return entry
