"""Where in the catalogue to look: a process's memory of codes, so that one read fetches all."""

from __future__ import annotations

from motcua_events.contracts import AgencyRegistered, EventData, ProcedureRegistered
from motcua_intake.codes import short_procedure

EVERY_CALENDAR = "calendar/*"


class Index:
    """The forms in which procedure codes were written, and the calendar each agency keeps.

    It says where to look; what is registered there, its stream says. Another process of the service
    may have registered more: until this one learns of it, a dossier whose procedure was written in
    an unknown form waits for it a moment longer.
    """

    def __init__(self) -> None:
        self._forms: dict[str, set[str]] = {}
        self._places: dict[str, tuple[str, ...]] = {}
        self._calendars: dict[str, str | None] = {}

    def note(self, data: EventData) -> None:
        """Take note of a registration."""
        if isinstance(data, ProcedureRegistered):
            self.note_procedure(data.procedure)
        elif isinstance(data, AgencyRegistered):
            self.note_agency(data.agency, data.calendar)

    def note_procedure(self, code: str) -> None:
        """Note a form of a procedure's code."""
        forms = self._forms.setdefault(short_procedure(code), set())
        if code not in forms:
            forms.add(code)
            self._places.clear()

    def note_agency(self, agency: str, calendar: str | None) -> None:
        """Note the calendar an agency keeps."""
        self._calendars[agency] = calendar

    def procedures(self, code: str) -> tuple[str, ...]:
        """The streams of a procedure: of the code as given, its short part, its other forms."""
        found = self._places.get(code)
        if found is None:
            short = short_procedure(code)
            forms = self._forms.get(short, set())
            places = dict.fromkeys((code, short, *sorted(forms)))
            found = tuple(f"procedure/{form}" for form in places)
            if code in forms:
                self._places[code] = found
        return found

    def streams(self, procedure: str | None, agency: str | None) -> list[str]:
        """The streams that hold what a due date depends on, as far as is known."""
        streams = [EVERY_CALENDAR]
        if procedure is not None:
            streams += self.procedures(procedure)
        if agency is not None:
            calendar = self._calendars.get(agency)
            streams += [f"agency/{agency}", *([f"calendar/{calendar}"] if calendar else [])]
        return streams
