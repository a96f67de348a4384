"""The demo from start to end."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from motcua_local.addresses import addresses
from motcua_local.console import out, say, tell
from motcua_local.errors import LocalError
from motcua_local.http import Client
from motcua_local.metrics import waiting
from motcua_local.running.stack import StackOptions, running
from motcua_local.running.state import State
from motcua_local.simulator import Load, Options, load_published, simulate

from . import results, show
from .compare import differences
from .live import live_moment
from .quiet import applied as applied_events
from .quiet import until_quiet
from .send import Sender, Sent, open_loads


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """``data`` None: a fresh temporary folder. ``stay``: keep running at the end until Ctrl-C."""

    data: Path | None
    ports: dict[str, int]
    simulator: Options
    stay: bool
    kafka: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What was sent, and how long it took in seconds."""

    sent: Sent
    events: int
    sending: float
    until_applied: float
    retries: int


async def demo(options: DemoOptions, stop: asyncio.Event) -> None:
    """Runs the demo. Raises LocalError when anything differs from the published result.

    ``stop`` set ends the demo, and the stay at its end.
    """
    begun = time.monotonic()
    generation = asyncio.create_task(asyncio.to_thread(simulate, options.simulator))
    folder = options.data or Path(tempfile.mkdtemp(prefix="motcua-demo-"))
    stack = StackOptions(folder, options.ports, kafka=options.kafka, temporary=options.data is None)
    async with running(stack, tell, stop) as (_, state), aiohttp.ClientSession() as session:
        say(f"PostgreSQL, broker and four services are up after {time.monotonic() - begun:.1f} s")
        out.print(addresses(state))
        load = await generation
        client = Client(session, patience=60.0)
        work = asyncio.create_task(_play(client, state, load))
        await _unless(stop, work)
        say(f"\n[bold green]All as published.[/] The demo took {time.monotonic() - begun:.1f} s.")
        if options.stay:
            say(f"Explore: {state.url('scoring')}/ and {state.url('scoring')}/docs "
                "(Ctrl-C stops everything)")  # fmt: skip
            await stop.wait()


async def _unless(stop: asyncio.Event, work: asyncio.Task[None]) -> None:
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({stopping, work}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not work.done():
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        raise LocalError("stopped before the end", code=130)
    await work


async def _play(client: Client, state: State, load: Load) -> None:
    figures = await _send(client, state, load)
    published = load_published()
    served = await results.rankings(client, state, published.year)
    counts = await results.survey_counts(client, state, load.centre, published.year)
    out.print(show.classification(published, served))
    out.print(show.named(published, served))
    out.print(show.survey(published, counts))
    for item in results.examples(published, served):
        found = await results.explained(client, state, item["agency"], published.year)
        out.print(show.detail(*found))
    out.print(show.numbers(_numbers(figures)))
    _verdict(differences(published, served, counts))
    moment = await live_moment(client, state)
    say(
        f"\n[bold]Live:[/] the deadline of {moment.dossier} passed and nobody called. Index 1 of "
        f"{moment.name} for {moment.period} went from {moment.before:.1f} to {moment.after:.1f}, "
        f"{moment.seconds:.2f} s after the deadline."
    )


def _verdict(found: list[str]) -> None:
    if found:
        listed = "\n".join(f"  - {line}" for line in found)
        raise LocalError(f"the result differs from the published one:\n{listed}")


async def _send(client: Client, state: State, load: Load) -> Figures:
    begun = time.monotonic()
    with Progress(
        TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"), TimeElapsedColumn(), console=out,
    ) as progress:  # fmt: skip
        totals = {
            "intake": len(load.catalogue) + len(load.intake),
            "workflow": len(load.workflow),
            "feedback": len(load.feedback),
        }
        bars = {
            name: progress.add_task(f"{name}: commands accepted", total=total, note="")
            for name, total in totals.items()
        }
        scored = progress.add_task("scoring: events applied", total=load.lines, note="")

        def applied(done: int, under_way: int) -> None:
            progress.update(
                scored, completed=done, total=max(load.lines, done + under_way),
                note=f"{under_way} on the way" if under_way else "",
            )  # fmt: skip

        watch = asyncio.create_task(_watch(client, state, applied))
        try:
            async with open_loads(client, state):
                sender = Sender(client, state, lambda name, n: progress.advance(bars[name], n))
                sent = await sender.send(load)
                sending = time.monotonic() - begun
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        caught_up = time.monotonic() - begun + await until_quiet(client, state, applied)
        events = int(progress.tasks[scored].completed)
    return Figures(sent, events, sending, caught_up, client.retries)


async def _watch(client: Client, state: State, progress: Callable[[int, int], None]) -> None:
    while True:
        under_way = sum(each.total for each in (await waiting(client, state)).values())
        progress(await applied_events(client, state), under_way)
        await asyncio.sleep(0.5)


def _numbers(figures: Figures) -> dict[str, str]:
    sent = figures.sent
    return {
        "commands accepted over HTTP": f"{sent.accepted:,}",
        "events recorded for them": f"{sent.recorded:,}",
        "events applied to the scores": f"{figures.events:,}",
        "seconds to send everything": f"{figures.sending:.1f}",
        "seconds until every score was final": f"{figures.until_applied:.1f}",
        "events per second, request to score": f"{figures.events / figures.until_applied:,.0f}",
        "requests repeated": str(figures.retries),
    }
