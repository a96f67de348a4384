"""A dossier's journey as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.markup import escape
from rich.table import Table

from motcua_worktime import VIETNAM

from .trace import Hop, Publication, Trace


def trace_table(trace: Trace) -> Table:
    """One row for each event: recorded → sent → applied → evaluation.changed, with durations.

    The last column numbers the traces; ``trace_legend`` says which is which.
    """
    made = Table(
        title=_title(trace),
        title_justify="left", title_style="bold", header_style="bold", box=box.SIMPLE_HEAD,
    )  # fmt: skip
    for column in ("happened", "event", "recorded", "→ sent", "→ applied", "→ evaluation.changed"):
        made.add_column(column, justify="right" if "→ " in column[:2] else "left")
    made.add_column("trace", justify="right")
    numbers = trace_numbers(trace.events)
    for hop in trace.events:
        made.add_row(
            clock(hop.happened_at, "%d/%m/%Y %H:%M"),
            f"{hop.service}: {hop.type.removesuffix('.v1')}",
            clock(hop.recorded_at, "%H:%M:%S"),
            seconds(hop.record_to_send_seconds),
            seconds(hop.send_to_apply_seconds),
            published(hop.published),
            str(numbers.get(hop.trace_id or "", "-")),
        )
    return made


def _title(trace: Trace) -> str:
    days = sorted({clock(hop.recorded_at, "%d/%m/%Y") for hop in trace.events})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"Dossier {escape(trace.dossier)}, recorded {when}, times in Vietnam"


def trace_numbers(hops: Sequence[Hop]) -> dict[str, int]:
    """The trace ids, numbered in the order in which they occur."""
    ids = dict.fromkeys(hop.trace_id for hop in hops if hop.trace_id)
    return {trace_id: number for number, trace_id in enumerate(ids, 1)}


def trace_legend(trace: Trace) -> list[str]:
    """One line for each trace: its number and its id."""
    return [f"trace {number}: {id_}" for id_, number in trace_numbers(trace.events).items()]


def clock(instant: datetime, pattern: str) -> str:
    """An instant in Vietnam."""
    return format(instant.astimezone(VIETNAM), pattern)


def seconds(duration: float | None) -> str:
    """A duration in milliseconds, or in seconds when it is longer than one."""
    if duration is None:
        return "[dim]-[/]"
    return f"+{duration * 1000:.0f} ms" if duration < 1 else f"+{duration:.2f} s"


def published(all_of_them: Sequence[Publication]) -> str:
    """The publication that names the event as its cause, else the first; and how many more."""
    if not all_of_them:
        return "[dim]-[/]"
    first = min(all_of_them, key=lambda each: (not each.caused, each.published_at))
    more = f" (+{len(all_of_them) - 1})" if len(all_of_them) > 1 else ""
    after = seconds(first.apply_to_publish_seconds)
    return f"{after} {first.agency} {first.period}{more}"
