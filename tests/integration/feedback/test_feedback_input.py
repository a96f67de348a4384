"""Bad input of every kind the models can receive: a problem that names the field, never a 500."""

from __future__ import annotations

import itertools
import json
import random

import pytest

AT = "2020-03-02T09:00:00+07:00"
REQUESTS = {
    "/ratings": {
        "rating": "R1", "agency": "A", "dossier": "D1", "scale": "s", "answer": "good",
        "reported": {"total_time": "shorter"}, "via": "paper", "submitted_at": AT,
    },
    "/feedback": {
        "feedback": "F1", "agency": "A", "dossier": "D1", "sector": "x", "about": "conduct",
        "filed_at": AT, "limit": {"amount": 3, "unit": "DAY"},
    },
    "/feedback/F1/answer": {"answered_at": AT},
    "/feedback/F1/prolongation": {"prolonged_at": AT, "reason": "long"},
    "/feedback/F1/dismissal": {"concluded_at": AT, "conclusion": "wrong", "by": "B"},
    "/assessments": {
        "assessment": "X1", "agency": "A", "period": "2020", "kind": "appraisal",
        "scores": {"1": 20}, "by": "B", "assessed_at": AT, "note": "fine",
    },
}  # fmt: skip
WRONG = [
    None, True, -1, 10**30, 1.5, "", " ", "a b", "a/b", "x" * 10_000, "\x00", "a\x00b", "\ud800",
    "\u202e", "2020-03-02", "2020-03-02T09:00:00", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00", "2020-02-30T00:00:00Z", [], ["a"], {}, {"a": 1}, {"1": 99},
    {"amount": 10**9, "unit": "DAY"}, {"amount": 1, "unit": "YEAR"}, float("inf"),
]  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize("path", REQUESTS)
async def test_every_field_with_every_wrong_value(client, path):
    good, count = REQUESTS[path], itertools.count()
    for field in [*good, "unknown", "do"]:
        for wrong in WRONG:
            if "feedback" in good:
                good = {**good, "feedback": f"F{next(count)}"}
            answer = await client.post(path, content=json.dumps({**good, field: wrong}))
            assert answer.status_code < 500, (field, wrong, answer.text)
            if answer.status_code >= 400:
                body = answer.json()
                assert answer.headers["content-type"] == "application/problem+json"
                places = {each["field"].split(".")[0] for each in body["errors"] if "field" in each}
                assert field in places, (field, wrong, body)


@pytest.mark.asyncio
@pytest.mark.parametrize("path", REQUESTS)
async def test_a_missing_field_is_named(client, path):
    for n, field in enumerate(REQUESTS[path]):
        rest = {name: value for name, value in REQUESTS[path].items() if name != field}
        if "feedback" in rest:
            rest["feedback"] = f"F{n}"
        answer = await client.post(path, json=rest)
        if answer.status_code >= 400:
            assert answer.json()["errors"][0]["field"] == field


@pytest.mark.asyncio
async def test_random_bulk_lines(client):
    chance = random.Random(1)
    commands = [("file_feedback", "/feedback"), ("submit_rating", "/ratings")]
    for _ in range(200):
        lines = []
        for _ in range(chance.randint(1, 4)):
            name, path = chance.choice(commands)
            line = {"do": name, **REQUESTS[path]}
            line[chance.choice(list(line))] = chance.choice([*WRONG, AT, "D2"])
            lines.append(json.dumps(line))
        answer = await client.post("/bulk", content="\n".join(lines))
        assert answer.status_code in {200, 201, 409, 422}, (lines, answer.text)
        assert "Traceback" not in answer.text


@pytest.mark.asyncio
async def test_text_of_any_script_is_kept(client):
    text = "Chậm trễ “quá hạn” 🙂 ﷽"
    at = {"prolonged_at": AT, "reason": text}
    assert (await client.post("/feedback/F1/prolongation", json=at)).status_code == 201
    (entry,) = (await client.get("/journal/feedback/F1")).json()
    assert entry["data"]["reason"] == text
