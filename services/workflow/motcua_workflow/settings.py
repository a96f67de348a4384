"""Workflow's settings, from the environment (prefix ``MOTCUA_``)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from motcua_service.settings import ServiceSettings


class WorkflowSettings(ServiceSettings):
    """What workflow can be told; see ``ServiceSettings``."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8102
