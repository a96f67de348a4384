"""``python -m motcua_local``."""

from __future__ import annotations

from .cli import app

app()
