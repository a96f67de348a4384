"""Dossier codes as the one-stop system gives them: agency, day, number of the day."""

from __future__ import annotations

from collections import Counter
from datetime import date


class Numbering:
    """Counts one agency's dossiers day by day: ``000.00.15.H53-201202-0007``."""

    def __init__(self, number: str) -> None:
        self._number = number
        self._days: Counter[date] = Counter()

    def code(self, day: date) -> str:
        """The next code of the day."""
        self._days[day] += 1
        return f"{self._number}-{day:%y%m%d}-{self._days[day]:04}"
