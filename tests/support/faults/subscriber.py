"""A subscriber as other teams would write it, with effects that cannot hide a repetition.

It counts every message that it gets, and keeps the highest revision of ``evaluation.changed`` of
each agency and period. Run as ``python -m faults.subscriber``.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence

import asyncpg

from motcua_events import MIGRATIONS, AiokafkaPort, Connection, Consumer, KafkaConfig, Received
from motcua_events.contracts import SCORING_TOPICS, EvaluationChanged
from motcua_events.contracts.evaluations import EVALUATION_CHANGED
from motcua_service.db import migrate

NAME = "subscriber"
TABLES = """
create table if not exists counted (
    topic text, partition integer, "offset" bigint, sent_at timestamptz, event text
);
create table if not exists latest (
    agency text, period text, revision integer, data json, primary key (agency, period)
);
"""
COUNT = """
insert into counted
select * from unnest($1::text[], $2::integer[], $3::bigint[], $4::timestamptz[], $5::text[])
"""
KEEP = """
insert into latest values ($1, $2, $3, $4::json) on conflict (agency, period) do update
set revision = excluded.revision, data = excluded.data
where excluded.revision >= latest.revision
"""
DWELL = float(os.environ.get("FAULT_DWELL", "0.05"))
"""Seconds that an effect takes, within its transaction."""


async def apply(conn: Connection, received: Sequence[Received]) -> None:
    """Counts the messages; of the evaluations of one key the highest revision stays."""
    await asyncio.sleep(DWELL)
    rows = [(r.topic, r.partition, r.offset, r.sent_at, r.event.id) for r in received]
    await conn.execute(COUNT, *map(list, zip(*rows, strict=True)))
    latest = {
        (data.agency, data.period, data.revision): data.model_dump_json()
        for one in received
        if isinstance(data := one.event.data, EvaluationChanged)
    }
    await conn.executemany(KEEP, [(*key, text) for key, text in sorted(latest.items())])


async def main(consumer: type[Consumer] = Consumer) -> None:
    """Consumes until asked to stop. ``consumer`` may be another class than the product's."""
    url = os.environ["MOTCUA_DATABASE_URL"]
    config = KafkaConfig(os.environ["MOTCUA_KAFKA_BOOTSTRAP"], durable=True)
    await migrate(url, [MIGRATIONS])
    known_as = {"application_name": os.environ["FAULT_NAME"]}
    async with asyncpg.create_pool(url, min_size=1, max_size=3, server_settings=known_as) as pool:
        async with pool.acquire() as conn, conn.transaction():
            await conn.execute("select pg_advisory_xact_lock(1)")
            await conn.execute(TABLES)
        topics = [*SCORING_TOPICS, EVALUATION_CHANGED]
        running = asyncio.create_task(
            consumer(NAME, AiokafkaPort(config, NAME), pool, topics, apply).run()
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
        await asyncio.wait([running])


if __name__ == "__main__":
    asyncio.run(main())
