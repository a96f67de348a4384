"""Everything intake can be told: one class per command, the same for single requests and bulk.

A bulk line names its command in ``do``; a single endpoint already knows it.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from .catalogue import (
    ALL_CALENDARS,
    CatalogueCommand,
    DefineCalendar,
    ListProcedure,
    OfficeHours,
    OverrideDay,
    RegisterAgency,
    RegisterProcedure,
)
from .dossiers import (
    ContactCommand,
    CorrectContact,
    CorrectDossier,
    DossierCommand,
    EndingCommand,
    ReceiveDossier,
    RecordContact,
    RefuseDossier,
    ReopenDossier,
    RestartDossier,
    StopDossier,
    WithdrawDossier,
)
from .fields import Command, GivenLimit

AnyCommand = Annotated[CatalogueCommand | DossierCommand, Field(discriminator="do")]
COMMANDS: TypeAdapter[Any] = TypeAdapter(AnyCommand)
"""Validates one bulk line by its ``do``."""

__all__ = [
    "ALL_CALENDARS",
    "COMMANDS",
    "AnyCommand",
    "CatalogueCommand",
    "Command",
    "ContactCommand",
    "CorrectContact",
    "CorrectDossier",
    "DefineCalendar",
    "DossierCommand",
    "EndingCommand",
    "GivenLimit",
    "ListProcedure",
    "OfficeHours",
    "OverrideDay",
    "ReceiveDossier",
    "RecordContact",
    "RefuseDossier",
    "RegisterAgency",
    "RegisterProcedure",
    "ReopenDossier",
    "RestartDossier",
    "StopDossier",
    "WithdrawDossier",
]
