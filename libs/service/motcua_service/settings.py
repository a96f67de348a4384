"""Settings from the environment (prefix ``MOTCUA_``), checked at start.

A service subclasses ``ServiceSettings`` with its own port and reads them with ``load``. Secrets may
be files: ``MOTCUA_SECRETS_DIR`` names a folder with a file per setting (``motcua_database_url``).
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Literal, TypeVar

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import SettingsConfigDict

from .kafka_settings import KafkaSettings

SettingsT = TypeVar("SettingsT", bound="ServiceSettings")


class ServiceSettings(KafkaSettings):
    """What every service can be told. Times are in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="MOTCUA_", extra="ignore", populate_by_name=True, frozen=True
    )

    database_url: Annotated[str, Field(pattern=r"^postgres(ql)?://")]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)]
    partitions: Annotated[int, Field(ge=1, le=1000)] = 6
    replication: Annotated[int, Field(ge=1, le=9)] = 1
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    pool_size: Annotated[int, Field(ge=2, le=100)] = 10
    otlp_endpoint: Annotated[
        str | None,
        Field(
            pattern=r"^https?://",
            validation_alias=AliasChoices("MOTCUA_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ),
    ] = None
    """Base address of an OTLP/HTTP collector; None exports nothing."""

    trace_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Which share of traces without a sampled parent is exported."""

    backfill_grace: Annotated[float, Field(ge=0, le=3600)] = 30.0
    """How long a deadline that was past when it was recorded waits before its timer fires."""


def read(settings: type[SettingsT]) -> SettingsT:
    """The settings of the environment. Raises ValidationError."""
    secrets = os.environ.get("MOTCUA_SECRETS_DIR")
    return settings(_secrets_dir=secrets) if secrets else settings()


def load(settings: type[SettingsT]) -> SettingsT:
    """The settings of the environment, or the end of the process (exit code 2) with one line each
    for what is missing or wrong."""
    try:
        return read(settings)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            name = str(each["loc"][0])
            variable = name if name.isupper() else f"MOTCUA_{name.upper()}"
            sys.stderr.write(f"{variable}: {each['msg']}\n")
        raise SystemExit(2) from None
