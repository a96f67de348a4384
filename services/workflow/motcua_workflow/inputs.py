"""What moves workflow beside requests: intake's dossiers, the catalogue's calendars, timers.

Every one of them becomes commands of the same handler, a whole batch in one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from motcua_events import Connection
from motcua_events.consumer import Received
from motcua_events.event import Event
from motcua_service.calendars import CALENDAR_TYPES, CalendarBook
from motcua_service.deadlines import Due
from motcua_service.handler import CommandHandler

from .domain import Dossier
from .domain_commands import Command, Context, NoteIntake, PassDeadlines
from .domain_intake import NOTED

INTAKE_TOPIC = "intake.dossiers"
REFRESH_SECONDS = 5.0

Handler = CommandHandler[Command, Dossier, Context]


class IntakeNotes:
    """Takes note of intake's dossier events: one event a dossier and batch, if anything is new."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def apply(self, conn: Connection, received: Sequence[Received]) -> None:
        """Note a batch in the consumer's transaction.

        A version conflict with a request rolls the batch back; the consumer runs it again.
        """
        commands = noting(each.event for each in received)
        if commands:
            await self._handler.run(commands, conn=conn)


def noting(events: Iterable[Event]) -> list[NoteIntake]:
    """One command for each dossier of which intake's events say something workflow needs."""
    by_dossier: dict[str, list[Event]] = {}
    for event in events:
        if isinstance(event.data, NOTED):
            by_dossier.setdefault(event.data.dossier, []).append(event)
    return [NoteIntake(dossier, tuple(found)) for dossier, found in by_dossier.items()]


class CalendarKeeper:
    """Keeps the calendars as the catalogue has them.

    Beside what this process consumes it reads them every 5 seconds, for what another process of
    the service consumed.
    """

    def __init__(self, book: CalendarBook) -> None:
        self._book = book

    async def apply(self, conn: Connection, received: Sequence[Received]) -> None:
        """Keep a batch's calendar records in the consumer's transaction."""
        await self._book.apply(conn, [each.event for each in received])

    async def applied(self, received: Sequence[Received]) -> None:
        """Compute with the new calendars from now on."""
        if any(isinstance(each.event.data, CALENDAR_TYPES) for each in received):
            await self._book.reload()

    async def refresh(self) -> None:
        """Read the calendars again and again, until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            await self._book.reload()


class DeadlineWatch:
    """Turns timers that ran out into commands."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def fire(self, due: Sequence[Due]) -> None:
        """Announce the deadlines that have passed; what is not open any more records nothing."""
        subjects: dict[str, set[str]] = {}
        for each in due:
            subjects.setdefault(each.id, set()).add(each.subject)
        await self._handler.run(
            [PassDeadlines(dossier, frozenset(found)) for dossier, found in subjects.items()]
        )
