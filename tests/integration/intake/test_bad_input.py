"""Whatever is sent, the answer is a success or a problem that names what is wrong; never a 500."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motcua_intake.api import ENDPOINTS

RECEPTION = {
    "dossier": "D1",
    "procedure": "1.012766",
    "receiving": "R",
    "resolving": "A",
    "received_at": "2026-03-02T08:00:00+07:00",
}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("request_line", "body", "status", "field"),
    [
        ("POST /dossiers", RECEPTION | {"received_at": "2026-03-02T08:00"}, 422, "received_at"),
        ("POST /dossiers", RECEPTION | {"due_at": "2026-03-01T08:00Z"}, 422, "due_at"),
        ("POST /dossiers", RECEPTION | {"surprise": 1}, 422, "surprise"),
        ("POST /dossiers", {}, 422, "dossier"),
        ("POST /dossiers/D1/refusal", {"dossier": "D2"}, 422, "dossier"),
        (
            "POST /dossiers/D1/restart",
            {"restarted_at": "2050-01-01T00:00Z"},
            422,
            "restarted_at",
        ),
        ("PUT /agencies/A", {"name": "A", "level": "city"}, 422, "level"),
        ("PUT /agencies/A%20B", {"name": "A", "level": "commune"}, 422, "agency"),
        ("PUT /agencies/A%00B", {"name": "A", "level": "commune"}, 422, "agency"),
        (
            "PUT /agencies/A/procedures/P",
            {"effective_from": "2089-01-01"},
            422,
            "effective_from",
        ),
        ("PUT /calendars/C/days/tomorrow", {"kind": "off"}, 422, "day"),
        ("GET /dossiers/A%00B", None, 422, "dossier"),
        ("GET /dossiers?cursor=%00", None, 422, "cursor"),
        ("GET /dossiers?limit=0", None, 422, "limit"),
        ("GET /dossiers?state=lost", None, 422, "state"),
        ("GET /agencies?level=city", None, 422, "level"),
        ("GET /agencies?parent=%00", None, 422, "parent"),
        ("DELETE /dossiers/D1", None, 405, None),
    ],
)
async def test_the_field_is_named(
    intake: httpx.AsyncClient, request_line: str, body: Any, status: int, field: str | None
) -> None:
    answer = await intake.request(*request_line.split(), json=body)
    problem = answer.json()
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["trace_id"] == answer.headers["x-trace-id"]
    if field is not None:
        assert field in {each["field"].split(".")[-1] for each in problem["errors"]}


HOSTILE = [
    b'{"\\ud800": 1}',
    b'{"dossier": "\\ud800"}',
    b'{"dossier": "\xff"}',
    b"\xff",
    b"[" * 100_000,
    b'{"limit": ' * 5_000,
    b'{"dossier": 1e999, "procedure": NaN}',
    b'{"limit": {"amount": ' + b"9" * 5_000 + b"}}",
    b'{"dossier": "D1", "dossier": "D2"}',
    b"null",
    b"",
]


@pytest.mark.asyncio
async def test_hostile_bodies(intake: httpx.AsyncClient) -> None:
    for body in HOSTILE:
        for path in ("/dossiers", "/bulk", "/dossiers/D1/contacts"):
            answer = await intake.post(path, content=body)
            assert answer.status_code == 422, answer.text
            await _sane(answer)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=16)
    | st.sampled_from(["2026-03-02T08:00:00Z", "A", "online", "\x00", "\ud800", "9999-12-31"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = sorted({name for each in ENDPOINTS for name in each.command.model_fields})
BODIES = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8) | JSON
SEGMENT = st.text(min_size=1, max_size=8).filter(lambda text: text not in {".", ".."})


def _encoded(segment: str) -> str:
    return "".join(f"%{byte:02X}" for byte in segment.encode("utf-8", "replace"))


async def _sane(answer: httpx.Response) -> None:
    assert answer.status_code < 500, (answer.request.url, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"title", "status", "detail", "trace_id"} <= answer.json().keys()
        assert "Traceback" not in answer.text


SERVICE_BESIDE = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
"""The running service draws random numbers (span ids, retries) while hypothesis draws examples."""

QUIET = settings(
    deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SERVICE_BESIDE
@pytest.mark.asyncio
@QUIET
@given(endpoint=st.sampled_from(ENDPOINTS), body=BODIES, segments=st.lists(SEGMENT, min_size=2))
async def test_garbage_bodies(
    intake: httpx.AsyncClient, endpoint: Any, body: Any, segments: list[str]
) -> None:
    path = endpoint.path
    for name, segment in zip(endpoint.parameters, segments, strict=False):
        path = path.replace(f"{{{name}}}", _encoded(segment))
    content = json.dumps(body).encode()
    await _sane(await intake.request(endpoint.method, path, content=content))
    await _sane(await intake.get(path))


@SERVICE_BESIDE
@pytest.mark.asyncio
@QUIET
@given(
    do=st.sampled_from([each.command.model_fields["do"].default for each in ENDPOINTS]),
    body=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8),
    junk=st.binary(max_size=24),
)
async def test_garbage_lines(
    intake: httpx.AsyncClient, do: str, body: dict[str, Any], junk: bytes
) -> None:
    line = json.dumps({**body, "do": do}).encode()
    await _sane(await intake.post("/bulk", content=line))
    await _sane(await intake.post("/bulk", content=line + b"\n" + junk))
    await _sane(await intake.post("/dossiers", content=junk))
