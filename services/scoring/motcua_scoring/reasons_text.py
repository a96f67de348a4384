"""Fills the texts of a rulebook with the details of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from string import Template

from motcua_events.contracts import Deadline

from .periods import VIETNAM
from .rulebook import Rulebook
from .rulebook_texts import Text

Details = Mapping[str, str | Text]
"""What a text names with ``$name``; a text among them comes in the same language."""


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a rulebook, by group and key, and the details that it names."""

    group: str
    key: str
    details: Details = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explained:
    """The texts to join, and the registers behind them."""

    said: tuple[Said, ...]
    registers: tuple[str, ...]


def fill(explained: Explained, rulebook: Rulebook) -> Text:
    """The texts in both languages, joined by a blank; a detail that is not known stays unnamed."""
    filled = [_filled(each, rulebook) for each in explained.said]
    return Text(vi=" ".join(part.vi for part in filled), en=" ".join(part.en for part in filled))


def _filled(said: Said, rulebook: Rulebook) -> Text:
    text, details = rulebook.texts[said.group][said.key], said.details.items()
    vi = {name: each.vi if isinstance(each, Text) else each for name, each in details}
    en = {name: each.en if isinstance(each, Text) else each for name, each in details}
    return Text(vi=Template(text.vi).safe_substitute(vi), en=Template(text.en).safe_substitute(en))


def at_text(instant: datetime) -> str:
    """An instant as it is written in Vietnam: ``31/12/2020 16:30``."""
    try:
        local = instant.astimezone(VIETNAM)
    except OverflowError:
        local = instant
    return f"{local.day:02}/{local.month:02}/{local.year:04} {local.hour:02}:{local.minute:02}"


def due_text(deadline: Deadline) -> str:
    """A due date: the day alone for limits in days, with the time for limits in hours."""
    text = at_text(deadline.due_at)
    return text if deadline.unit == "HOUR" else text.split(" ", maxsplit=1)[0]
