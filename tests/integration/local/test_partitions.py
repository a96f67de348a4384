"""More partitions on Apache Kafka: keys move, nothing is lost, counted twice or reordered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from local_product import LocalProduct, local_product
from motcua_command import motcua
from needs_kafka import needs_kafka
from product import eventually

from motcua_events import KafkaConfig, TransportError, UnequalPartitions
from motcua_events.contracts import DOSSIER_TOPICS
from motcua_events.kafka import add_partitions, ends, ensure_topics, partition_of
from motcua_local.kafka import ApacheKafka
from motcua_local.operations.databases import address

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker of this module's own: its topics do not stay as others expect them."""
    broker = ApacheKafka(tmp_path_factory.mktemp("kafka"), Path.home() / ".cache" / "motcua")
    try:
        with needs_kafka():
            broker.start()
            yield broker.bootstrap
    finally:
        broker.stop()


@pytest.mark.asyncio
async def test_topics_grow_equally_or_not_at_all(own_kafka: str) -> None:
    config = KafkaConfig(own_kafka, durable=True)
    await ensure_topics(config, 2, ["grow.a", "grow.b"])
    await ensure_topics(config, 3, ["grow.c"])
    for topics, number in ((["grow.a", "grow.c"], 9), (["grow.a", "grow.b"], 2), (["grow.x"], 0)):
        with pytest.raises(UnequalPartitions, match="more than all"):
            await add_partitions(config, number, topics)
    assert await add_partitions(config, 5, ["grow.a", "grow.b"], only_ask=True) == 2
    assert len(await ends(config, ["grow.a"])) == 2
    assert await add_partitions(config, 5, ["grow.a", "grow.b"]) == 2
    async with asyncio.timeout(10):
        while len(await ends(config, ["grow.a", "grow.b"])) < 10:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    with pytest.raises(TransportError):
        await add_partitions(KafkaConfig("127.0.0.1:1"), 5)


async def _entities(local: LocalProduct, codes: list[str]) -> list[Any]:
    conn = await asyncpg.connect(address(local.product.state, "scoring"))
    rows = await conn.fetch("select id, shard from entities where id = any($1::text[])", codes)
    await conn.close()
    return [(row["id"], row["shard"]) for row in rows]


def test_partitions_are_added_while_events_come_and_every_dossier_is_counted_once(
    tmp_path: Path, own_kafka: str
) -> None:
    with local_product(tmp_path / "grown", "--kafka", own_kafka) as local:
        agency = local.product.agency()
        codes = [code for _ in range(4) for code in local.dossiers(agency, 4)]
        done = motcua("partitions", "11", "--data", local.data)
        assert done.returncode == 0, done.stderr
        assert "have 11 partitions each; they had 6" in done.stdout
        for number, code in enumerate(codes):  # more of the same dossiers, whose keys moved
            local.product.send(
                "intake", "PATCH", f"/dossiers/{code}", sector=f"S{number}", reason="sai"
            )
        more = local.dossiers(agency, 3)
        eventually(lambda: local.counted(agency), lambda n: n == len(codes) + len(more), 60)
        wanted = {code: partition_of(code.encode(), 11) for code in [*codes, *more]}

        def shards() -> dict[str, int]:
            return dict(asyncio.run(_entities(local, list(wanted))))

        eventually(shards, lambda found: found == wanted, 60)
        moved = [code for code in codes if partition_of(code.encode(), 6) != wanted[code]]
        assert moved
        evaluation = local.product.evaluation(agency, "2026-03")
        assert evaluation["freshness"]["events_behind"] == 0
        for number, code in enumerate(codes):  # the correction came after the reception: it holds
            assert f"S{number}" in str(local.product.get("scoring", f"/dossiers/{code}"))
        assert len(asyncio.run(ends(KafkaConfig(own_kafka), DOSSIER_TOPICS))) == 33
