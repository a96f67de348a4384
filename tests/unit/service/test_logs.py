"""Logs are one JSON object a line, with service and trace id."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider

from motcua_service import logs


@pytest.fixture(autouse=True)
def restored():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_entry_names_service_level_and_time(capsys):
    logs.setup("feedback")
    structlog.get_logger("motcua.test").info("fired", timers=3)
    (entry,) = lines(capsys)
    assert entry["event"] == "fired"
    assert (entry["service"], entry["level"], entry["timers"]) == ("feedback", "info", 3)
    assert entry["timestamp"].endswith("Z")
    assert "trace_id" not in entry


def test_an_entry_inside_a_span_bears_its_trace_id(capsys):
    logs.setup("feedback")
    with TracerProvider().get_tracer("t").start_as_current_span("s") as span:
        structlog.get_logger("motcua.test").info("inside")
    (entry,) = lines(capsys)
    assert entry["trace_id"] == f"{span.get_span_context().trace_id:032x}"


def test_the_standard_library_speaks_the_same_way(capsys):
    logs.setup("feedback")
    logging.getLogger("some.library").warning("slow %s", "query")
    logging.getLogger("aiokafka").info("chatter")
    (entry,) = lines(capsys)
    assert (entry["event"], entry["logger"]) == ("slow query", "some.library")


def test_a_pools_tries_to_connect_again_are_not_heard(capsys):
    logs.setup("feedback")
    logging.getLogger("asyncpg.pool").warning("Failed to restore the pool connection floor")
    assert lines(capsys) == []


def test_an_error_is_one_line(capsys):
    logs.setup("feedback")
    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger("motcua.test").exception("failed")
    (entry,) = lines(capsys)
    assert "ValueError: no" in entry["exception"]


def test_the_level_holds(capsys):
    logs.setup("feedback", "WARNING")
    structlog.get_logger("motcua.test").info("nothing")
    assert lines(capsys) == []
