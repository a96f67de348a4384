"""What a running service has: its pool, store, loops and checks, made at start, closed at the end.

A service's wiring (its ``app.py``) gets a ``Runtime`` and adds its own: the command handler, the
relay, consumers, timers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

from fastapi import Depends, FastAPI, Request
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Tracer

from motcua_events import Pool
from motcua_events.consumer import AfterCommit, Apply, Consumer
from motcua_events.kafka import AiokafkaPort, AiokafkaProducer, KafkaConfig
from motcua_events.relay import Relay
from motcua_events.store import EventStore

from . import db
from .consumers import Consumers
from .decider import Decider
from .handler import After, CommandHandler
from .health import Health
from .idempotency import IdempotencyKeys
from .metrics import Metrics
from .routes import Commands
from .settings import ServiceSettings
from .tasks import Background
from .together import Together

BACKLOG_SECONDS = 0.5
"""How often the number of events that wait to be published is counted."""

OUTAGE_SECONDS = 120.0
"""How long the broker may be away before the process is to be restarted: requests go on meanwhile,
but a client that never found back to its broker would need it."""

CommandT = TypeVar("CommandT")
StateT = TypeVar("StateT")
ContextT = TypeVar("ContextT")


@dataclass
class Runtime:
    """A running service. ``name`` is also the CloudEvents source (``/feedback``)."""

    name: str
    settings: ServiceSettings
    app: FastAPI
    pool: Pool
    store: EventStore
    provider: TracerProvider
    metrics: Metrics
    health: Health
    background: Background = field(init=False)
    consumers: list[Consumers] = field(default_factory=list)
    _backlogs: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.background = Background(self.health)
        self.metrics.gauge(
            "motcua_consumer_lag_events", "Events not applied yet.", "consumer", self._lags
        )
        self.metrics.gauge(
            "motcua_parked_events", "Events set aside: poison, what is behind it, unknown types.",
            "consumer", self._parked,
        )  # fmt: skip

    @property
    def kafka(self) -> KafkaConfig:
        """How to reach the broker."""
        settings = self.settings
        return KafkaConfig(
            settings.kafka_bootstrap,
            durable=settings.kafka_durable,
            partitions=settings.partitions,
            replication=settings.replication,
            client_id=f"motcua-{self.name}",
            security=settings.kafka_security,
        )

    def commands(
        self,
        decider: Decider[CommandT, StateT, ContextT],
        context: Callable[[], ContextT],
        after: Sequence[After[StateT]] = (),
    ) -> CommandHandler[CommandT, StateT, ContextT]:
        """The service's command handler, which its command endpoints use from now on."""
        keys = IdempotencyKeys(self.pool)
        handler = CommandHandler(
            self.store, decider, context, after=after, keep=keys.keep, metrics=self.metrics
        )
        self.app.state.commands = Commands(Together(handler), keys)
        self.background.add("idempotency", keys.expire)
        return handler

    def tracer(self, part: str) -> Tracer:
        """The tracer of one part of the service, for example ``timers``."""
        return self.provider.get_tracer(f"motcua.{part}")

    def relay(self) -> Relay:
        """Publish the store's events to Kafka, in the background."""
        relay = Relay(
            self.pool,
            AiokafkaProducer(self.kafka, f"motcua.{self.name}.relay"),
            self.store.source,
            wake=self.store.appended,
            tracer=self.tracer("relay"),
        )
        self.background.add("relay", relay.run, lambda: relay.last_progress, OUTAGE_SECONDS)
        self.background.add("backlog", partial(self._watch_backlog, relay))
        self.metrics.gauge(
            "motcua_relay_backlog_events", "Events not published yet.", "relay", self._backlogs.copy
        )
        return relay

    def consume(
        self,
        name: str,
        topics: Collection[str],
        apply: Apply,
        after_commit: AfterCommit | None = None,
        *,
        max_records: int = 2000,
        abreast: int = 1,
    ) -> Consumers:
        """Apply the topics' events to this service's database, in the background.

        ``apply`` gets a batch inside the transaction that also moves the offsets. So many as
        ``abreast`` consumers share the partitions; one alone on the embedded broker.
        """
        count = abreast if self.settings.kafka_durable else 1
        each = [self._consumer(name, topics, apply, after_commit, max_records)
                for _ in range(count)]  # fmt: skip
        for number, consumer in enumerate(each, start=1):
            task = f"consumer.{name}" if number == 1 else f"consumer.{name}.{number}"
            self.background.add(task, consumer.run, consumer.progressed_at, OUTAGE_SECONDS)
        consumers = Consumers(each)
        self.health.tell(f"consumer.{name}", lambda: _set_aside(consumers.parked_now))
        self.consumers.append(consumers)
        return consumers

    def _consumer(
        self,
        name: str,
        topics: Collection[str],
        apply: Apply,
        after_commit: AfterCommit | None,
        max_records: int,
    ) -> Consumer:
        return Consumer(
            f"{self.name}.{name}",
            AiokafkaPort(self.kafka, f"{self.name}.{name}"),
            self.pool,
            topics,
            apply,
            after_commit=after_commit,
            max_records=max_records,
            tracer=self.tracer("consumer"),
        )

    async def _watch_backlog(self, relay: Relay) -> None:
        while True:
            self._backlogs[self.name] = float((await relay.backlog()).events)
            await asyncio.sleep(BACKLOG_SECONDS)

    def _parked(self) -> dict[str, float]:
        return {each.name: float(each.parked_now) for each in self.consumers}

    def _lags(self) -> dict[str, float]:
        lags = {each.name: each.lag() for each in self.consumers}
        return {name: float(lag) for name, lag in lags.items() if lag is not None}


def _set_aside(count: int) -> str | None:
    return f"{count} events are parked; see: motcua parked list" if count else None


@asynccontextmanager
async def opened(
    app: FastAPI,
    name: str,
    settings: ServiceSettings,
    package: Path,
    *,
    provider: TracerProvider,
    metrics: Metrics,
    health: Health,
) -> AsyncIterator[Runtime]:
    """The runtime of a service whose database is migrated to its head."""
    folders = db.folders(package)
    await db.migrate(settings.database_url, folders)
    pool = await db.create_pool(settings, f"motcua-{name}")
    try:
        store = EventStore(pool, f"/{name}")
        runtime = Runtime(name, settings, app, pool, store, provider, metrics, health)
        app.state.runtime = runtime
        _watch_database(health, pool, folders)
        yield runtime
    finally:
        await db.close(pool)


def _watch_database(health: Health, pool: Pool, folders: Sequence[Path]) -> None:
    at_head = False

    async def database() -> str | None:
        await pool.fetchval("select 1")
        return None

    async def migrations() -> str | None:
        nonlocal at_head
        missing = [] if at_head else await db.pending(pool, folders)
        at_head = not missing
        return f"not applied: {', '.join(missing)}" if missing else None

    health.ready("database", database)
    health.ready("migrations", migrations)


async def _pool(request: Request) -> Pool:
    runtime = request.app.state.runtime
    assert isinstance(runtime, Runtime)
    return runtime.pool


async def _store(request: Request) -> EventStore:
    runtime = request.app.state.runtime
    assert isinstance(runtime, Runtime)
    return runtime.store


PoolOf = Annotated[Pool, Depends(_pool)]
"""An endpoint's parameter: the service's pool."""

StoreOf = Annotated[EventStore, Depends(_store)]
"""An endpoint's parameter: the service's event store."""
