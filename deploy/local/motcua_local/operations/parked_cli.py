"""The command line of ``motcua parked``."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from motcua_events import parking
from motcua_events.parking import Parked
from motcua_local import console
from motcua_local.errors import LocalError
from motcua_local.options import (
    DEFAULT_DATA,
    AsJson,
    By,
    Data,
    ServiceName,
    me,
    print_json,
    reported,
    service_named,
)
from motcua_local.progress import amount
from motcua_local.running.state import SERVICES

from .databases import databases
from .parked import Outcome, listed, located, retried, trails

app = typer.Typer(
    no_args_is_help=True, help="Messages that could not be read or applied: list, retry, discard."
)

Number = Annotated[int, typer.Argument(help="The message's number, from: motcua parked list.")]


def _services(service: str | None) -> tuple[str, ...]:
    return SERVICES if service is None else (service_named(service),)


@app.command("list")
def list_command(
    data: Data = DEFAULT_DATA,
    service: ServiceName = None,
    topic: Annotated[str | None, typer.Option(help="Only of this topic.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what is parked, in the order of parking."""
    with reported():
        asyncio.run(_list(data, _services(service), topic, as_json=as_json))


@app.command()
def show(
    number: Number, data: Data = DEFAULT_DATA, service: ServiceName = None, as_json: AsJson = False
) -> None:
    """Show one message: its headers, its content, why it is parked, and what was done about it."""
    with reported():
        asyncio.run(_show(number, data, _services(service), as_json=as_json))


@app.command()
def retry(
    number: Annotated[int | None, typer.Argument(help="A message of the key to retry.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every key that has any parked.")] = False,
    data: Data = DEFAULT_DATA,
    service: ServiceName = None,
    by: By = "",
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
    as_json: AsJson = False,
) -> None:
    """Apply a key's messages again, in order, by the service that parked them."""
    with reported():
        if (number is None) != every:
            raise LocalError("name a message, or --all", code=2)
        asyncio.run(_retry(number, data, _services(service), by or me(), reason, as_json=as_json))


@app.command()
def discard(
    number: Number,
    *,
    reason: Annotated[str, typer.Option(help="Why it is given up.")],
    data: Data = DEFAULT_DATA,
    service: ServiceName = None,
    by: By = "",
) -> None:
    """Give one message up. Its content stays in the audit trail; what is behind it is applied."""
    with reported():
        if not reason.strip():
            raise LocalError("--reason: say why it is given up", code=2)
        asyncio.run(_discard(number, data, _services(service), by or me(), reason))


@app.command()
def history(
    data: Data = DEFAULT_DATA, service: ServiceName = None, as_json: AsJson = False
) -> None:
    """The audit trail: who did what to which message, when and why."""
    with reported():
        asyncio.run(_history(data, _services(service), as_json=as_json))


async def _list(data: Path, services: tuple[str, ...], topic: str | None, *, as_json: bool) -> None:
    async with databases(data, services) as (_, found):
        parked = await listed(found, topic)
    rows = [(name, one) for name, some in parked.items() for one in some]
    if as_json:
        print_json([_json(name, one) for name, one in rows])
        return
    if not rows:
        console.say("nothing is parked")
        return
    made = console.table(
        "Service", "No", "Topic", "Offset", "Key", "Type", "State", "Reason", right=("No",)
    )
    for name, one in rows:
        made.add_row(
            name, str(one.id), one.topic, f"{one.partition}:{one.offset}", escape(one.key or "-"),
            escape(one.type), one.state, escape(one.reason[:100]),
        )  # fmt: skip
    console.out.print(made)


async def _show(number: int, data: Path, services: tuple[str, ...], *, as_json: bool) -> None:
    async with databases(data, services) as (_, found):
        name, one = await located(found, number)
        trail = await parking.history(found[name], number)
    if as_json:
        print_json({**_json(name, one), "history": [asdict(each) for each in trail]})
        return
    made = console.table("What", "Value", title=f"message {number}, parked by {one.consumer}")
    for label, value in _json(name, one).items():
        made.add_row(label, escape(str(value)))
    console.out.print(made)
    for each in trail:
        console.say(escape(f"{each.at:%Y-%m-%d %H:%M:%S} {each.actor}: {each.action} {each.why}"))


async def _retry(
    number: int | None, data: Path, services: tuple[str, ...], by: str, why: str, *, as_json: bool
) -> None:
    async with databases(data, services) as (_, found):
        if number is None:
            parked = await listed(found)
            wanted = [(name, one.id) for name, some in parked.items() for one in _heads(some)]
        else:
            name, one = await located(found, number)
            wanted = [(name, one.id)]
        outcomes: list[Outcome] = []
        with amount("applying again") as told:
            for done, (name, each) in enumerate(wanted):
                told(done, len(wanted))
                outcomes.append(await retried(found[name], name, each, actor=by, why=why))
    _tell(outcomes, as_json=as_json)


def _heads(parked: list[Parked]) -> list[Parked]:
    """The first message of each consumer, topic and key."""
    firsts: dict[tuple[object, ...], Parked] = {}
    for one in parked:
        firsts.setdefault((one.consumer, one.topic, one.key or one.id), one)
    return list(firsts.values())


def _tell(outcomes: list[Outcome], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(one) for one in outcomes])
    for one in [] if as_json else outcomes:
        console.say(escape(f"{one.service} {one.number}: {one.came} {one.reason}".rstrip()))
    if any(one.came == "failed" for one in outcomes):
        raise LocalError("not everything could be applied; see: motcua parked list")


async def _discard(number: int, data: Path, services: tuple[str, ...], by: str, why: str) -> None:
    async with databases(data, services) as (_, found):
        name, _ = await located(found, number)
        await parking.discard(found[name], number, by, why)
    console.say(f"{name} {number}: discarded; its content stays in the audit trail")


async def _history(data: Path, services: tuple[str, ...], *, as_json: bool) -> None:
    async with databases(data, services) as (_, found):
        entries = await trails(found, None)
    if as_json:
        print_json({name: [asdict(one) for one in some] for name, some in entries.items()})
        return
    made = console.table("When", "Service", "No", "Key", "Who", "What", "Why", "Reason")
    for name, some in entries.items():
        for one in some:
            made.add_row(
                f"{one.at:%Y-%m-%d %H:%M:%S}", name, str(one.parked_id), escape(one.key or "-"),
                escape(one.actor), one.action, escape(one.why), escape(one.reason[:80]),
            )  # fmt: skip
    console.out.print(made)


def _json(service: str, one: Parked) -> dict[str, Any]:
    value = None if one.value is None else one.value.decode(errors="backslashreplace")
    return {"service": service, "state": one.state, "type": one.type, **asdict(one), "value": value}
