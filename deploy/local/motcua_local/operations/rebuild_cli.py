"""The command line of ``motcua rebuild``."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from motcua_local import console
from motcua_local.errors import LocalError
from motcua_local.options import DEFAULT_DATA, AsJson, Data, print_json, reported
from motcua_local.progress import Amount, amount
from motcua_scoring.rebuild import Rebuild, Rebuilt

from .databases import databases

SOURCES = ("intake", "workflow", "feedback")


def rebuild_command(
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let the rebuilt take over where they differ.")
    ] = False,
    data: Data = DEFAULT_DATA,
    as_json: AsJson = False,
) -> None:
    """Project every event again beside the live projection, and prove that both are equal."""
    with reported():
        with amount("projecting") as told:
            found = asyncio.run(_rebuild(data, told, replace=replace))
        _tell(found, as_json=as_json)


async def _rebuild(data: Path, told: Amount, *, replace: bool) -> Rebuilt:
    async with databases(data) as (_, found):
        sources = {name: found[name] for name in SOURCES}
        return await Rebuild(found["scoring"], sources, take_over=replace, told=told).run()


def _tell(found: Rebuilt, *, as_json: bool) -> None:
    if as_json:
        print_json({**asdict(found), "equal": found.differences.equal})
    else:
        console.say(f"{found.events:,} events projected again; {found.ahead} were still under way")
        for event, reason in found.left_out.items():
            console.say(escape(f"left out {event}: {reason}"))
    if found.taken_over:
        console.err.print(f"the live projection differed ({found.differences}) and was replaced")
    elif not found.differences.equal:
        raise LocalError(
            f"the live projection differs ({found.differences}) and was left as it is;"
            " --replace lets the rebuilt one take over"
        )
    elif not as_json:
        console.say("the live projection is equal to the rebuilt one")
