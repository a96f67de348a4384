"""What a run is told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from .figures import Result


def nothing(_: Result) -> None:
    """Keeps no result."""


@dataclass(frozen=True, slots=True)
class Options:
    """Sizes of a run. ``peers`` is the Python that has the peers' packages; None leaves them out.

    ``rates`` are requests a second; ``seconds`` is how long each load lasts; ``cap`` is how long a
    contender may take for a log. ``keep`` takes what is known so far. ``contenders`` of the replay
    are all where none is named.
    """

    events: int = 1_000_000
    large_events: int = 10_000_000
    sourcing_events: int = 20_000
    repetitions: int = 3
    seconds: float = 20.0
    rates: tuple[int, ...] = (50, 500, 2_000)
    dossiers: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    processes: tuple[int, ...] = (1, 2, 3)
    rows: int = 50_000
    scaling_events: int = 1_000_000
    stored: float = 0.2
    cap: float = 900.0
    contenders: tuple[str, ...] = ()
    peers: str | None = None
    python: str = sys.executable
    keep: Callable[[Result], None] = nothing
