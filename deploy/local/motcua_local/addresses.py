"""Where everything answers, as a table."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from motcua_local.console import table
from motcua_local.running.state import State


def addresses(state: State) -> Table:
    """The services' API pages, the live page, the database and the broker."""
    made = table("What", "Address")
    for name, url in state.services.items():
        made.add_row(name, f"{url}/docs")
    made.add_row("live page", f"[bold]{state.url('scoring')}/[/]")
    made.add_row("PostgreSQL", escape(state.database))
    made.add_row("Kafka", state.broker)
    made.add_row("data folder", escape(str(state.data)))
    return made
