"""What agencies register and list: the standing state behind indices 5, 6 and 9."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from .behaviour import Behaviour
from .data import Agency, Line, Procedure, procedures, sectors

FIRST_DAY = "2020-01-01"
WHOLE_CHAIN = {
    "whole": {"province": 60, "district": 75, "commune": 100},
    "gathered": {"province": 0, "district": 25, "commune": 50},
    "partial": {"province": 0, "district": 10, "commune": 20},
}
"""How many percent of the procedures an agency takes through the whole chain at its desk."""

ONLINE_OFFERED = {"strong": 60, "some": 35, "weak": 10}
"""How many percent of the eligible procedures are offered at level 3 or 4."""


def listed(agency: Agency) -> list[Procedure]:
    """The procedures that an agency lists."""
    return [procedure for key in agency.procedures for procedure in procedures()[key]]


def procedure_lines() -> Iterator[Line]:
    """Registers every procedure with its legal limit."""
    for group in procedures().values():
        for procedure in group:
            yield {
                "do": "register_procedure",
                "procedure": procedure.code,
                "name": procedure.name,
                "sector": procedure.sector,
                "sector_name": sectors()[procedure.sector],
                "limit": {"amount": procedure.amount, "unit": procedure.unit},
            }


def listing_lines(random: Random, behaviour: Behaviour) -> Iterator[Line]:
    """How the agency lists its procedures; some are put right during the year."""
    agency, habits = behaviour.agency, behaviour.habits
    rows = listed(agency)
    ordinary = [row.code for row in rows if not row.exempt]
    whole = _first(random, ordinary, WHOLE_CHAIN[habits.desk][agency.level])
    elsewhere = set(random.sample(ordinary, 2)) if habits.desk == "partial" else set()
    eligible = [row.code for row in rows if row.online]
    offered = _first(random, eligible, ONLINE_OFFERED[habits.online])
    late_screens = set(random.sample(ordinary, 2)) if habits.publicity == "both" else set()
    for row in rows:
        line = {
            "do": "list_procedure",
            "agency": agency.code,
            "procedure": row.code,
            "sector": row.sector,
            "effective_from": FIRST_DAY,
            "exempt": row.exempt,
            "one_stop": not row.exempt and row.code not in elsewhere,
            "whole_chain": row.code in whole and row.code not in elsewhere,
            **_publicity(random, habits.publicity, row is rows[0]),
            "online_eligible": row.online,
            "online_level": _online_level(random, row, offered),
        }
        if row.code in late_screens:
            yield {**line, "electronic": False}
            line["effective_from"] = f"2020-{random.randint(3, 9):02}-01"
        yield line


def _first(random: Random, codes: list[str], percent: int) -> set[str]:
    count = -(-len(codes) * percent // 100)
    return set(random.sample(codes, min(count, len(codes))))


def _publicity(random: Random, habit: str, first: bool) -> Line:
    if habit == "both":
        return {"accurate": True, "posted": True, "electronic": True}
    if habit == "faulty":
        return {"accurate": not first, "posted": True, "electronic": random.random() < 0.5}
    return {"accurate": True, "posted": True, "electronic": not first and random.random() < 0.5}


def _online_level(random: Random, row: Procedure, offered: set[str]) -> int:
    if row.code in offered:
        return random.choice((3, 3, 4))
    return 2 if row.online else 0
