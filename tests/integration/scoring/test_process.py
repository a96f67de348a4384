"""Scoring as a process: it stops at once and cleanly, also while somebody follows the stream."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time

import httpx
import pytest


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


@pytest.mark.asyncio
async def test_it_stops_at_once_while_the_stream_is_followed(postgres_url: str, kafka: str) -> None:
    port = _free_port()
    told = {"DATABASE_URL": postgres_url, "KAFKA_BOOTSTRAP": kafka, "PORT": str(port)}
    environment = os.environ | {f"MOTCUA_{name}": value for name, value in told.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "motcua_scoring", env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            await _ready(client)
            async with client.stream("GET", "/stream") as answer:
                lines = answer.aiter_lines()
                assert await anext(lines) == ": following"
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                async for _ in lines:
                    pass
        output, _ = await asyncio.wait_for(process.communicate(), 10)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert process.returncode == 0
    assert time.monotonic() - began < 3
    assert b"Traceback" not in output
    assert b'"level": "error"' not in output
