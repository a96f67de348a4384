"""Migrations while everything runs: step by step or at once, and old processes keep working."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

import motcua_feedback
import motcua_intake
import motcua_scoring
import motcua_workflow
from motcua_events import MIGRATIONS, Change, EventStore, Relay
from motcua_events._sql import sql
from motcua_events.contracts import DossierReopened
from motcua_events.testing import MemoryBroker, MemoryProducer
from motcua_local.embedded.postgres import BINARIES
from motcua_service import db

PACKAGES = [motcua_intake, motcua_workflow, motcua_feedback, motcua_scoring]
ACCEPTED = (MIGRATIONS, db.SERVICE)
"""Folders whose tables hold what was accepted; other tables follow from it and may be replaced."""

NOT_ADDITIVE = re.compile(
    r"\b(drop\s+(table|column|constraint|index|default)|rename|truncate|delete\s+from"
    r"|alter\s+column|set\s+not\s+null|add\s+constraint|add\s+column\s+\w+\s+[\w ]+not\s+null"
    r"(?![^,;]*(default|generated)))",
    re.IGNORECASE,
)


def schema_of(url: str) -> str:
    done = subprocess.run(
        [BINARIES / "pg_dump", "--schema-only", "--no-owner", f"--dbname={url}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = done.stdout.splitlines()  # but for the random marks around the dump
    return "\n".join(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict")))


@pytest_asyncio.fixture
async def second_url(postgres_url: str) -> AsyncIterator[str]:
    """Another fresh database."""
    conn = await asyncpg.connect(postgres_url)
    name = await conn.fetchval("select current_database()")
    await conn.execute(f'create database "{name}b"')
    yield postgres_url.replace(f"/{name}?", f"/{name}b?")
    await conn.execute(f'drop database "{name}b" with (force)')
    await conn.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("package", PACKAGES, ids=lambda each: each.__name__)
async def test_step_by_step_gives_the_same_as_at_once_and_again_changes_nothing(
    package: Any, postgres_url: str, second_url: str, tmp_path: Path
) -> None:
    dirs = db.folders(Path(package.__file__).parent)
    await db.migrate(postgres_url, dirs)
    at_once = await asyncio.to_thread(schema_of, postgres_url)

    grown = []
    for folder in dirs:
        grown.append(tmp_path / folder.parent.name / "migrations")
        grown[-1].mkdir(parents=True)
        for file in sorted(folder.glob("*.sql")):
            shutil.copy(file, grown[-1])
            await db.migrate(second_url, grown)
    assert await asyncio.to_thread(schema_of, second_url) == at_once

    conn = await asyncpg.connect(postgres_url)
    history = await conn.fetch("select * from _pogo_migration order by 1, 2")
    await db.migrate(postgres_url, dirs)
    assert await conn.fetch("select * from _pogo_migration order by 1, 2") == history
    await conn.close()
    assert await asyncio.to_thread(schema_of, postgres_url) == at_once


def applied_part(file: Path) -> str:
    text = file.read_text(encoding="utf-8").split("-- migrate: rollback")[0]
    return re.sub(r"--.*", "", text)


@pytest.mark.parametrize("folder", ACCEPTED, ids=lambda each: each.parent.name)
def test_what_holds_accepted_data_only_ever_grows(folder: Path) -> None:
    files = sorted(folder.glob("*.sql"))
    assert files
    for file in files:
        assert NOT_ADDITIVE.search(applied_part(file)) is None, file.name


@pytest.mark.parametrize(
    "statement",
    [
        "alter table events drop column data", "alter table a rename to b", "drop table offsets",
        "alter table parked add column x text not null", "alter table a alter column b type text",
    ],
)  # fmt: skip
def test_the_rule_can_fail(statement: str) -> None:
    assert NOT_ADDITIVE.search(statement)


PARKED = ("old", "c", "t", 0, 1, b"k", b"v", ["h"], [b"w"])


@pytest.mark.asyncio
async def test_a_process_of_the_first_version_keeps_working_while_the_rest_is_applied(
    postgres_url: str, tmp_path: Path
) -> None:
    first = tmp_path / MIGRATIONS.parent.name / "migrations"
    first.mkdir(parents=True)
    shutil.copy(MIGRATIONS / "events_0001_store.sql", first)
    await db.migrate(postgres_url, [first])
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=6) as pool:
        store, broker = EventStore(pool, "/intake"), MemoryBroker()
        relay = asyncio.create_task(Relay(pool, MemoryProducer(broker), "/intake").run())
        park = await pool.acquire()
        prepared = await park.prepare(sql("park"))  # as it was prepared before the change
        done, until = 0, asyncio.Event()

        async def appending() -> None:
            nonlocal done
            while not until.is_set():
                now = await pool.fetchval("select now()")
                data = DossierReopened(dossier="D-1", reopened_at=now, reason="x")
                changes = [Change(data, now)]
                await store.execute(
                    ["dossier/D-1"], lambda _, changes=changes: (changes, None), traceparent=None
                )
                await prepared.fetch(*PARKED[:4], done, *PARKED[5:], now, "Undecodable", "x")
                done += 1

        work = asyncio.create_task(appending())
        await asyncio.sleep(0.2)
        before = done
        await db.migrate(postgres_url, [MIGRATIONS])
        await asyncio.sleep(0.3)
        until.set()
        await work
        assert done > before > 0
        await asyncio.sleep(0.5)
        assert sum(len(log) for log in broker.logs.values()) == done
        assert await pool.fetchval("select count(*) from parked") == done
        await pool.release(park)
        relay.cancel()
        await asyncio.wait([relay])


@pytest.mark.asyncio
async def test_a_migration_lets_others_through_while_its_table_is_in_use(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "LOCK_SECONDS", 1)
    first = tmp_path / MIGRATIONS.parent.name / "migrations"
    first.mkdir(parents=True)
    shutil.copy(MIGRATIONS / "events_0001_store.sql", first)
    await db.migrate(postgres_url, [first])
    holder, other = await asyncpg.connect(postgres_url), await asyncpg.connect(postgres_url)
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute("select * from parked")
    migrating = asyncio.create_task(db.migrate(postgres_url, [MIGRATIONS]))
    await asyncio.sleep(1.6)
    async with asyncio.timeout(2):
        await other.execute("select count(*) from parked")  # not stuck behind the migration
    assert not migrating.done()
    await transaction.commit()
    await asyncio.wait_for(migrating, 10)
    assert await other.fetchval("select count(id) from parked") == 0
    for conn in (holder, other):
        await conn.close()
