"""Dossiers that end without a resolution, and those that come in before the year is out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from . import clock
from .data import Line

ENDINGS = {
    "refuse_dossier": ("refused_at", "Hồ sơ không thuộc thẩm quyền giải quyết"),
    "withdraw_dossier": ("withdrawn_at", "Người nộp xin rút hồ sơ"),
    "stop_dossier": ("stopped_at", "Dừng giải quyết theo quy định của pháp luật"),
}


def ending(random: Random, code: str, received: datetime) -> Iterator[Line]:
    """A refusal, a withdrawal or a stop within the first hours."""
    do, (field, reason) = random.choice(tuple(ENDINGS.items()))
    at = received + timedelta(minutes=random.randint(5, 50))
    yield {"do": do, "dossier": code, field: clock.text(at), "reason": reason}
