"""``python -m motcua_scoring``: run the service by the environment's settings."""

from __future__ import annotations

from motcua_service.run import main

from .app import SERVICE
from .settings import ScoringSettings

raise SystemExit(main(SERVICE, ScoringSettings))
