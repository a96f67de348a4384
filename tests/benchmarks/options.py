"""What a run is told."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Sizes of a run. ``peers`` is the Python that has the peers' packages; None leaves them out.

    ``rates`` are requests a second; ``seconds`` is how long each load lasts.
    """

    events: int = 1_000_000
    sourcing_events: int = 20_000
    repetitions: int = 3
    seconds: float = 20.0
    rates: tuple[int, ...] = (50, 500, 2_000)
    dossiers: tuple[int, ...] = (10_000, 100_000)
    processes: tuple[int, ...] = (1, 2, 3)
    rows: int = 50_000
    peers: str | None = None
    python: str = sys.executable
