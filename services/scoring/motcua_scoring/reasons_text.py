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


@dataclass(frozen=True, slots=True)
class Explained:
    """Texts to join (group and key), the details they name, and the registers behind them."""

    texts: tuple[tuple[str, str], ...]
    registers: tuple[str, ...]
    details: Mapping[str, str] = field(default_factory=dict)


def fill(explained: Explained, rulebook: Rulebook) -> Text:
    """The texts in both languages, joined by a blank; a detail that is not known stays unnamed."""
    parts = [rulebook.texts[group][key] for group, key in explained.texts]
    details = explained.details
    return Text(
        vi=" ".join(Template(part.vi).safe_substitute(details) for part in parts),
        en=" ".join(Template(part.en).safe_substitute(details) for part in parts),
    )


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
