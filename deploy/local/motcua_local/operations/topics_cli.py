"""The command lines of ``motcua republish`` and ``motcua partitions``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from motcua_local import console
from motcua_local.options import DEFAULT_DATA, Data, reported, service_named
from motcua_local.progress import amount, steps

from .partitions import STEPS, grown
from .republish import republished


def republish_command(
    *,
    service: Annotated[str, typer.Option(help="Whose events.")],
    topic: Annotated[str | None, typer.Option(help="One topic only; default: all.")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Publish a service's events again, from the first on; equal events are counted once."""
    with reported(), amount("publishing again") as told:
        asyncio.run(republished(data, service_named(service), topic, told))
    console.say(f"{service} has published {topic or 'everything'} again")


def partitions_command(
    number: Annotated[int, typer.Argument(min=2, max=1000, help="How many there are to be.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Add partitions to the dossier topics (Apache Kafka); publishing pauses for some seconds."""
    with reported(), steps(STEPS) as step:
        before = asyncio.run(grown(data, number, step))
    console.say(f"the dossier topics have {number} partitions each; they had {before}")
    console.say(f"set MOTCUA_PARTITIONS={number} for topics that are made anew")
