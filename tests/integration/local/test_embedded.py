"""The embedded servers: they come up, keep what they must, and stop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient

from motcua_local.embedded import DATABASES, Broker, Postgres
from motcua_local.embedded.account import ServerAccount
from motcua_local.running.guard import Guard
from motcua_local.running.ports import free_port


@pytest_asyncio.fixture
async def guard() -> AsyncIterator[Guard]:
    made = Guard()
    yield made
    made.close()


async def cluster_id(broker: Broker) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    found = await admin.describe_cluster()
    await admin.close()
    return str(found["cluster_id"])


@pytest.mark.asyncio
async def test_postgres_has_a_database_for_each_service_and_keeps_it(
    tmp_path: Path, guard: Guard
) -> None:
    for expected in (0, 1):
        server = Postgres(tmp_path / "pg", tmp_path / "pg.log", guard)
        await server.start()
        for name in DATABASES:
            connection = await asyncpg.connect(server.url(name))
            await connection.execute("create table if not exists kept (n int)")
            assert await connection.fetchval("select count(*) from kept") == expected
            await connection.execute("insert into kept values (1)")
            assert await connection.fetchval("show synchronous_commit") == "on"
            await connection.close()
        await server.stop()
        assert server.child is not None
        assert server.child.exit_code == 0


@pytest.mark.asyncio
async def test_a_data_folder_may_have_a_long_path(tmp_path: Path, guard: Guard) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    server = Postgres(folder / "pg", folder / "pg.log", guard)
    await server.start()
    connection = await asyncpg.connect(server.url("scoring"))
    assert await connection.fetchval("select 1") == 1
    await connection.close()
    sockets = Path(server.url().partition("host=")[2])
    assert sockets.is_dir()
    await server.stop()
    assert not sockets.exists()


@pytest.mark.asyncio
async def test_every_start_of_the_broker_is_a_new_cluster(tmp_path: Path, guard: Guard) -> None:
    broker = Broker(free_port(), tmp_path / "broker.log", guard)
    found = []
    for _ in range(2):
        await broker.start()
        found.append(await cluster_id(broker))
        await broker.stop()
    assert found[0] != found[1]


def test_the_account_may_pass_but_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    inside = folder / "inside"
    inside.mkdir()
    ServerAccount(None).open_path_to(inside)
    assert folder.stat().st_mode & 0o777 == 0o700
    ServerAccount("someone").open_path_to(inside)
    assert folder.stat().st_mode & 0o777 == 0o701
