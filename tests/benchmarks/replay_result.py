"""What the replay says: its table, its targets and its chart. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .figures import Ratio, Result, at_least, medians, ratio
from .racers import ALL, BYTEWAX, FLOOR, OURS, QUIX, SOURCING, STREAMS, STREAMS_ONCE, Racer

COLUMNS = [
    "contender", "runs", "events", "events/s", "CPU s per million",
    "servers' CPU s per million", "peak MiB", "of the floor",
]  # fmt: skip
Runs = Mapping[str, Sequence[Mapping[str, float]]]


def told(name: str, events: int, dossiers: int, runs: Runs, notes: Mapping[str, str]) -> Result:
    """The result of the runs so far."""
    result = Result(
        name, f"Replay of {events:,} events of {dossiers:,} dossiers", COLUMNS,
        unit="events/s", notes=list(notes.values()),
    )  # fmt: skip
    found = {one.name: medians(runs[one.name]) for one in ALL if runs.get(one.name)}
    floor = found.get(FLOOR.name, {}).get("rate")
    for contender, one in found.items():
        share = ratio(one["rate"], floor)
        result.rows.append(
            [contender, len(runs[contender]), int(one["events"]), round(one["rate"]),
             round(one["cpu"], 1), round(one["servers"], 1) or None, round(one["peak"]),
             share and round(share, 3)]
        )  # fmt: skip
        result.chart.append((contender, one["rate"]))
        if not all(each["complete"] for each in runs[contender]):
            result.notes.append(f"{contender} was stopped before the end of the log")
    result.ratios = _ratios(found, at=f"{events:,} events")
    return result


def _ratios(found: Mapping[str, Mapping[str, float]], at: str) -> list[Ratio]:
    def against(peer: Racer, key: str) -> float | None:
        return ratio(found.get(OURS.name, {}).get(key), found.get(peer.name, {}).get(key))

    def whole(racer: Racer) -> float | None:
        one = found.get(racer.name)
        return None if one is None else one["cpu"] + one["servers"]

    wanted = [(FLOOR, 0.4), (SOURCING, 20), (BYTEWAX, 1), (QUIX, 1)]
    rates = [
        at_least(f"replay / {peer.name}, {at}", against(peer, "rate"), least)
        for peer, least in wanted if peer.name in found or peer is FLOOR
    ]  # fmt: skip
    cores = [
        each
        for peer in (STREAMS, STREAMS_ONCE) if peer.name in found
        for each in (
            at_least(f"replay / {peer.name}, {at}", against(peer, "rate"), 1),
            at_least(f"replay / {peer.name}, per CPU second with the servers', {at}",
                     ratio(whole(peer), whole(OURS)), 1),
        )
    ]  # fmt: skip
    return [*rates, *cores]
