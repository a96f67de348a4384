"""The event log: the simulated year, as often as needed under new dossier codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice

from pure_services import published

from motcua_events import Event
from motcua_events.cloudevents import encode
from motcua_events.kafka import AiokafkaProducer, KafkaConfig, ensure_topics
from motcua_local.simulator import Options, simulate

from .counting import Counts

CHUNK = 5_000
WHOLE_YEAR = 87_000
"""About how many events the simulated year has at scale 1."""


def events(wanted: int) -> Iterator[Event]:
    """``wanted`` events: the beginning of ``endless``."""
    return islice(endless(wanted), wanted)


def endless(about: int) -> Iterator[Event]:
    """First the catalogue, then year after year of dossiers, for ``about`` events or more.

    Each year comes in the order in which things happened, so that a dossier's events lie apart, as
    they do in life.
    """
    scale = min(1.0, max(0.02, about / WHOLE_YEAR))
    year = sorted(published(simulate(Options(scale=scale))), key=lambda event: event.time)
    year.sort(key=lambda event: _dossier(event) is not None)
    return _years(year)


def _years(year: Sequence[Event]) -> Iterator[Event]:
    yield from year
    dossiers = [event for event in year if _dossier(event) is not None]
    for number in count(1):
        for event in dossiers:
            data = event.data.model_copy(update={"dossier": f"{_dossier(event)}-{number}"})
            yield replace(event, id=f"{event.id}-{number}", data=data)


def _dossier(event: Event) -> str | None:
    found: str | None = getattr(event.data, "dossier", None)
    return found


@dataclass(slots=True)
class Log:
    """A log on Kafka: how many events, and what counting them must give.

    ``prefix`` are its first events, for peers that get a shorter log.
    """

    bootstrap: str
    events: int = 0
    counts: Counts = field(default_factory=Counts)
    prefix: list[Event] = field(default_factory=list)

    async def write(self, wanted: Iterator[Event], keep: int = 0) -> None:
        """Append events to the topics and to the expected counts."""
        config = KafkaConfig(self.bootstrap, durable=True)
        await ensure_topics(config)
        producer = AiokafkaProducer(config)
        await producer.start()
        try:
            while chunk := list(islice(wanted, CHUNK)):
                self.prefix += chunk[: max(0, keep - len(self.prefix))]
                self.events += len(chunk)
                for event in chunk:
                    self.counts.add(event)
                await producer.send([encode(event) for event in chunk])
        finally:
            await producer.stop()
