"""The report of fault runs, as Markdown: always in the same form, so that two can be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from faults.checker import PROMISES
from faults.run import Outcome
from faults.stages import STAGES, stage_name

Row = Sequence[object]

INTRODUCTION = """\
Writers post over HTTP and remember every accepted answer, while faults run on a seeded schedule: in
one lane those of processes, in one those of servers, and for each process a lane in which it is
killed at every stage of its work. So that more faults fit in, sessions with Kafka's groups end
after 4 seconds instead of 10, and the broker's own after 2 instead of 9. When all is quiet,
everything recorded, published, served, streamed and replayed is compared with the pure reference of
what was accepted."""


def report(outcomes: Sequence[Outcome], command: str, at: datetime) -> str:
    """What ran by which command, what broke, how often, and which promises were kept."""
    parts = [
        "# Fault runs",
        INTRODUCTION,
        f"Made by `{command}`, {at.astimezone(UTC):%Y-%m-%d}, on {outcomes[0].versions}.",
        verdict(outcomes),
        "## Runs",
        _runs(outcomes),
        "## Faults",
        _faults(outcomes),
        "## Stages at which each process was killed",
        _stages(outcomes),
        "## Promises",
        _promises(outcomes),
        *sorted({note for each in outcomes for note in each.notes}),
        *(f"```\n{each.details(20)}\n```" for each in outcomes if not each.ok),
    ]
    return "\n\n".join(parts) + "\n"


def verdict(outcomes: Sequence[Outcome]) -> str:
    """One sentence."""
    faults = sum((Counter(each.faults) for each in outcomes), Counter())
    broken = sum(not each.ok for each in outcomes)
    return (
        f"**{f'BROKEN in {broken} of the runs' if broken else 'Every promise kept'}**:"
        f" {len(outcomes)} seeds, {faults.total():,} faults of {len(faults)} kinds,"
        f" {sum(each.history.lines for each in outcomes):,} commands accepted,"
        f" {sum(len(each.evidence.stored) for each in outcomes):,} events recorded."
    )


def _runs(outcomes: Sequence[Outcome]) -> str:
    head = ["seed", "s", "faults", "requests", "tries", "sent again", "commands", "events",
            "messages", "evaluations compared", "s until quiet", "verdict"]  # fmt: skip
    return _table(head, (_run(each) for each in outcomes))


def _run(one: Outcome) -> Row:
    history, evidence = one.history, one.evidence
    return [
        str(one.seed), f"{one.lasted:.0f}", sum(one.faults.values()), history.requests,
        history.tries, history.repeated, history.lines, len(evidence.stored),
        len(evidence.messages),
        sum(map(len, evidence.served.values())), f"{one.quiet:.1f}",
        "kept" if one.ok else ", ".join(sorted(one.promises)) or "wrong answers",
    ]  # fmt: skip


def _faults(outcomes: Sequence[Outcome]) -> str:
    names = sorted({name for each in outcomes for name in each.kinds})
    head = ["fault", *(f"seed {each.seed}" for each in outcomes), "times"]
    counts = [[each.faults.get(name, 0) for each in outcomes] for name in names]
    return _table(head, ([name, *its, sum(its)] for name, its in zip(names, counts, strict=True)))


def _stages(outcomes: Sequence[Outcome]) -> str:
    stages = dict.fromkeys(stage for its in STAGES.values() for stage in its)

    def times(process: str, stage: str) -> object:
        if stage not in STAGES[process]:
            return ""
        return sum(each.faults.get(stage_name(process, stage), 0) for each in outcomes)

    rows = ([stage, *(times(process, stage) for process in STAGES)] for stage in stages)
    return _table(["kill -9 at", *STAGES], rows)


def _promises(outcomes: Sequence[Outcome]) -> str:
    kept = {name: sum(name not in each.promises for each in outcomes) for name in PROMISES}
    return _table(
        ["promise", "kept"], ([name, f"{n} of {len(outcomes)}"] for name, n in kept.items())
    )


def _table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(each) for each in line)} |" for line in lines)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
