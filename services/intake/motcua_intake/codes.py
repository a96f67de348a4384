"""The codes of the one-stop system, read as far as they can be read. Pure; codes stay as given.

Dossier: ``000.00.15.H53-201202-0007`` (2016: small to large) or ``H53.15.00-260702-0007`` (2020:
large to small). Procedure: ``1.012766``, in a longer form with the province's suffix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

_PROVINCE = r"[A-Z]\d{2}"
_SMALL_TO_LARGE = re.compile(rf"(?:\d{{2,3}}\.){{1,3}}(?P<province>{_PROVINCE})", re.ASCII)
_LARGE_TO_SMALL = re.compile(rf"(?P<province>{_PROVINCE})(?:\.\d{{1,3}}){{0,3}}", re.ASCII)
_PROCEDURE = re.compile(r"(?P<short>\d{1,2}\.\d{3,6})(?:\.(?P<suffix>.+))?", re.ASCII)
_DATE = re.compile(r"(\d{2})(\d{2})(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AgencyCode:
    """An agency's code: the form it is written in and the province it belongs to."""

    agency: str
    form: Literal["2016", "2020"]
    province: str


@dataclass(frozen=True, slots=True)
class DossierCode:
    """What a dossier's code says; None where it says nothing readable."""

    agency: str | None = None
    province: str | None = None
    form: Literal["2016", "2020"] | None = None
    day: date | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class ProcedureCode:
    """A procedure's code: the part to match on, and the province of a longer form."""

    short: str
    suffix: str | None = None
    province: str | None = None


def parse_agency(code: str) -> AgencyCode | None:
    """The agency code in the order of 2016 (``000.00.15.H53``) or of 2020 (``H53.15``)."""
    if match := _SMALL_TO_LARGE.fullmatch(code):
        return AgencyCode(code, "2016", match["province"])
    if match := _LARGE_TO_SMALL.fullmatch(code):
        return AgencyCode(code, "2020", match["province"])
    return None


def parse_dossier(code: str) -> DossierCode:
    """The parts of a dossier code; every part that cannot be read is None."""
    agency_part, _, rest = code.partition("-")
    date_part, _, number_part = rest.partition("-")
    agency = parse_agency(agency_part)
    day = _date(date_part)
    return DossierCode(
        agency=agency.agency if agency else None,
        province=agency.province if agency else None,
        form=agency.form if agency else None,
        day=day,
        number=(number_part or None) if day else None,
    )


def parse_procedure(code: str) -> ProcedureCode | None:
    """The parts of a procedure code, or None if it is not of the national form."""
    match = _PROCEDURE.fullmatch(code)
    if match is None:
        return None
    suffix = match["suffix"]
    agency = parse_agency(suffix) if suffix else None
    return ProcedureCode(match["short"], suffix, agency.province if agency else None)


@lru_cache(maxsize=20_000)
def short_procedure(code: str) -> str:
    """What procedures are matched on: ``1.012766`` of ``1.012766.000.00.00.H53``; else the code."""
    parsed = parse_procedure(code)
    return parsed.short if parsed else code


def _date(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups())
    try:
        return date(2000 + year, month, day)
    except ValueError:
        return None
