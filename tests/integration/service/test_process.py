"""A service as a process: starts by its environment, logs JSON, ends on SIGTERM."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time

import httpx
import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def start(**environment: str) -> asyncio.subprocess.Process:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOTCUA_")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "motcua_feedback", env=kept | environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def answering(port: int) -> None:
    async with httpx.AsyncClient() as http:
        for _ in range(200):
            try:
                if (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError("the service did not become ready")


@pytest.mark.asyncio
async def test_a_service_serves_and_ends_cleanly(postgres_url, kafka):
    port = free_port()
    process = await start(
        MOTCUA_DATABASE_URL=postgres_url, MOTCUA_KAFKA_BOOTSTRAP=kafka, MOTCUA_PORT=str(port)
    )
    try:
        await answering(port)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            answer = await http.put("/scales/s", json={"answers": ["a", "b"]})
            assert answer.status_code == 201
            assert "server" not in answer.headers
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            out, err = await asyncio.wait_for(process.communicate(), 10)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    assert time.monotonic() - began < 5
    assert err == b""
    entries = [json.loads(line) for line in out.splitlines()]
    assert {each["service"] for each in entries} <= {"feedback"}
    assert not [each for each in entries if each["level"] in {"error", "critical"}]


@pytest.mark.asyncio
async def test_a_collector_that_is_away_holds_up_nobody(postgres_url, kafka):
    port = free_port()
    process = await start(
        MOTCUA_DATABASE_URL=postgres_url, MOTCUA_KAFKA_BOOTSTRAP=kafka, MOTCUA_PORT=str(port),
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1",
    )  # fmt: skip
    try:
        await answering(port)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert (await http.get("/loads")).status_code == 200
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        out, _ = await asyncio.wait_for(process.communicate(), 15)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert time.monotonic() - began < 8
    assert process.returncode == 0
    assert b"Traceback" not in out


@pytest.mark.asyncio
async def test_a_service_without_settings_says_what_it_misses():
    process = await start()
    _, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert b"MOTCUA_DATABASE_URL: Field required" in err
    assert b"Traceback" not in err


@pytest.mark.asyncio
async def test_a_service_without_a_broker_takes_requests_all_the_same(postgres_url):
    port = free_port()
    process = await start(
        MOTCUA_DATABASE_URL=postgres_url, MOTCUA_KAFKA_BOOTSTRAP="127.0.0.1:1",
        MOTCUA_PORT=str(port),
    )  # fmt: skip
    try:
        await answering(port)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            answer = await http.put("/scales/s", json={"answers": ["a", "b"]})
        assert answer.status_code == 201
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 15)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
