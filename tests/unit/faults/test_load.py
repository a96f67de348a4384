"""The load of a fault run: the same for the same seed, and safe to send again."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from faults.load import Plan, bulk, plan, single

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def work() -> Plan:
    return plan(7, dossiers=120, live=10, seconds=30, start=START)


def test_one_seed_gives_one_load(work: Plan) -> None:
    assert plan(7, dossiers=120, live=10, seconds=30, start=START) == work
    assert plan(8, dossiers=120, live=10, seconds=30, start=START).lanes != work.lanes


def test_a_dossier_is_told_by_one_writer_of_each_service(work: Plan) -> None:
    lanes: dict[tuple[str, str], set[int]] = {}
    for number, lane in enumerate(work.lanes):
        for request in lane:
            for line in request.lines:
                if dossier := line.get("dossier"):
                    lanes.setdefault((request.service, dossier), set()).add(number)
    told = {key: its for key, its in lanes.items() if key[0] != "feedback"}
    assert told
    assert all(len(its) == 1 for its in told.values())


def test_there_are_single_requests_bulks_and_corrections(work: Plan) -> None:
    requests = [request for lane in work.lanes for request in lane]
    kinds = Counter(line["do"] for request in requests for line in request.lines)
    assert {"receive_dossier", "correct_dossier", "resolve_dossier", "submit_rating"} <= set(kinds)
    assert {len(request.lines) > 1 for request in requests} == {True, False}


def test_what_corrects_in_bulk_is_sent_under_a_key(work: Plan) -> None:
    for lane in work.lanes:
        for request in lane:
            corrects = any(line["do"] == "correct_dossier" for line in request.lines)
            assert request.key or not (corrects and request.path == "/bulk")


def test_requests_are_written_as_the_services_read_them() -> None:
    line = {"do": "complete_step", "dossier": "A/1", "step": "2", "completed_at": "2020-01-01"}
    one = single(line, "key")
    assert (one.method, one.path) == ("POST", "/dossiers/A%2F1/steps/2/completion")
    assert json.loads(one.body) == {"completed_at": "2020-01-01"}
    assert one.content_type == "application/json"
    many = bulk("workflow", [line, line])
    assert many.content_type == "application/x-ndjson"
    assert [json.loads(text) for text in many.body.splitlines()] == [line, line]
    assert one.repeatable
