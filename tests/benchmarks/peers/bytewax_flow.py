"""bytewax: keyed state in memory, results into a dictionary (it has no durable sink)."""

from __future__ import annotations

from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main
from confluent_kafka import OFFSET_BEGINNING

from benchmarks.counting import Cell, Dossier, rows, step
from benchmarks.peers.settings import BOOTSTRAP, TOPICS, Stopwatch
from motcua_events import Event, decode

watch = Stopwatch()
table: dict[Cell, int] = {}


class Keep(StatelessSinkPartition[tuple[str, tuple[Cell, int]]]):
    """Keeps the latest count of each counter."""

    def write_batch(self, items: list[tuple[str, tuple[Cell, int]]]) -> None:
        for _, (cell, n) in items:
            table[cell] = n


class KeepSink(DynamicSink[tuple[str, tuple[Cell, int]]]):
    """One per worker; there is one worker."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> Keep:
        return Keep()


def keyed(message: KafkaSourceMessage[Any, Any]) -> tuple[str, Event]:
    """The validated event by its key."""
    watch.count()
    event = decode(message.topic, message.headers, message.value)
    return event.data.key, event


def join(known: Dossier | None, event: Event) -> tuple[Dossier, list[Cell]]:
    """The dossier's next state and the counters it raises."""
    return step(known or Dossier(), event)


def by_cell(item: tuple[str, Cell]) -> tuple[str, Cell]:
    """The counter by its own name."""
    return "|".join(item[1]), item[1]


def count(n: int | None, cell: Cell) -> tuple[int, tuple[Cell, int]]:
    """The counter's next state, which is also what goes out."""
    n = (n or 0) + 1
    return n, (cell, n)


flow = Dataflow("replay")
source = KafkaSource(
    [BOOTSTRAP], TOPICS, starting_offset=OFFSET_BEGINNING, tail=False, batch_size=1000
)
messages = op.input("log", flow, source)
cells = op.stateful_flat_map("join", op.map("decode", messages, keyed), join)
counted = op.stateful_map("count", op.map("cell", cells, by_cell), count)
op.output("keep", counted, KeepSink())
run_main(flow)
watch.tell(rows(table))
