"""Progress of operations: a bar in a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from . import console

Step = Callable[[str], None]
"""Told before each step, with a few words."""

Amount = Callable[[int, int], None]
"""Told how much of how much is done."""


@contextmanager
def steps(total: int) -> Iterator[Step]:
    """A bar over a known number of steps, each told when it begins."""
    with _shown(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()) as progress:
        task = progress.add_task("starting", total=total + 1)
        yield lambda text: progress.update(task, description=text, advance=1)


@contextmanager
def amount(text: str) -> Iterator[Amount]:
    """A bar over an amount that is told as it grows."""
    with _shown(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    ) as progress:
        task = progress.add_task(text, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _shown(*columns: TextColumn | BarColumn | MofNCompleteColumn | TimeElapsedColumn) -> Progress:
    return Progress(
        *columns, console=console.err, transient=True, disable=not console.err.is_terminal
    )
