"""The province's agencies: departments, districts, communes, and the public service centre."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from .data import Agency, Line, read


class Places(NamedTuple):
    """All agencies that are evaluated, and the centre where the departments' dossiers come in."""

    centre: str
    agencies: tuple[Agency, ...]

    def of_level(self, level: str) -> tuple[Agency, ...]:
        """The agencies of one level."""
        return tuple(agency for agency in self.agencies if agency.level == level)


@cache
def places() -> Places:
    """Tây Ninh in 2020: 17 departments, 9 districts, 94 communes."""
    raw = read("places.yaml")
    found = [_department(raw, at, row) for at, row in enumerate(raw["departments"], 1)]
    for at, row in enumerate(raw["districts"], 20):
        district = _district(raw, at, row)
        found.append(district)
        found.extend(
            _commune(raw, district, row, number, name)
            for number, name in enumerate(row["communes"], 1)
        )
    return Places(raw["centre"]["code"], tuple(found))


def _department(raw: dict[str, Any], at: int, row: dict[str, Any]) -> Agency:
    return Agency(
        code=f"{raw['province']}.{at:02}", name=row["name"], level="province", parent=None,
        number=f"000.00.{at:02}.{raw['province']}",
        quality=row.get("quality", raw["default_quality"]), procedures=tuple(row["procedures"]),
    )  # fmt: skip


def _district(raw: dict[str, Any], at: int, row: dict[str, Any]) -> Agency:
    return Agency(
        code=f"{raw['province']}.{at}", name=f"UBND {row['name']}", level="district", parent=None,
        number=f"000.00.{at}.{raw['province']}",
        quality=row.get("own_quality", raw["default_quality"]), procedures=("district",),
    )  # fmt: skip


def _commune(
    raw: dict[str, Any], district: Agency, row: dict[str, Any], number: int, name: str
) -> Agency:
    at = district.code.rpartition(".")[2]
    return Agency(
        code=f"{district.code}.{number:02}", name=f"UBND {name}, {row['name']}", level="commune",
        parent=district.code, number=f"000.{number:02}.{at}.{raw['province']}",
        quality=row.get("quality", {}).get(name, raw["default_quality"]), procedures=("commune",),
    )  # fmt: skip


def registration(agency: Agency) -> Line:
    """The command that registers the agency, with its code in the 2016 order beside it."""
    return {
        "do": "register_agency",
        "agency": agency.code,
        "name": agency.name,
        "level": agency.level,
        "parent": agency.parent,
        "other_codes": [agency.number],
        "valid_from": "2016-01-01",
    }
