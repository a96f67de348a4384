"""Backup and restore of everything accepted: the four databases in one file, and proof of equality.

Every database is dumped from a snapshot whose content was measured (``digest``). The snapshots are
taken in the order scoring, workflow, feedback, intake: who reads comes before whom it reads from.
So no database in a backup knows of an event that its source in the same backup does not have; what
a source has and a reader does not yet is published again after a restore.
"""

from __future__ import annotations

import asyncio
import shutil
import tarfile
import tempfile
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from motcua_events.restore import adopt
from motcua_local.embedded.postgres import BINARIES
from motcua_local.errors import LocalError
from motcua_local.progress import Step
from motcua_local.running.layout import Layout

from .databases import Connection, connected, server_of, started
from .digest import EVENTS, Content, content, differences

READERS_FIRST = ("scoring", "workflow", "feedback", "intake")
MANIFEST = "manifest.json"
FORMAT = 1

BACKUP_STEPS = 2 * len(READERS_FIRST)
RESTORE_STEPS = 3 * len(READERS_FIRST)


class Manifest(BaseModel):
    """What a backup says about itself; ``databases`` by service."""

    format: int
    made_at: datetime
    postgres: str
    databases: dict[str, Content]


async def backup(data: Path, file: Path, step: Step) -> Manifest:
    """Writes the backup; the file appears when it is whole. Raises LocalError.

    Works while everything runs, and on a data folder on which nothing runs.
    """
    _free(file)
    part = file.with_name(f"{file.name}.part")
    with tempfile.TemporaryDirectory(prefix="motcua-backup-", dir=file.parent) as folder:
        async with server_of(data) as url:
            manifest = await _dumped(url, Path(folder), step)
        (Path(folder) / MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        await asyncio.to_thread(_pack, Path(folder), part)
    part.replace(file)
    return manifest


def _free(file: Path) -> None:
    if file.exists():
        raise LocalError(f"{file} exists already; a backup does not replace another")


async def _dumped(url: str, folder: Path, step: Step) -> Manifest:
    async with AsyncExitStack() as stack:
        snapshots: dict[str, tuple[Connection, str]] = {}
        for name in READERS_FIRST:
            conn = await stack.enter_async_context(connected(url.replace("{service}", name)))
            await stack.enter_async_context(
                conn.transaction(isolation="repeatable_read", readonly=True)
            )
            snapshots[name] = (conn, await conn.fetchval("select pg_export_snapshot()"))
        found = {}
        for name, (conn, snapshot) in snapshots.items():
            step(f"measuring {name}")
            found[name] = await content(conn)
            step(f"dumping {name}")
            await _run(
                "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
                f"--snapshot={snapshot}", f"--file={folder / name}.dump",
                f"--dbname={url.replace('{service}', name)}",
            )  # fmt: skip
        version = await snapshots["intake"][0].fetchval("show server_version")
    return Manifest(format=FORMAT, made_at=datetime.now(UTC), postgres=version, databases=found)


async def restore(file: Path, data: Path, step: Step) -> Manifest:
    """Makes a data folder from a backup, and checks that it holds the same. Raises LocalError.

    The folder must hold no data yet. When anything fails, nothing of the restored is left.
    """
    layout = Layout.of(data)
    if layout.postgres.exists() and any(layout.postgres.iterdir()):
        raise LocalError(f"{layout.root} holds data already; restore into a new folder (--data)")
    with tempfile.TemporaryDirectory(prefix="motcua-restore-") as folder:
        manifest = await asyncio.to_thread(_unpack, file, Path(folder))
        try:
            async with started(layout) as url:
                for name in READERS_FIRST:
                    address = url.replace("{service}", name)
                    step(f"loading {name}")
                    await _run(
                        "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error",
                        f"--dbname={address}", f"{Path(folder) / name}.dump",
                    )  # fmt: skip
                    await _adopted(address, name, manifest.databases[name], step)
        except BaseException:
            shutil.rmtree(layout.postgres, ignore_errors=True)
            raise
    return manifest


async def _adopted(url: str, name: str, expected: Content, step: Step) -> None:
    async with connected(url) as conn:
        step(f"comparing {name}")
        _same(name, expected, await content(conn))
        step(f"taking over {name}")
        events = await adopt(conn)
        after = await content(conn)
    if events != expected.tables[EVENTS].rows or after.order != expected.order:
        raise LocalError(f"{name}: the order of the events changed; nothing was restored")


def _same(name: str, expected: Content, found: Content) -> None:
    if lines := differences(expected, found):
        raise LocalError(f"{name} is not what was backed up, nothing was restored: {lines[0]}")


def _pack(folder: Path, file: Path) -> None:
    with tarfile.open(file, "w") as tar:
        for path in sorted(folder.iterdir(), key=lambda each: (each.name != MANIFEST, each.name)):
            tar.add(path, path.name)


def _unpack(file: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data")
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (tarfile.TarError, ValidationError) as error:
        raise LocalError(f"{file} is not a backup of motcua") from error
    missing = [name for name in READERS_FIRST if not (folder / f"{name}.dump").exists()]
    if manifest.format != FORMAT or missing or set(manifest.databases) != set(READERS_FIRST):
        raise LocalError(f"{file} is not a whole backup of this version of motcua")
    return manifest


async def _run(program: str, *arguments: str) -> None:
    path = BINARIES / program
    process = await asyncio.create_subprocess_exec(
        path, *arguments, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        said = errors.decode(errors="replace").strip().splitlines() or ["no message"]
        raise LocalError(f"{program} failed: {said[0]}")
