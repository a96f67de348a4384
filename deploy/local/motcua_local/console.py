"""The terminal: one console, tables in one style, one line for an error."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

PLAIN_WIDTH = 120
"""Columns where the output is not a terminal."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)
err = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """One line; may carry rich markup."""
    out.print(text)


def tell(text: str) -> None:
    """One line of plain text, about something that happened."""
    out.print(f"[yellow]•[/] {escape(text)}", soft_wrap=True)


def fail(text: str) -> None:
    """The one line that says what went wrong."""
    err.print(f"[bold red]motcua:[/] {escape(text)}", soft_wrap=True)


def table(*columns: str, title: str | None = None, right: Sequence[str] = ()) -> Table:
    """An empty table; the columns named in ``right`` are aligned to the right."""
    made = Table(title=title, title_justify="left", header_style="bold", title_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left")
    return made
