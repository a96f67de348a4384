"""Settings of the scoring service (environment, prefix ``MOTCUA_``)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from motcua_service.settings import ServiceSettings


class ScoringSettings(ServiceSettings):
    """What the scoring service can be told beside what every service can."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8104

    rulebooks: Annotated[tuple[str, ...], Field(min_length=1)] = ("tt01-2018",)
    """Rulebooks in force, as a JSON list of ids. A period gets the first that is valid on its last
    day; where none is, the first of all."""

    stream_connections: Annotated[int, Field(ge=0, le=10_000)] = 200
    """How many clients may follow /stream at a time, in one process."""

    projectors: Annotated[int, Field(ge=1, le=16)] = 2
    """How many projectors share one process: while the transaction of one waits for PostgreSQL,
    another computes. One on the embedded broker."""
