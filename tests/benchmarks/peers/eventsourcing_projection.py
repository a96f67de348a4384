"""eventsourcing: its ProjectionRunner, from its own event store into a PostgreSQL table.

The counters and the position are written by one transaction per event, as the library does it. What
is known of each dossier is kept in memory only, which is less work than a restart would need.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
from eventsourcing.application import Application
from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.utils import get_topic
from psycopg.sql import SQL

from benchmarks.counting import Cell, Counts
from benchmarks.peers.settings import DATABASE, LOG, Stopwatch
from motcua_events import Event
from motcua_events.contracts import BY_TYPE

BATCH = 500
TABLE = SQL(
    "create table if not exists counts (agency text, month text, measure text, outcome text,"
    " n bigint, primary key (agency, month, measure, outcome))"
)
RAISE = SQL(
    "insert into counts values (%s, %s, %s, %s, 1)"
    " on conflict (agency, month, measure, outcome) do update set n = counts.n + 1"
)
watch = Stopwatch()


class Happened(DomainEvent):
    """One event of the log."""

    kind: str
    data: str


class Journal(Application[uuid.UUID]):
    """The peer's own event store."""

    snapshotting_intervals = None


class Table(PostgresTrackingRecorder):
    """The counters, with the position."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements.append(TABLE)

    def count(self, cells: Sequence[Cell], tracking: Tracking) -> None:
        """Raise the counters and move the position, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            for cell in cells:
                cursor.execute(RAISE, tuple(cell), prepare=True)


class Counting(Projection[Table]):
    """The aggregation."""

    topics = (get_topic(Happened),)

    def __init__(self, view: Table) -> None:
        super().__init__(view)
        self._counts = Counts()

    def process_event(self, domain_event: Happened, tracking: Tracking) -> None:
        watch.count()
        data = BY_TYPE[domain_event.kind].model_validate_json(domain_event.data)
        at = domain_event.timestamp
        cells = self._counts.add(Event(str(tracking.notification_id), at, data, "/log", at))
        self.view.count(cells, tracking)


def happened() -> Iterator[Happened]:
    """The log as domain events: one sequence per key."""
    versions: Counter[str] = Counter()
    now = datetime.now(UTC)
    with Path(LOG).open(encoding="utf-8") as lines:
        for line in lines:
            key, kind, data = json.loads(line)
            versions[key] += 1
            yield Happened(
                originator_id=uuid.uuid5(uuid.NAMESPACE_OID, key),
                originator_version=versions[key], timestamp=now, kind=kind, data=data,
            )  # fmt: skip


def environment() -> dict[str, str]:
    """How the library is told of the database."""
    dsn = psycopg2.extensions.parse_dsn(DATABASE)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": dsn["dbname"],
        "POSTGRES_HOST": dsn["host"],
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": dsn["user"],
        "POSTGRES_PASSWORD": "",
    }


def main() -> None:
    """Fills the peer's store, untimed, then times its projection."""
    env = environment()
    journal = Journal(env)
    batch: list[Happened] = []
    for event in happened():
        batch.append(event)
        if len(batch) == BATCH:
            journal.save(*batch)
            batch = []
    journal.save(*batch)
    last = journal.recorder.max_notification_id()
    journal.close()
    runner = ProjectionRunner(
        application_class=Journal, projection_class=Counting, view_class=Table, env=env
    )
    with runner:
        runner.wait(last, timeout=600)
        watch.tell()


if __name__ == "__main__":
    main()
