"""quixstreams: keyed state in RocksDB, counts upserted by its PostgreSQL sink."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
import uuid
from typing import Any

import psycopg2
from quixstreams import Application
from quixstreams.sinks.community.postgresql import PostgreSQLSink
from quixstreams.state import State

from benchmarks.counting import Cell, Dossier, step
from benchmarks.peers.settings import BOOTSTRAP, DATABASE, EXPECTED, TOPICS, Stopwatch
from motcua_events import decode

watch = Stopwatch()
connection = psycopg2.extensions.parse_dsn(DATABASE)


def join(value: bytes, _key: Any, _at: int, headers: Any, state: State) -> list[dict[str, Any]]:
    """Validate, fold the dossier, give the counters it raises."""
    watch.count()
    event = decode("any", headers, value)
    home, waiting = state.get("dossier", (None, ()))
    known = Dossier(home and tuple(home), tuple(map(tuple, waiting)))
    after, cells = step(known, event)
    if after != known:
        state.set("dossier", [after.home, after.waiting])
    return [cell._asdict() for cell in cells]


def count(value: dict[str, Any], state: State) -> dict[str, Any]:
    """One more of the counter."""
    n = state.get("n", 0) + 1
    state.set("n", n)
    return {**value, "n": n}


def stop_when_complete(expected: int) -> None:
    """Ends the application once the table holds all that is expected."""
    while True:
        time.sleep(0.05)
        try:
            with psycopg2.connect(DATABASE) as reader, reader.cursor() as cursor:
                cursor.execute("select sum(n) from counts")
                if (cursor.fetchone() or [0])[0] == expected:
                    break
        except psycopg2.errors.UndefinedTable:
            continue
    watch.tell()
    app.stop()


app = Application(
    BOOTSTRAP, consumer_group=f"quix-{uuid.uuid4().hex[:8]}", auto_offset_reset="earliest",
    state_dir=tempfile.mkdtemp(), loglevel=logging.WARNING,
)  # fmt: skip
sink = PostgreSQLSink(
    host=connection["host"], port=5432, dbname=connection["dbname"], user=connection["user"],
    password="", table_name="counts", upsert_on_primary_key=True,
    primary_key_columns=list(Cell._fields), schema_auto_update=True,
)  # fmt: skip
frames = [app.dataframe(app.topic(name, value_deserializer="bytes")) for name in TOPICS]
merged = frames[0]
for frame in frames[1:]:
    merged = merged.concat(frame)
cells = merged.apply(join, stateful=True, metadata=True, expand=True)
grouped = cells.group_by(lambda value: "|".join(value.values()), name="cells")
grouped.apply(count, stateful=True).sink(sink)
threading.Thread(target=stop_when_complete, args=(EXPECTED,), daemon=True).start()
app.run()
