"""What the demo prints: the table beside the published one, agencies in detail, the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from motcua_local.console import table
from motcua_local.simulator import Published

from .compare import CLASSES, LEVELS, classes_of

LEVEL_NAMES = {"province": "cấp tỉnh (sở)", "district": "cấp huyện", "commune": "cấp xã"}
COLOURS = {
    "xuất sắc": "bold green",
    "tốt": "green",
    "khá": "yellow",
    "trung bình": "dark_orange",
    "yếu": "red",
}


def classification(
    published: Published, served: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Table:
    """How many agencies are in each class: computed from the events / as published."""
    made = table("Level", "Agencies", *CLASSES, right=("Agencies", *CLASSES),
                 title=f"Tây Ninh {published.year}: computed / published")  # fmt: skip
    for level in LEVELS:
        counts, expected = classes_of(served[level]), published.levels[level]
        cells = [_pair(counts[name], expected.classes[name]) for name in CLASSES]
        agencies = _pair(len(served[level]), expected.agencies)
        made.add_row(LEVEL_NAMES[level], agencies, *cells)
    return made


def _pair(computed: int, published: int) -> str:
    colour = "green" if computed == published else "bold red"
    if computed == published == 0:
        return "[dim]-[/]"
    return f"[{colour}]{computed} / {published}[/]"


def named(published: Published, served: Mapping[str, Sequence[Mapping[str, Any]]]) -> Table:
    """The agencies that the announcement names, with their computed totals."""
    made = table("Named agency", "Published", "Computed", "Total", right=("Total",))
    for level in LEVELS:
        by_name = {item["name"]: item for item in served[level]}
        for name, agencies in published.levels[level].named.items():
            for agency in agencies:
                item = by_name.get(agency, {"classification": "-", "total": 0.0})
                computed = item["classification"]
                colour = COLOURS.get(computed, "red")
                made.add_row(agency, name, f"[{colour}]{computed}[/]", f"{item['total']:.1f}")
    return made


def survey(published: Published, counts: Mapping[str, int]) -> Table:
    """The satisfaction survey's counts beside the published ones."""
    made = table("Satisfaction survey", "Computed / published", right=("Computed / published",))
    for answer, expected in published.satisfaction_survey.counts.items():
        made.add_row(answer, _pair(counts.get(answer, 0), expected))
    made.add_row("answers", _pair(sum(counts.values()), published.satisfaction_survey.answers))
    return made


def detail(evaluation: Mapping[str, Any], lost: Mapping[int, Mapping[str, Any]]) -> Table:
    """One agency's nine indices with the reason, and a lost point explained."""
    colour = COLOURS[evaluation["classification"]]
    title = (
        f"{escape(evaluation['name'])}: {evaluation['total']:.1f} of 18, "
        f"[{colour}]{evaluation['classification']}[/]"
    )
    made = table("#", "Index", "Score", "Why", title=title, right=("#", "Score"))
    for index in evaluation["indices"]:
        score = "-" if index["score"] is None else f"{index['score']:.1f}"
        why = escape(index["reason"]["en"])
        if index["index"] in lost:
            why += "\n" + _lost(lost[index["index"]])
        made.add_row(str(index["index"]), index["name"]["en"], score, why)
    return made


def _lost(entity: Mapping[str, Any]) -> str:
    point = entity["point"]
    scored = "" if point["points"] is None else f": {point['points']}"
    return (
        f"[dim]e.g. {entity['kind']} {escape(entity['id'])}{scored}, "
        f"{escape(point['reason']['en'])} ({escape(point['article'])})[/]"
    )


def numbers(rows: Mapping[str, str]) -> Table:
    """What was processed, and how fast."""
    made = table("Processed", "", right=("",))
    for name, value in rows.items():
        made.add_row(name, value)
    return made
