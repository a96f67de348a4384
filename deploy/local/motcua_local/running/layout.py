"""Where everything lies in a data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one data folder; ``root`` is absolute."""

    root: Path

    @classmethod
    def of(cls, folder: Path) -> Layout:
        """The layout of ``folder``, which need not exist yet."""
        return cls(folder.expanduser().resolve())

    @property
    def postgres(self) -> Path:
        """PostgreSQL's own data directory: the only part that cannot be recreated."""
        return self.root / "postgres"

    @property
    def logs(self) -> Path:
        """One file for each server and service."""
        return self.root / "logs"

    @property
    def lock(self) -> Path:
        """Held for as long as something runs on this folder."""
        return self.root / "lock"

    @property
    def state(self) -> Path:
        """What runs where, for the other commands."""
        return self.root / "running.json"

    def log(self, name: str) -> Path:
        """The log file of ``name``."""
        return self.logs / f"{name}.log"

    def create(self) -> None:
        """Makes the folders that are missing."""
        self.logs.mkdir(parents=True, exist_ok=True)
