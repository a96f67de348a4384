"""Freshness: from a resolution's POST to the message about the score; and what a kill loses."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

from .client import Answer, open_loop
from .contenders import DIRECT, OURS, Contender, motcua, straight
from .figures import Ratio, Result, at_most, interleaved, medians, percentiles, ratio
from .options import Options
from .province import Codes, receive, register, resolution
from .servers import Servers, product

KILL_RATE = 500
WARM_UP = 2.0
FULL = 2_000
"""From this rate on it is asked whether a backlog grows, not how the peer does."""


@dataclass(slots=True)
class Load:
    """One contender's load: requests by code, and their answers."""

    contender: Contender
    codes: Codes

    async def send(self, codes: list[str], rate: float) -> tuple[Counter[str], list[Answer]]:
        """Post resolutions at a rate; how many of each agency were heard of before, the answers."""
        before = Counter(self.contender.subscriber.last)
        return before, await open_loop(self.contender.url, list(map(resolution, codes)), rate)


async def run(found: Servers, options: Options) -> Result:
    """Every rate for every contender, repeated; then the kill."""
    result = Result(
        "freshness", "Freshness: HTTP POST to evaluation.changed received, open loop",
        ["contender", "per second", "p50 ms", "p95 ms", "p99 ms", "last third / first", "lost"],
        unit="ms (p99)",
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(product(found))
        await register(running)
        contenders = {OURS: await stack.enter_async_context(motcua(running))}
        if options.peers:
            contenders[DIRECT] = await stack.enter_async_context(straight(found, options))
        codes = Codes()
        for rate in options.rates:
            seconds = [WARM_UP] + [options.seconds] * options.repetitions
            wanted = [codes.take(int(rate * each)) for each in seconds]
            await receive(running, [code for part in wanted for code in part])
            await _rate(result, contenders, codes, rate, wanted)
        kills = codes.take(int(KILL_RATE * max(2.0, options.seconds)))
        await receive(running, kills)
        for name, contender in contenders.items():
            await _kill(result, name, Load(contender, codes), kills)
    return result


async def _rate(
    result: Result, contenders: dict[str, Contender], codes: Codes, rate: int,
    wanted: list[list[str]],
) -> None:  # fmt: skip
    runs: dict[str, list[dict[str, float]]] = defaultdict(list)
    turn: Counter[str] = Counter()
    for contender in contenders.values():
        await _measured(Load(contender, codes), wanted[0], rate)
    for name in interleaved(list(contenders), len(wanted) - 1):
        turn[name] += 1
        runs[name].append(await _measured(Load(contenders[name], codes), wanted[turn[name]], rate))
    found = {name: medians(each) for name, each in runs.items()}
    for name, one in found.items():
        figures = [round(one[key], 1) for key in ("p50", "p95", "p99")]
        lost = int(sum(each["lost"] for each in runs[name]))
        result.rows.append([name, rate, *figures, round(one["growth"], 2), lost])
        result.chart.append((f"{name}, {rate}/s", one["p99"]))
    if DIRECT in found and rate < FULL:
        for key in ("p50", "p99"):
            value = ratio(found[OURS][key], found[DIRECT][key])
            result.ratios.append(at_most(f"freshness {key} at {rate}/s / direct", value, 3))
    if rate >= FULL:
        result.ratios.append(
            at_most(f"backlog at {rate}/s: last third / first", found[OURS]["growth"], 1.5)
        )


async def _measured(load: Load, codes: list[str], rate: float) -> dict[str, float]:
    before, answers = await load.send(codes, rate)
    accepted = sum(answer.accepted for answer in answers)
    await load.contender.subscriber.reached(sum(before.values()) + accepted)
    sent = [(code.partition("-")[0], answer) for code, answer in zip(codes, answers, strict=True)]
    seconds = load.contender.subscriber.latencies(before, sent)
    if not seconds:
        raise RuntimeError(f"nothing was heard of {len(codes)} resolutions, {accepted} accepted")
    third = max(1, len(seconds) // 3)
    growth = median(seconds[-third:]) / median(seconds[:third])
    return {**percentiles(seconds), "growth": growth, "lost": accepted - len(seconds)}


async def _kill(result: Result, name: str, load: Load, codes: list[str]) -> None:
    """Half-way all its processes are killed at once and started again."""

    async def strike() -> None:
        await asyncio.sleep(len(codes) / KILL_RATE / 2)
        load.contender.kill()
        await load.contender.start()

    (before, answers), _ = await asyncio.gather(load.send(codes, KILL_RATE), strike())
    accepted = sum(answer.accepted for answer in answers)
    expected = sum(before.values()) + accepted
    await load.contender.subscriber.reached(expected, patience=20.0)
    lost = max(0, expected - load.contender.subscriber.counted)
    unanswered = sum(answer.status == 0 for answer in answers)
    result.notes.append(
        f"kill -9 of both processes of {name} half-way through {len(codes):,} requests at "
        f"{KILL_RATE}/s: {accepted:,} accepted in this load, {unanswered:,} without an answer; of "
        f"{expected:,} accepted in all, {lost:,} are missing in the last message of each agency. "
        f"{load.contender.after_a_kill}"
    )
    met = lost == 0 if name == OURS else None
    result.ratios.append(Ratio(f"accepted and lost by kill -9: {name}", lost, "0", met))
