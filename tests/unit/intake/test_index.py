"""The index says where to look, and grows with what is registered."""

from __future__ import annotations

from motcua_events.contracts import AgencyRegistered, ProcedureRegistered
from motcua_intake.commands import RegisterProcedure
from motcua_intake.domain.index import Index
from motcua_intake.domain.intake import Intake, SettleDossier


def test_an_empty_index_looks_under_the_code_and_its_short_part() -> None:
    index = Index()
    assert index.procedures("1.012766.H53") == (
        "procedure/1.012766.H53", "procedure/1.012766",
    )  # fmt: skip
    assert index.procedures("TTHC-1") == ("procedure/TTHC-1",)
    assert index.streams("TTHC-1", "A") == ["calendar/*", "procedure/TTHC-1", "agency/A"]
    assert index.streams(None, None) == ["calendar/*"]


def test_registered_forms_and_calendars_are_read_at_once() -> None:
    index = Index()
    index.note(ProcedureRegistered(procedure="1.012766.H53", name="x", sector="HT"))
    index.note(AgencyRegistered(agency="A", name="A", level="commune", calendar="C"))
    streams = index.streams("1.012766", "A")
    assert {"procedure/1.012766", "procedure/1.012766.H53"} < set(streams)
    assert {"agency/A", "calendar/C"} < set(streams)
    index.note(AgencyRegistered(agency="A", name="A", level="commune"))
    assert "calendar/C" not in index.streams(None, "A")


def test_a_command_is_noted_before_later_commands_ask() -> None:
    intake = Intake()
    intake.streams(RegisterProcedure(procedure="1.012766.H53", name="x", sector="HT"))
    assert intake.index.procedures("1.012766") == (
        "procedure/1.012766", "procedure/1.012766.H53",
    )  # fmt: skip
    assert list(intake.streams(SettleDossier(dossier="D1"))) == ["dossier/D1", "calendar/*"]
