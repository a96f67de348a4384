"""``python -m motcua_workflow``: run the service by the environment's settings."""

from __future__ import annotations

from motcua_service.run import main

from .app import SERVICE
from .settings import WorkflowSettings

raise SystemExit(main(SERVICE, WorkflowSettings))
