"""Intake's decider: which streams a command reads, and what it records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from motcua_events.event import Change, Event
from motcua_intake.commands import (
    CatalogueCommand,
    CorrectContact,
    CorrectDossier,
    EndingCommand,
    ReceiveDossier,
    RecordContact,
    RestartDossier,
)
from motcua_service.decider import Command

from .catalogue import data_of, register, settle_listing
from .contacts import correct_contact, record_contact
from .correction import correct, settle
from .dossier import Dossier
from .endings import end
from .index import Index
from .reception import receive
from .restart import restart
from .terms import Entry, Terms

State: TypeAlias = Dossier | Entry
DOSSIER = "dossier/"
_NO_DOSSIER, _NO_ENTRY = Dossier(), Entry()


class SettleDossier(Command):
    """Intake's own command: the procedure of a waiting dossier may be known now."""

    dossier: str


class SettleListing(Command):
    """Intake's own command: the procedure of a listing without a sector may be known now."""

    agency: str
    procedure: str

    @property
    def stream(self) -> str:
        """The listing's stream."""
        return f"listing/{self.agency} {self.procedure}"


AboutDossier: TypeAlias = (
    ReceiveDossier
    | RecordContact
    | CorrectDossier
    | CorrectContact
    | RestartDossier
    | EndingCommand
    | SettleDossier
)
Told: TypeAlias = AboutDossier | CatalogueCommand | SettleListing


@dataclass(frozen=True)
class Context:
    """What decisions need beside the streams."""

    now: datetime


class Intake:
    """The decider (see ``motcua_service.decider``).

    It keeps the ``index`` up with the procedures and agencies of the commands it is asked to
    decide, before they are decided: a later line of the same bulk finds them.
    """

    def __init__(self, index: Index | None = None) -> None:
        self.index = index if index is not None else Index()

    def streams(self, command: Told) -> Collection[str]:
        """The dossier and what its due date depends on; for the catalogue the entry itself."""
        if not isinstance(command, AboutDossier):
            return self._catalogue_streams(command)
        match command:
            case ReceiveDossier() | CorrectDossier():
                depends = self.index.streams(command.procedure, command.resolving)
            case RestartDossier() | SettleDossier():
                depends = self.index.streams(None, None)
            case _:
                depends = []
        return (f"{DOSSIER}{command.dossier}", *depends)

    def _catalogue_streams(self, command: CatalogueCommand | SettleListing) -> Collection[str]:
        if isinstance(command, SettleListing):
            return (command.stream, *self.index.streams(command.procedure, None))
        data = data_of(command)
        self.index.note(data)
        return (data.stream,)

    def initial(self, stream: str) -> State:
        """Nothing known yet."""
        return _NO_DOSSIER if stream.startswith(DOSSIER) else _NO_ENTRY

    def evolve(self, state: State, event: Event) -> State:
        """The state after one more event."""
        return state.with_event(event)

    def decide(
        self, states: Mapping[str, State], command: Told, context: Context
    ) -> Sequence[Change]:
        """What the command records. Raises Refusal."""
        terms = Terms(states, self.index)
        if isinstance(command, AboutDossier):
            dossier = states[f"{DOSSIER}{command.dossier}"]
            assert isinstance(dossier, Dossier)
            return _decide(command, dossier, terms, context.now)
        if isinstance(command, SettleListing):
            return settle_listing(_entry(states, command.stream), terms, context.now)
        return register(command, _entry(states, data_of(command).stream), terms, context.now)


def _entry(states: Mapping[str, State], stream: str) -> Entry:
    entry = states[stream]
    assert isinstance(entry, Entry)
    return entry


def _decide(
    command: AboutDossier, dossier: Dossier, terms: Terms, now: datetime
) -> Sequence[Change]:
    match command:
        case ReceiveDossier():
            return receive(command, dossier, terms, now)
        case CorrectDossier():
            return correct(command, dossier, terms, now)
        case RestartDossier():
            return restart(command, dossier, terms, now)
        case SettleDossier():
            return settle(dossier, terms, now)
        case _:
            return _without_terms(command, dossier, now)


def _without_terms(command: AboutDossier, dossier: Dossier, now: datetime) -> Sequence[Change]:
    match command:
        case RecordContact():
            return record_contact(command, dossier, now)
        case CorrectContact():
            return correct_contact(command, dossier, now)
        case _:
            assert isinstance(command, EndingCommand)
            return end(command, dossier, now)
