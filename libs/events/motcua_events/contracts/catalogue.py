"""The catalogue that intake keeps: agencies, procedures, what each agency lists, calendars."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ._base import Code, EventData, Limit, Name, Value

Level = Literal["province", "district", "commune"]
CATALOGUE = "intake.catalogue"


class AgencyRegistered(EventData):
    """An agency as it stands; a later registration of the same code replaces it."""

    TYPE: ClassVar[str] = "agency.registered.v1"
    TOPIC: ClassVar[str | None] = CATALOGUE
    KIND: ClassVar[str] = "agency"
    ENTITY: ClassVar[str] = "agency"

    agency: Code
    name: Name
    level: Level
    parent: Code | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: tuple[Code, ...] = ()
    successors: tuple[Code, ...] = ()
    other_codes: tuple[Code, ...] = ()
    calendar: Code | None = None


class ProcedureRegistered(EventData):
    """A procedure and its legal limit; a later registration of the same code replaces it."""

    TYPE: ClassVar[str] = "procedure.registered.v1"
    TOPIC: ClassVar[str | None] = CATALOGUE
    KIND: ClassVar[str] = "procedure"
    ENTITY: ClassVar[str] = "procedure"

    procedure: Code
    name: Name
    sector: Code
    sector_name: Name | None = None
    limit: Limit | None = None


class ListingChanged(EventData):
    """How one agency lists one procedure from a day on: the state behind indices 5, 6 and 9.

    Every state is kept by its ``effective_from``, so that a past period sees the list as it stood.
    ``listed`` false takes the procedure off the list.
    """

    TYPE: ClassVar[str] = "listing.changed.v1"
    TOPIC: ClassVar[str | None] = CATALOGUE
    KIND: ClassVar[str] = "listing"
    ENTITY: ClassVar[str] = "listing"

    agency: Code
    procedure: Code
    sector: Code | None = None
    effective_from: date
    listed: bool = True
    exempt: bool = False
    one_stop: bool = False
    whole_chain: bool = False
    accurate: bool = False
    posted: bool = False
    electronic: bool = False
    online_eligible: bool = False
    online_level: Annotated[int, Field(ge=0, le=4)] = 0

    @property
    def entity(self) -> str:
        return f"{self.agency} {self.procedure}"

    @property
    def key(self) -> str:
        return self.agency


class Session(Value):
    """One stretch of office hours, local time; ``opens`` before ``closes``."""

    opens: time
    closes: time


class CalendarDefined(EventData):
    """An agency calendar: its working weekdays (Monday is 0) and office hours."""

    TYPE: ClassVar[str] = "calendar.defined.v1"
    TOPIC: ClassVar[str | None] = CATALOGUE
    KIND: ClassVar[str] = "calendar"
    ENTITY: ClassVar[str] = "calendar"

    calendar: Code
    weekdays: Annotated[tuple[Annotated[int, Field(ge=0, le=6)], ...], Field(min_length=1)]
    sessions: Annotated[tuple[Session, ...], Field(min_length=1)]


class CalendarDayOverridden(EventData):
    """A day off or a working day that the published calendar did not have.

    ``calendar`` None means every calendar. Due dates computed before ``announced_on`` stay.
    """

    TYPE: ClassVar[str] = "calendar.day_overridden.v1"
    TOPIC: ClassVar[str | None] = CATALOGUE
    KIND: ClassVar[str] = "calendar"
    ENTITY: ClassVar[str] = "calendar"

    calendar: Code | None = None
    day: date
    kind: Literal["off", "working"]
    announced_on: date
    name: Name

    @property
    def entity(self) -> str:
        return self.calendar or "*"
