"""Who takes part in the replay, and how each is run."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from . import streams
from .options import Options
from .processes import Process
from .servers import OWN, Servers


@dataclass(frozen=True, slots=True)
class Racer:
    """A contender.

    ``module`` is run by the peers' Python where ``packages`` are needed, by ours where not; empty
    for ours and for Kafka Streams, which has a ``guarantee`` instead. ``answer`` is where its table
    is found. ``most`` events are all it is given, being slow; 0 for no limit. ``large`` says
    whether it is given the large log.
    """

    name: str
    module: str = ""
    packages: bool = False
    guarantee: str = ""
    answer: Literal["none", "database", "output"] = "none"
    most: int = 0
    own_store: bool = False
    large: bool = True


OURS = Racer("motcua scoring")
FLOOR = Racer("getmany + validate (floor)", "floor")
STREAMS = Racer("Kafka Streams, at least once", guarantee="at_least_once", answer="output")
STREAMS_ONCE = Racer("Kafka Streams, exactly once", guarantee="exactly_once_v2", answer="output")
BYTEWAX = Racer("bytewax", "bytewax_flow", True, answer="output", most=2_000_000)
SOURCING = Racer(
    "eventsourcing ProjectionRunner", "eventsourcing_projection", True, answer="database",
    own_store=True, large=False,
)  # fmt: skip
QUIX = Racer(
    "quixstreams + PostgreSQL", "quix_app", True, answer="database", most=100_000, large=False
)
ALL = (OURS, FLOOR, STREAMS, STREAMS_ONCE, BYTEWAX, SOURCING, QUIX)


def taking_part(options: Options, *, large: bool) -> list[Racer]:
    """Those asked for who can run here, and the notes about who cannot."""
    return [
        one for one in ALL
        if (not options.contenders or one.name in options.contenders)
        and (one.large or not large)
        and (options.peers is not None or not one.packages)
    ]  # fmt: skip


def started(
    found: Servers, options: Options, one: Racer, environment: Mapping[str, str]
) -> Process:
    """A peer's process; its last line of output will be its result. Raises NoStreams."""
    if one.guarantee:
        folder = found.folder / f"streams-{uuid.uuid4().hex}"
        more = {
            "BENCH_GUARANTEE": one.guarantee, "BENCH_FOLDER": str(folder),
            "BENCH_APPLICATION": f"{OWN}{folder.name}",
        }  # fmt: skip
        command = streams.command()
        return found.run(command, {**environment, **more}, "kafka_streams", piped=True)
    python = str(options.peers) if one.packages else options.python
    return found.process(f"benchmarks.peers.{one.module}", environment, python)
