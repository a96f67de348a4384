"""``python -m motcua_feedback``: run the service by the environment's settings."""

from __future__ import annotations

from motcua_service.run import main

from .app import SERVICE
from .settings import FeedbackSettings

raise SystemExit(main(SERVICE, FeedbackSettings))
