"""What the simulator hands over."""

from __future__ import annotations

from dataclasses import dataclass, field

from .data import Line


@dataclass(slots=True)
class Load:
    """The commands for each service. ``catalogue`` also goes to intake, before anything else."""

    centre: str
    names: dict[str, str]
    catalogue: list[Line] = field(default_factory=list)
    intake: list[Line] = field(default_factory=list)
    workflow: list[Line] = field(default_factory=list)
    feedback: list[Line] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """How many commands there are in all."""
        return sum(map(len, (self.catalogue, self.intake, self.workflow, self.feedback)))
