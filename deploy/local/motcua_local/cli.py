"""The ``motcua`` command."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import aiohttp
import typer

from . import console
from .addresses import addresses
from .demo import DemoOptions, demo
from .errors import LocalError
from .evaluation_view import evaluation_table, freshness_line
from .http import Client
from .metrics import waiting
from .operations import backup_cli, parked_cli, rebuild_cli, topics_cli
from .options import DEFAULT_DATA, AsJson, Data, print_json, reported
from .running.layout import Layout
from .running.ports import parse_ports
from .running.stack import StackOptions, running
from .running.state import SERVICES, running_state
from .running.supervisor import is_ready
from .simulator import Options
from .trace import trace
from .trace_view import trace_legend, trace_table

FIRST_PORT = 8101

app = typer.Typer(
    name="motcua", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Live nine-index evaluations of one-stop administrative services, on one machine.",
)  # fmt: skip

Ports = Annotated[
    str | None,
    typer.Option(help="First of four ports (default 8101), or four of them with commas."),
]
Kafka = Annotated[
    str | None, typer.Option(help="HOST:PORT of an Apache Kafka to use instead of our own broker.")
]

app.add_typer(parked_cli.app, name="parked")
app.command("backup")(backup_cli.backup_command)
app.command("restore")(backup_cli.restore_command)
app.command("rebuild")(rebuild_cli.rebuild_command)
app.command("republish")(topics_cli.republish_command)
app.command("partitions")(topics_cli.partitions_command)


@app.command()
def up(data: Data = DEFAULT_DATA, ports: Ports = None, kafka: Kafka = None) -> None:
    """Start PostgreSQL, the broker and the four services; stop them with Ctrl-C."""
    with reported():
        chosen = parse_ports(ports, SERVICES, FIRST_PORT)
        asyncio.run(_up(StackOptions(data, chosen, kafka=kafka)))


@app.command("demo")
def demo_command(
    *,
    data: Annotated[
        Path | None, typer.Option(help="Data folder to keep; default: a temporary one.")
    ] = None,
    ports: Ports = None,
    kafka: Kafka = None,
    seed: Annotated[int, typer.Option(help="Another seed gives another year, same table.")] = 2020,
    scale: Annotated[
        float, typer.Option(min=0.3, max=50, help="Multiplies the number of dossiers.")
    ] = 1.0,
    leave: Annotated[
        bool, typer.Option("--exit", help="Stop at the end, also in a terminal.")
    ] = False,
) -> None:
    """Play Tây Ninh's year 2020 through the services and compare with the published result."""
    stay = sys.stdout.isatty() and not leave
    with reported():
        chosen = parse_ports(ports, SERVICES, FIRST_PORT)
        asyncio.run(_demo(DemoOptions(data, chosen, Options(seed, scale), stay, kafka)))


@app.command()
def status(data: Data = DEFAULT_DATA, as_json: AsJson = False) -> None:
    """Say what is running on a data folder, and whether it is well."""
    with reported():
        asyncio.run(_status(data, as_json=as_json))


@app.command()
def show(
    agency: Annotated[str, typer.Argument(help="Agency code, for example H53.20.01.")],
    period: Annotated[str, typer.Argument(help="2020, 2020-Q3 or 2020-11.")],
    live: Annotated[bool, typer.Option("--live", help="Count what is open and past due.")] = False,
    data: Data = DEFAULT_DATA,
    as_json: AsJson = False,
) -> None:
    """Print an agency's nine indices for a period, with the reasons."""
    with reported():
        asyncio.run(_show(agency, period, "live" if live else "settled", data, as_json=as_json))


@app.command("trace")
def trace_command(
    dossier: Annotated[str, typer.Argument(help="The dossier's code.")],
    data: Data = DEFAULT_DATA,
    as_json: AsJson = False,
) -> None:
    """Print a dossier's journey: recorded, sent, applied, evaluation.changed; with trace ids."""
    with reported():
        asyncio.run(_trace(dossier, data, as_json=as_json))


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _up(options: StackOptions) -> None:
    stop = _stop_on_signals()
    async with running(options, console.tell, stop) as (_, state):
        console.out.print(addresses(state))
        console.say("Ctrl-C stops everything.")
        await stop.wait()
        console.say("stopping")


async def _demo(options: DemoOptions) -> None:
    await demo(options, _stop_on_signals())


async def _status(data: Path, *, as_json: bool) -> None:
    state = running_state(Layout.of(data))
    async with aiohttp.ClientSession() as session:
        ready = {name: await is_ready(session, url) for name, url in state.services.items()}
        found = await waiting(Client(session, patience=0), state) if all(ready.values()) else {}
    if as_json:
        print_json({
            **state.model_dump(mode="json"), "ready": ready,
            "unpublished": {name: each.unpublished for name, each in found.items()},
            "unapplied": {name: each.unapplied for name, each in found.items()},
        })  # fmt: skip
    else:
        console.out.print(addresses(state))
        for name, well in ready.items():
            each = found.get(name)
            rest = f", {each.unpublished} to publish, {each.unapplied} to apply" if each else ""
            console.say(f"{name}: {'ready' if well else '[bold red]not ready[/]'}{rest}")
    if not all(ready.values()):
        raise LocalError("not everything is ready")


async def _show(agency: str, period: str, basis: str, data: Path, *, as_json: bool) -> None:
    state = running_state(Layout.of(data))
    async with aiohttp.ClientSession() as session:
        url = f"{state.url('scoring')}/evaluations/{agency}/{period}"
        evaluation = await Client(session, patience=2).get(url, basis=basis)
    if as_json:
        print_json(evaluation)
        return
    console.out.print(evaluation_table(evaluation))
    console.say(freshness_line(evaluation))


async def _trace(dossier: str, data: Path, *, as_json: bool) -> None:
    state = running_state(Layout.of(data))
    async with aiohttp.ClientSession() as session:
        found = await trace(Client(session, patience=2), state, dossier)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        console.out.print(trace_table(found))
        for line in trace_legend(found):
            console.say(line)
