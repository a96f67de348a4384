"""Commands about a dossier: reception, correction, restart, contacts, and its other ends."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from .due import instead_of_limit, kept, not_before, with_due_at
from .fields import (
    ChannelField,
    CodeField,
    Command,
    FaultField,
    Flag,
    GivenLimit,
    InstantField,
    PlaceField,
    ReasonField,
    UnitField,
)

CORRECTABLE = (
    "procedure", "sector", "receiving", "resolving", "channel",
    "received_at", "limit", "due_at", "unit",
)  # fmt: skip
"""The fields of a reception that a correction may name."""


class ReceiveDossier(Command):
    """Record a reception. The due date is ``due_at``, or counted from ``limit`` or the procedure's.

    ``unit`` says how an appointment given as ``due_at`` is compared (default: the procedure's
    unit, else working days).
    """

    do: Literal["receive_dossier"] = "receive_dossier"
    dossier: CodeField
    procedure: CodeField
    sector: CodeField | None = None
    receiving: CodeField
    resolving: CodeField
    channel: ChannelField = "direct"
    received_at: InstantField
    limit: GivenLimit | None = None
    due_at: InstantField | None = None
    unit: UnitField | None = None

    _alone = field_validator("due_at")(instead_of_limit)
    _in_order = field_validator("due_at")(not_before("received_at"))
    _belongs = field_validator("unit")(with_due_at)


class CorrectDossier(Command):
    """Correct any part of a reception: name only what changes.

    ``limit`` or ``due_at`` null counts the due date from the procedure's limit again; ``sector``
    null takes the procedure's.
    """

    do: Literal["correct_dossier"] = "correct_dossier"
    dossier: CodeField
    reason: ReasonField
    procedure: CodeField | None = None
    sector: CodeField | None = None
    receiving: CodeField | None = None
    resolving: CodeField | None = None
    channel: ChannelField | None = None
    received_at: InstantField | None = None
    limit: GivenLimit | None = None
    due_at: InstantField | None = None
    unit: UnitField | None = None

    _alone = field_validator("due_at")(instead_of_limit)
    _belongs = field_validator("unit")(with_due_at)
    _stay = field_validator("procedure", "receiving", "resolving", "channel", "received_at")(kept)

    @property
    def named(self) -> frozenset[str]:
        """The fields this correction speaks of, those set to null included."""
        return frozenset(self.model_fields_set.intersection(CORRECTABLE))

    @model_validator(mode="after")
    def _coherent(self) -> CorrectDossier:
        if not self.named:
            raise PydanticCustomError(
                "empty", "name at least one of {fields}", {"fields": ", ".join(CORRECTABLE)}
            )
        return self


class RestartDossier(Command):
    """Returned for completion before acceptance: the clock starts again from zero.

    ``due_at`` is the new appointment; without it the limit is counted again from ``restarted_at``.
    """

    do: Literal["restart_dossier"] = "restart_dossier"
    dossier: CodeField
    restarted_at: InstantField
    due_at: InstantField | None = None
    unit: UnitField | None = None

    _in_order = field_validator("due_at")(not_before("restarted_at"))
    _belongs = field_validator("unit")(with_due_at)


class RecordContact(Command):
    """The applicant had to contact a body to complete the dossier (indices 3 and 4)."""

    do: Literal["record_contact"] = "record_contact"
    dossier: CodeField
    contact: CodeField
    body: CodeField
    place: PlaceField
    made_at: InstantField
    online: Flag = False
    fault: FaultField = "unstated"
    required_by_law: Flag = False


class CorrectContact(Command):
    """The whole contact as it should have been; ``needed`` false takes it away."""

    do: Literal["correct_contact"] = "correct_contact"
    dossier: CodeField
    contact: CodeField
    body: CodeField
    place: PlaceField
    made_at: InstantField
    online: Flag = False
    fault: FaultField = "unstated"
    required_by_law: Flag = False
    needed: Flag = True
    reason: ReasonField


class RefuseDossier(Command):
    """The dossier is refused: it leaves indices 1, 2, 3, 4 and 7."""

    do: Literal["refuse_dossier"] = "refuse_dossier"
    dossier: CodeField
    refused_at: InstantField
    reason: ReasonField


class WithdrawDossier(Command):
    """The applicant withdraws the dossier."""

    do: Literal["withdraw_dossier"] = "withdraw_dossier"
    dossier: CodeField
    withdrawn_at: InstantField
    reason: ReasonField | None = None


class StopDossier(Command):
    """Resolution is stopped for a legal reason."""

    do: Literal["stop_dossier"] = "stop_dossier"
    dossier: CodeField
    stopped_at: InstantField
    reason: ReasonField


class ReopenDossier(Command):
    """A refusal, withdrawal or stop was a mistake or ended: the dossier counts again."""

    do: Literal["reopen_dossier"] = "reopen_dossier"
    dossier: CodeField
    reopened_at: InstantField
    reason: ReasonField


ContactCommand = RecordContact | CorrectContact
EndingCommand = RefuseDossier | WithdrawDossier | StopDossier | ReopenDossier
DossierCommand = ReceiveDossier | CorrectDossier | RestartDossier | ContactCommand | EndingCommand
