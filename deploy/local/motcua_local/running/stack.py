"""Everything on one machine: PostgreSQL, the broker and the four services, as real processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from motcua_local.embedded import Broker, Postgres
from motcua_local.errors import LocalError

from .child import Child, Command
from .guard import Guard
from .layout import Layout
from .ports import HOST, choose
from .state import SERVICES, FolderLock, State, write_state
from .supervisor import Service, Supervisor, Tell

BROKER_PORT = 9092
SERVER_PAUSE = 0.5
"""Seconds before a server that died is started again."""


class Server(Protocol):
    """A server that can be started again when it dies."""

    child: Child | None

    async def start(self) -> None: ...


@dataclass(frozen=True, slots=True)
class StackOptions:
    """How to run: the data folder, preferred ports, and an Apache Kafka to use instead of ours.

    ``temporary`` deletes the data folder at the end. ``extra`` is more environment for the
    services.
    """

    data: Path
    ports: dict[str, int]
    kafka: str | None = None
    temporary: bool = False
    extra: dict[str, str] = field(default_factory=dict)


class Stack:
    """``start`` brings everything up and returns the addresses; ``stop`` leaves nothing running.

    Raises LocalError when the data folder is in use or something does not come up.
    """

    def __init__(self, options: StackOptions, tell: Tell) -> None:
        self.options = options
        self.layout = Layout.of(options.data)
        self._tell = tell
        self._lock = FolderLock(self.layout)
        self._guard: Guard | None = None
        self._postgres: Postgres | None = None
        self._broker: Broker | None = None
        self._watches: list[asyncio.Task[None]] = []
        self.supervisor: Supervisor | None = None

    async def start(self) -> State:
        """Starts everything; on any failure what had started is stopped again."""
        self.layout.create()
        await self._lock.acquire()
        try:
            return await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Services first, so that they can finish; then the servers; then the lock."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        if self.supervisor is not None:
            await self.supervisor.stop()
        if self._broker is not None:
            await self._broker.stop()
        if self._postgres is not None:
            await self._postgres.stop()
        self._lock.release()
        if self._guard is not None:
            self._guard.close()

    async def _start(self) -> State:
        guard = self._guard = Guard((self._lock.fileno(),))
        if self.options.temporary:
            guard.delete_at_end(self.layout.root)
        taken: set[int] = set()
        ports = {name: self._port(name, taken) for name in SERVICES}
        database, bootstrap = await self._start_servers(guard, taken)
        state = self._state(ports, database, bootstrap)
        write_state(self.layout, state)
        self.supervisor = Supervisor(guard, self._tell)
        await self.supervisor.start([self._service(name, port, state)
                                     for name, port in ports.items()])  # fmt: skip
        return state

    def _port(self, name: str, taken: set[int]) -> int:
        preferred = self.options.ports[name]
        port = choose(preferred, taken)
        if port != preferred:
            self._tell(f"port {preferred} is taken; {name} uses {port}")
        return port

    async def _start_servers(self, guard: Guard, taken: set[int]) -> tuple[str, str]:
        postgres = Postgres(self.layout.postgres, self.layout.log("postgres"), guard)
        self._postgres = postgres
        starts: list[Awaitable[None]] = [postgres.start()]
        if self.options.kafka is None:
            port = choose(BROKER_PORT, taken)
            self._broker = Broker(port, self.layout.log("broker"), guard)
            starts.append(self._broker.start())
        await asyncio.gather(*starts)
        database = postgres.url("{service}")
        self._watches.append(asyncio.create_task(self._keep("PostgreSQL", postgres, None)))
        if self._broker is None:
            return database, str(self.options.kafka)
        watch = self._keep("the broker", self._broker, self._bounce)
        self._watches.append(asyncio.create_task(watch))
        return database, self._broker.bootstrap

    async def _bounce(self) -> None:
        if self.supervisor is not None:
            await self.supervisor.bounce()

    async def _keep(
        self, name: str, server: Server, then: Callable[[], Awaitable[None]] | None
    ) -> None:
        while server.child is not None:
            await server.child.wait()
            self._tell(f"{name} ended; starting it again")
            await self._again(server)
            if then is not None:
                self._tell("the topics are filled again from the event stores")
                await then()

    async def _again(self, server: Server) -> None:
        while True:
            await asyncio.sleep(SERVER_PAUSE)
            try:
                return await server.start()
            except LocalError as error:
                self._tell(str(error))

    def _state(self, ports: dict[str, int], database: str, bootstrap: str) -> State:
        return State(
            pid=os.getpid(),
            data=self.layout.root,
            services={name: f"http://{HOST}:{port}" for name, port in ports.items()},
            database=database,
            broker=bootstrap,
        )

    def _service(self, name: str, port: int, state: State) -> Service:
        environment = {
            "MOTCUA_DATABASE_URL": state.database.replace("{service}", name),
            "MOTCUA_KAFKA_BOOTSTRAP": state.broker,
            "MOTCUA_KAFKA_DURABLE": "false" if self.options.kafka is None else "true",
            "MOTCUA_HOST": HOST,
            "MOTCUA_PORT": str(port),
            "PYTHONUNBUFFERED": "1",
            **self.options.extra,
        }
        command = Command(
            name=name,
            arguments=[sys.executable, "-m", f"motcua_{name}"],
            log=self.layout.log(name),
            environment=environment,
            folder=self.layout.root,
        )
        return Service(command, state.url(name))


@contextlib.asynccontextmanager
async def running(
    options: StackOptions, tell: Tell, stop: asyncio.Event
) -> AsyncIterator[tuple[Stack, State]]:
    """The running stack and its addresses; stopped on leaving, whatever happens.

    ``stop`` set while it starts ends the start and raises LocalError.
    """
    stack = Stack(options, tell)
    state = await _start_unless(stop, stack)
    try:
        yield stack, state
    finally:
        await asyncio.shield(stack.stop())


async def _start_unless(stop: asyncio.Event, stack: Stack) -> State:
    starting = asyncio.create_task(stack.start())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        raise LocalError("stopped while starting", code=130)
    return await starting
