"""Scoring that counts a repeated event as if it were news."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from faults import sessions

from motcua_events import Event
from motcua_scoring import projector
from motcua_scoring.app import SERVICE
from motcua_scoring.delta import Arrived, Move, State, move
from motcua_scoring.facts import Entity
from motcua_scoring.settings import ScoringSettings
from motcua_service.run import main


def counting_repeats(
    entity: Entity, before: State, arrived: Sequence[Arrived], applied_at: datetime
) -> Move | None:
    """What the entity comes to is added once more whenever one of its events comes again."""
    found = move(entity, before, arrived, applied_at)
    if found is not None:
        return found
    again = State(before.revision, before.shard, before.facts, {}, before.arrivals)
    last: Event = arrived[-1].event
    after = State(before.revision + 1, before.shard, before.facts, before.counted, before.arrivals)
    return Move(entity, again, after, last)


if __name__ == "__main__":
    sessions.shorten()
    projector.move = counting_repeats  # type: ignore[attr-defined]
    raise SystemExit(main(SERVICE, ScoringSettings))
