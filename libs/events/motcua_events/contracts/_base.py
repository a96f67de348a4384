"""What every event's data has in common: a versioned type, a topic, and the entity it is about."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\s/\x00-\x1f\x7f]+$")]
"""A code as its owner wrote it, never normalised; no blanks, slashes or control characters."""

Name = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
"""Texts without the null character, which PostgreSQL cannot store."""

Instant = AwareDatetime
LimitUnit = Literal["WORKING_DAY", "DAY", "HOUR"]


class Value(BaseModel):
    """An immutable value object. Unknown fields are refused when it is made here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(Value):
    """A legal or agreed time limit, in the unit it was published in."""

    amount: Annotated[int, Field(ge=1, le=3650)]
    unit: LimitUnit = "WORKING_DAY"


class Deadline(Value):
    """A due date with the window that counts as "equal", in the unit of the limit.

    An act at or before ``early_until`` is shorter, after ``late_after`` longer, in between equal.
    For working and calendar days the window is the due day in Vietnam time; for hours it is the
    last working hour before ``due_at``.
    """

    due_at: Instant
    unit: LimitUnit
    early_until: Instant
    late_after: Instant


class EventData(Value):
    """The data of one event. Subclasses name their CloudEvents type, their topic and their entity.

    ``TYPE`` ends in the contract's version. ``TOPIC`` is the Kafka topic, or None for an event that
    stays inside its service. ``KIND`` names the entity and ``ENTITY`` the field that holds its id.
    """

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str | None]
    KIND: ClassVar[str]
    ENTITY: ClassVar[str]

    @property
    def entity(self) -> str:
        """The entity's id: also the CloudEvents subject."""
        return str(getattr(self, self.ENTITY))

    @property
    def stream(self) -> str:
        """The stream in the producing service's event store: ``kind/id``."""
        return f"{self.KIND}/{self.entity}"

    @property
    def key(self) -> str:
        """The Kafka key: order holds among events of one key."""
        return self.entity
