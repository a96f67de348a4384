"""Runs intake: ``python -m motcua_intake``, settings from the environment."""

from __future__ import annotations

from motcua_service.run import main

from .app import SERVICE
from .settings import IntakeSettings

if __name__ == "__main__":
    raise SystemExit(main(SERVICE, IntakeSettings))
