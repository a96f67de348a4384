"""Feedback's settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from motcua_events.contracts import Limit
from motcua_service.settings import ServiceSettings


class FeedbackSettings(ServiceSettings):
    """``answer_limit`` is when an answer is due if a filing does not say."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8103
    answer_limit: Limit = Limit(amount=5, unit="WORKING_DAY")
