"""The command lines of ``motcua backup`` and ``motcua restore``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from motcua_local import console
from motcua_local.options import DEFAULT_DATA, AsJson, Data, print_json, reported
from motcua_local.progress import steps

from .backup import BACKUP_STEPS, RESTORE_STEPS, Manifest, backup, restore

File = Annotated[Path, typer.Argument(help="The backup's file.", show_default=False)]


def backup_command(file: File, data: Data = DEFAULT_DATA, as_json: AsJson = False) -> None:
    """Write the four databases, consistent with each other, into one file. Needs no stop."""
    with reported(), steps(BACKUP_STEPS) as step:
        manifest = asyncio.run(backup(data, file.absolute(), step))
    _tell(manifest, f"backed up to {file}", as_json=as_json)


def restore_command(file: File, data: Data = DEFAULT_DATA, as_json: AsJson = False) -> None:
    """Make a new data folder from a backup, and prove that it holds the same."""
    with reported(), steps(RESTORE_STEPS) as step:
        manifest = asyncio.run(restore(file, data, step))
    _tell(manifest, f"restored and equal; start it with: motcua up --data {data}", as_json=as_json)


def _tell(manifest: Manifest, text: str, *, as_json: bool) -> None:
    if as_json:
        print_json(manifest.model_dump(mode="json"))
        return
    made = console.table(
        "Database", "Tables", "Rows", "Streams", "Events", right=("Rows", "Events")
    )
    for name, found in manifest.databases.items():
        rows = sum(table.rows for table in found.tables.values())
        streams = sum(each.streams for each in found.streams.values())
        events = sum(each.events for each in found.streams.values())
        made.add_row(name, str(len(found.tables)), f"{rows:,}", f"{streams:,}", f"{events:,}")
    console.out.print(made)
    console.say(text)
