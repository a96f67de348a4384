"""What the commands share: options, one line on errors, JSON."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from motcua_events import EventsError

from . import console
from .errors import LocalError
from .running.state import SERVICES

DEFAULT_DATA = Path(".motcua")

Data = Annotated[Path, typer.Option(help="Data folder; everything lives in it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
ServiceName = Annotated[
    str | None, typer.Option("--service", help=f"One of {', '.join(SERVICES)}.")
]
By = Annotated[str, typer.Option(help="Who does this, for the audit trail.")]


def me() -> str:
    """The name of the account that runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@contextmanager
def reported() -> Iterator[None]:
    """One line on errors and the right exit code, never a traceback."""
    try:
        yield
    except LocalError as error:
        console.fail(str(error))
        raise typer.Exit(error.code) from None
    except OSError as error:
        console.fail(f"{error.strerror or error} {error.filename or ''}".strip())
        raise typer.Exit(1) from None
    except (EventsError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        console.fail(str(error))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def print_json(value: Any) -> None:
    """The value as indented JSON; what JSON does not know becomes text."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def service_named(name: str) -> str:
    """The service's name. Raises LocalError (code 2) for any other."""
    if name not in SERVICES:
        raise LocalError(
            f"--service: there is no {name!r}; it is one of {', '.join(SERVICES)}", code=2
        )
    return name
