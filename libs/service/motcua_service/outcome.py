"""What a request's commands came to."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Outcome(BaseModel):
    """What became of the commands of a request."""

    accepted: int = Field(ge=0, description="commands accepted")
    recorded: int = Field(ge=0, description="events recorded")
    duplicates: int = Field(ge=0, description="commands that changed nothing: known already")
