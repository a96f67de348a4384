"""``motcua show``: an agency's nine indices with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from .console import table


def evaluation_table(evaluation: Mapping[str, Any]) -> Table:
    """The nine indices, what was counted, and why each has its score."""
    asked = evaluation["asked"]
    title = (
        f"{escape(evaluation['name'] or evaluation['agency'])}, {asked['period']} "
        f"({asked['basis']}, {asked['rulebook']['id']} {asked['rulebook']['version']}): "
        f"{evaluation['total']:.1f}, {evaluation['classification']}, "
        f"{evaluation['counted']} of 9 indices"
    )
    made = table("#", "Index", "Score", "Why", "Article", title=title, right=("#", "Score"))
    for index in evaluation["indices"]:
        score = "-" if index["score"] is None else f"{index['score']:.1f}"
        name, why = index["name"]["en"], index["reason"]["en"]
        made.add_row(str(index["index"]), name, score, escape(why), escape(index["article"]))
    return made


def freshness_line(evaluation: Mapping[str, Any]) -> str:
    """How far behind the streams the figure is."""
    freshness = evaluation["freshness"]
    behind = freshness["events_behind"]
    streams = "the streams are out of reach" if behind is None else f"{behind} events behind"
    parked = freshness["events_parked"]
    aside = f", {parked} events are parked (motcua parked list)" if parked else ""
    return f"as of {freshness['as_of']}, {streams}{aside}"
