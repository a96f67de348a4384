"""A small HTTP client that can keep up: keep-alive connections, open and closed loops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

HEADERS_END = b"\r\n\r\n"
NO_ANSWER = 0


def post(path: str, body: bytes | dict[str, Any], kind: str = "application/json") -> bytes:
    """A POST as it goes over the wire."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    head = f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: {kind}\r\n"
    return f"{head}content-length: {len(content)}\r\n\r\n".encode() + content


def get(path: str) -> bytes:
    """A GET as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """When a request was due and answered (monotonic seconds), and how (0: not at all)."""

    due: float
    done: float
    status: int
    body: bytes = b""

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def seconds(self) -> float:
        """From when it was due, not from when there was a connection for it."""
        return self.done - self.due


class Connection:
    """One keep-alive connection, made when first used and again after a failure."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: bytes, due: float | None = None) -> Answer:
        """Send one request and wait for its answer. Status 0 if the connection breaks."""
        due = time.perf_counter() if due is None else due
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection(*self._address)
            status, body = await _exchange(*self._streams, request)
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            status, body = NO_ANSWER, b""
        return Answer(due, time.perf_counter(), status, body)

    def close(self) -> None:
        """Give the connection up."""
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes]:
    writer.write(request)
    head = await reader.readuntil(HEADERS_END)
    lines = head.lower().split(b"\r\n")
    length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
    return int(head[9:12]), await reader.readexactly(length)


@asynccontextmanager
async def connections(url: str, number: int) -> AsyncIterator[list[Connection]]:
    """Connections, closed at the end."""
    opened = [Connection(url) for _ in range(number)]
    try:
        yield opened
    finally:
        for one in opened:
            one.close()


async def open_loop(
    url: str, requests: Sequence[bytes], rate: float, number: int = 64
) -> list[Answer]:
    """Requests at a fixed rate, whatever the answers do: the i-th is due at i / rate seconds.

    Latencies count from when a request was due, so that a server that stalls is charged for
    everybody who would have come meanwhile (no coordinated omission).
    """
    async with connections(url, number) as opened:
        free: asyncio.Queue[Connection] = asyncio.Queue()
        for one in opened:
            free.put_nowait(one)

        async def send(request: bytes, due: float) -> Answer:
            connection = await free.get()
            try:
                return await connection.send(request, due)
            finally:
                free.put_nowait(connection)

        began, tasks = time.perf_counter(), []
        for at, request in enumerate(requests):
            due = began + at / rate
            wait = due - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(send(request, due)))
        return list(await asyncio.gather(*tasks))


async def closed_loop(
    url: str, requests: Iterable[bytes], number: int, seconds: float = float("inf")
) -> tuple[list[Answer], float]:
    """Each connection sends its next request when the last was answered; and how long it took."""
    rest = iter(requests)
    answers: list[Answer] = []
    began = time.perf_counter()

    async def work(connection: Connection) -> None:
        for request in rest:
            answers.append(await connection.send(request))
            if time.perf_counter() - began > seconds:
                break

    async with connections(url, number) as opened:
        await asyncio.gather(*map(work, opened))
    return answers, time.perf_counter() - began
