"""What moves feedback beside requests and timers: the sectors of intake's dossiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from motcua_events import Connection
from motcua_events.consumer import Received
from motcua_events.contracts import ComplaintRaised, DossierReceived, IntakeStamp, SectorAwaited
from motcua_events.event import Event
from motcua_service.decider import Command
from motcua_service.handler import CommandHandler

from .commands import NoteSector
from .domain import State
from .domain_feedback import Context

INTAKE_TOPIC = "intake.dossiers"
NAMING = [ComplaintRaised.TYPE, SectorAwaited.TYPE]
NAMED_BY = """
select distinct key as dossier, data ->> 'feedback' as feedback from events
where stream = any($1::text[]) and type = any($2::text[])
"""

Handler = CommandHandler[Command, State, Context]


class SectorNotes:
    """Takes note of dossiers' sectors; feedback that takes one of them is told again with it."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def apply(self, conn: Connection, received: Sequence[Received]) -> None:
        """Note a batch in the consumer's transaction.

        A version conflict with a request rolls the batch back; the consumer runs it again.
        """
        commands = noting(each.event for each in received)
        if commands:
            named = await _named_by(conn, [each.dossier for each in commands])
            await self._handler.run([_naming(each, named) for each in commands], conn=conn)


def noting(events: Iterable[Event]) -> list[NoteSector]:
    """What the latest record of each dossier among the events says of its sector."""
    found: dict[str, NoteSector] = {}
    for event in events:
        data = event.data
        if isinstance(data, DossierReceived):
            stamp = IntakeStamp(time=event.time, event=event.id)
            known = found.get(data.dossier)
            if known is None or known.stamp.order < stamp.order:
                found[data.dossier] = NoteSector(
                    dossier=data.dossier, sector=data.sector, stamp=stamp
                )
    return list(found.values())


async def _named_by(conn: Connection, dossiers: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """The feedback that names each of the dossiers, where there is any."""
    streams = [f"dossier/{dossier}" for dossier in dossiers]
    found: dict[str, frozenset[str]] = {}
    for row in await conn.fetch(NAMED_BY, streams, NAMING):
        found[row["dossier"]] = found.get(row["dossier"], frozenset()) | {row["feedback"]}
    return found


def _naming(command: NoteSector, named: Mapping[str, frozenset[str]]) -> NoteSector:
    feedback = named.get(command.dossier)
    return command if feedback is None else command.model_copy(update={"named_by": feedback})
