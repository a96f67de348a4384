"""Which rulebook an evaluation is made under. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .periods import Period
from .rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Rulebooks:
    """All rulebooks known by id, and those in force: the first of these is the fallback."""

    known: Mapping[str, Rulebook]
    in_force: tuple[Rulebook, ...]

    @classmethod
    def of(cls, known: Mapping[str, Rulebook], in_force: Sequence[str]) -> Rulebooks:
        """Raises ValueError for an id that is not known, or if none is in force."""
        missing = [name for name in in_force if name not in known]
        if missing or not in_force:
            names = ", ".join(missing) or "none given"
            raise ValueError(f"unknown rulebook: {names}; known are {', '.join(sorted(known))}")
        return cls(known, tuple(known[name] for name in in_force))

    def valid_for(self, period: Period) -> Rulebook:
        """The rulebook valid on the period's last day; the fallback where none was."""
        found = (each for each in self.in_force if each.is_valid_on(period.last_day))
        return next(found, self.in_force[0])
