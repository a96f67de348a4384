"""Codes are read as far as they can be; nothing is normalised away."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua_intake.codes import (
    AgencyCode,
    DossierCode,
    ProcedureCode,
    parse_agency,
    parse_dossier,
    parse_procedure,
    short_procedure,
)


@pytest.mark.parametrize(
    ("code", "parsed"),
    [
        (
            "000.00.15.H53-201202-0007",
            DossierCode("000.00.15.H53", "H53", "2016", date(2020, 12, 2), "0007"),
        ),
        (
            "H53.15.00-260702-0007",
            DossierCode("H53.15.00", "H53", "2020", date(2026, 7, 2), "0007"),
        ),
        (
            "H53.15-260702-00000123456",
            DossierCode("H53.15", "H53", "2020", date(2026, 7, 2), "00000123456"),
        ),
        ("H53-260702-12-A", DossierCode("H53", "H53", "2020", date(2026, 7, 2), "12-A")),
        ("H53.15-261302-0007", DossierCode("H53.15", "H53", "2020")),
        ("HS2020-0001", DossierCode()),
        ("X-260702-1", DossierCode(None, None, None, date(2026, 7, 2), "1")),
        ("H53.15", DossierCode("H53.15", "H53", "2020")),
        ("H53.15-260702-", DossierCode("H53.15", "H53", "2020", date(2026, 7, 2))),
    ],
)
def test_dossier_codes(code: str, parsed: DossierCode) -> None:
    assert parse_dossier(code) == parsed


@pytest.mark.parametrize(
    ("code", "parsed"),
    [
        ("000.00.15.H53", AgencyCode("000.00.15.H53", "2016", "H53")),
        ("H53.15", AgencyCode("H53.15", "2020", "H53")),
        ("H53", AgencyCode("H53", "2020", "H53")),
        ("G01.000", AgencyCode("G01.000", "2020", "G01")),
        ("so-tu-phap", None),
        ("000.00.15", None),
    ],
)
def test_agency_codes(code: str, parsed: AgencyCode | None) -> None:
    assert parse_agency(code) == parsed


@pytest.mark.parametrize(
    ("code", "parsed"),
    [
        ("1.012766", ProcedureCode("1.012766")),
        ("10.012", ProcedureCode("10.012")),
        ("1.012766.000.00.00.H53", ProcedureCode("1.012766", "000.00.00.H53", "H53")),
        ("2.000815.H53", ProcedureCode("2.000815", "H53", "H53")),
        ("1.01", None),
        ("1.0127667", None),
        ("TTHC-1", None),
    ],
)
def test_procedure_codes(code: str, parsed: ProcedureCode | None) -> None:
    assert parse_procedure(code) == parsed


def test_procedures_are_matched_on_the_short_part() -> None:
    assert short_procedure("1.012766.000.00.00.H53") == short_procedure("1.012766") == "1.012766"
    assert short_procedure("TTHC-1") == "TTHC-1"


@given(st.text(max_size=64))
def test_any_text_can_be_parsed(code: str) -> None:
    parse_dossier(code)
    parse_agency(code)
    assert short_procedure(code)[:1] == code[:1]
