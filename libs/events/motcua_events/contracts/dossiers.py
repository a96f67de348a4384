"""What intake knows of a dossier: reception, contacts, and the ends that are not a resolution."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from ._base import Code, Deadline, EventData, Instant, Limit, LimitUnit, Reason, Value

Channel = Literal["direct", "online", "postal"]
Place = Literal["one_stop_unit", "other"]
Fault = Literal["applicant", "agency", "unstated"]


class IntakeStamp(Value):
    """Which of intake's events said something: of two the later by (time, event) holds."""

    time: Instant
    event: str

    @property
    def order(self) -> tuple[datetime, str]:
        """What decides between two of them."""
        return (self.time, self.event)


class IntakeDossierEvent(EventData):
    """Base of intake's dossier events."""

    TOPIC: ClassVar[str | None] = "intake.dossiers"
    KIND: ClassVar[str] = "dossier"
    ENTITY: ClassVar[str] = "dossier"

    dossier: Code


class DossierReceived(IntakeDossierEvent):
    """A dossier was received, with its agency roles (participating agencies come with steps).

    ``unit`` belongs to an appointment (a deadline without a limit): what it is compared in, as it
    was given or as the procedure has it; None while neither is known and working days are assumed.
    """

    TYPE: ClassVar[str] = "dossier.received.v1"

    procedure: Code
    sector: Code | None = None
    receiving: Code
    resolving: Code
    channel: Channel = "direct"
    received_at: Instant
    limit: Limit | None = None
    unit: LimitUnit | None = None
    deadline: Deadline | None = None


class DossierCorrected(DossierReceived):
    """The whole reception record again, as it should have been; replaces the former one."""

    TYPE: ClassVar[str] = "dossier.corrected.v1"

    reason: Reason


class DossierRestarted(IntakeDossierEvent):
    """Returned for completion before acceptance: the clock starts again from zero.

    ``unit`` is that of the limit or of the new appointment; None while working days are assumed.
    """

    TYPE: ClassVar[str] = "dossier.restarted.v1"

    restarted_at: Instant
    unit: LimitUnit | None = None
    deadline: Deadline | None = None


class ContactMade(IntakeDossierEvent):
    """The applicant had to contact a body to complete the dossier (indices 3 and 4)."""

    TYPE: ClassVar[str] = "contact.made.v1"

    contact: Code
    body: Code
    place: Place
    made_at: Instant
    online: bool = False
    fault: Fault = "unstated"
    required_by_law: bool = False


class ContactCorrected(ContactMade):
    """The whole contact record again, as it should have been; ``needed`` false takes it away."""

    TYPE: ClassVar[str] = "contact.corrected.v1"

    needed: bool = True
    reason: Reason


class DossierRefused(IntakeDossierEvent):
    """The dossier was refused: it leaves indices 1, 2, 3, 4 and 7."""

    TYPE: ClassVar[str] = "dossier.refused.v1"

    refused_at: Instant
    reason: Reason


class DossierWithdrawn(IntakeDossierEvent):
    """The applicant withdrew the dossier."""

    TYPE: ClassVar[str] = "dossier.withdrawn.v1"

    withdrawn_at: Instant
    reason: Reason | None = None


class DossierStopped(IntakeDossierEvent):
    """Resolution was stopped for a legal reason."""

    TYPE: ClassVar[str] = "dossier.stopped.v1"

    stopped_at: Instant
    reason: Reason


class DossierReopened(IntakeDossierEvent):
    """A refusal, withdrawal or stop was a mistake or ended: the dossier counts again."""

    TYPE: ClassVar[str] = "dossier.reopened.v1"

    reopened_at: Instant
    reason: Reason
