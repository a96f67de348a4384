"""The SQL of this service: one named file per statement in the folder ``sql``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

MIGRATIONS = Path(__file__).parent / "migrations"
"""Migrations that create this service's tables, after those of motcua_events."""

_FOLDER = Path(__file__).parent / "sql"


@cache
def sql(name: str) -> str:
    """The statement of that name."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
