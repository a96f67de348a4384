"""The two ways from a POST to a message about the score: ours, and straight through Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from motcua_events.contracts import EVALUATION_CHANGED
from motcua_events.kafka import KafkaConfig, ensure_topics
from motcua_local.running.ports import free_port

from .options import Options
from .processes import Process
from .servers import DIRECT_TOPICS, Running, Servers
from .subscriber import Subscriber, direct, ours, subscribed

FROM_STORE = "It goes on from the event store and the offsets kept with the counts."
FROM_NOUGHT = (
    "It counts from nought again: its counts were in memory, and its consumer group's position is "
    "past them. What Kafka acknowledged is still on Kafka, if somebody replays it."
)
OURS, DIRECT = "motcua", "FastAPI + faststream, no outbox"


@dataclass(frozen=True, slots=True)
class Contender:
    """Where to post resolutions, who hears of them, and how to kill and start its processes.

    ``after_a_kill`` says what it begins again from.
    """

    url: str
    subscriber: Subscriber
    kill: Callable[[], None]
    start: Callable[[], Awaitable[None]]
    after_a_kill: str


@asynccontextmanager
async def motcua(running: Running) -> AsyncIterator[Contender]:
    """Ours; of its processes, workflow and scoring can be killed."""
    names = ("workflow", "scoring")

    def kill() -> None:
        for name in names:
            running.processes[name].kill()

    async def start() -> None:
        for name in names:
            await running.start(name)

    bootstrap = running.servers.kafka
    await ensure_topics(KafkaConfig(bootstrap, durable=True))
    async with subscribed(bootstrap, EVALUATION_CHANGED, ours) as subscriber:
        yield Contender(running.url("workflow"), subscriber, kill, start, FROM_STORE)


@asynccontextmanager
async def straight(found: Servers, options: Options) -> AsyncIterator[Contender]:
    """FastAPI and faststream: one process publishes, one counts in memory and publishes."""
    processes: dict[str, Process] = {}
    ports = {"direct_api": free_port(), "direct_consumer": free_port()}

    def kill() -> None:
        for process in processes.values():
            process.kill()

    async def start() -> None:
        for name, port in ports.items():
            environment = {"BENCH_KAFKA": found.kafka, "BENCH_PORT": str(port)}
            module = f"benchmarks.peers.{name}"
            processes[name] = found.process(module, environment, str(options.peers))
        for name, port in ports.items():
            await processes[name].ready(f"http://127.0.0.1:{port}/ready")

    await found.topics(DIRECT_TOPICS)
    try:
        await start()
        async with subscribed(found.kafka, DIRECT_TOPICS[1], direct) as subscriber:
            url = f"http://127.0.0.1:{ports['direct_api']}"
            yield Contender(url, subscriber, kill, start, FROM_NOUGHT)
    finally:
        for process in processes.values():
            process.stop()
