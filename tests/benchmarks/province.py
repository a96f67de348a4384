"""A province to load: agencies, one procedure, and dossiers that wait for their resolution."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import asyncpg
import orjson

from motcua_worktime import VIETNAM

from .client import Connection, closed_loop, post
from .servers import Running

AGENCIES = 100
PROCEDURE = "1.000001"
LINES = 2_000
NDJSON = "application/x-ndjson"
RESOLVED_AT = datetime.now(VIETNAM).replace(microsecond=0)
RECEIVED_AT = RESOLVED_AT - timedelta(minutes=1)
MONTH = f"{RESOLVED_AT:%Y-%m}"


def agency(number: int) -> str:
    """The agency of the dossier of that number: they take turns."""
    return f"H99.{number % AGENCIES + 1:03d}"


@dataclass(slots=True)
class Codes:
    """Dossier codes, each given out once; a code says its agency (up to the first dash)."""

    used: int = 0

    def take(self, number: int) -> list[str]:
        """The next codes."""
        first, self.used = self.used, self.used + number
        return [f"{agency(at)}-{at:08d}" for at in range(first, self.used)]


def reception(code: str) -> dict[str, Any]:
    """The body that receives a dossier."""
    return {
        "dossier": code, "procedure": PROCEDURE, "receiving": code.partition("-")[0],
        "resolving": code.partition("-")[0], "channel": "direct",
        "received_at": RECEIVED_AT.isoformat(),
    }  # fmt: skip


def resolution(code: str) -> bytes:
    """The request that resolves a dossier."""
    return post(f"/dossiers/{code}/resolution", {"resolved_at": RESOLVED_AT.isoformat()})


def bulks(codes: Iterable[str]) -> Iterator[bytes]:
    """Bulk requests that receive dossiers."""
    rest = iter(codes)
    while chunk := list(islice(rest, LINES)):
        lines = (orjson.dumps({"do": "receive_dossier", **reception(code)}) for code in chunk)
        yield post("/bulk", b"\n".join(lines), NDJSON)


async def register(running: Running) -> None:
    """The catalogue."""
    lines: list[dict[str, Any]] = [
        {"do": "register_agency", "agency": agency(at), "name": f"UBND xã {at}", "level": "commune"}
        for at in range(AGENCIES)
    ]
    limit = {"amount": 20, "unit": "WORKING_DAY"}
    lines.append({"do": "register_procedure", "procedure": PROCEDURE, "name": "Thủ tục ví dụ",
                  "sector": "VD", "limit": limit})  # fmt: skip
    await send(running.url("intake"), [post("/bulk", b"\n".join(map(orjson.dumps, lines)), NDJSON)])


async def receive(running: Running, codes: Sequence[str]) -> None:
    """Receive dossiers and wait until workflow and scoring know them all."""
    await send(running.url("intake"), bulks(codes))
    noted = "select count(*) from events where type = 'dossier.noted.v1'"
    known = "select count(*) from entities where kind = 'dossier'"
    before = int(codes[-1].partition("-")[2]) + 1
    await reached(running.databases["workflow"], noted, before)
    await reached(running.databases["scoring"], known, before)


async def send(url: str, requests: Iterable[bytes]) -> float:
    """Send requests, two in flight, that must all be accepted; the seconds it took."""
    answers, seconds = await closed_loop(url, requests, 2)
    refused = next((answer for answer in answers if not answer.accepted), None)
    if refused is not None:
        raise RuntimeError(f"{url} answered {refused.status}: {refused.body[:300]!r}")
    return seconds


async def ask(url: str, request: bytes) -> bytes:
    """One answer's body. Raises RuntimeError unless it is 200."""
    connection = Connection(url)
    answer = await connection.send(request)
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{url} answered {answer.status}: {answer.body[:300]!r}")
    return answer.body


async def reached(database: str, query: str, wanted: int, timeout: float = 300) -> None:
    """Wait until a query gives at least ``wanted``. Raises RuntimeError."""
    connection = await asyncpg.connect(database)
    try:
        for _ in range(int(timeout / 0.1)):
            found = await connection.fetchval(query)
            if found >= wanted:
                return
            await asyncio.sleep(0.1)
    finally:
        await connection.close()
    raise RuntimeError(f"{query!r} gives {found}, not {wanted}, after {timeout:g} s")
