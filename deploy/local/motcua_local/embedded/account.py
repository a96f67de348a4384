"""The account that PostgreSQL runs under: ours, or another one when we are root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from motcua_local.errors import LocalError

PREFERRED = ("pgserver", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """``user`` None means that the server runs as ourselves."""

    user: str | None

    @classmethod
    def current(cls) -> ServerAccount:
        """Ourselves for an ordinary user; for root an account made for this, else an existing one.

        Raises LocalError when the machine has no account that could be used.
        """
        if os.geteuid() != 0:
            return cls(None)
        if not _exists(PREFERRED[0]):
            _create(PREFERRED[0])
        found = next((name for name in PREFERRED if _exists(name)), None)
        if found is None:
            raise LocalError("PostgreSQL does not run as root: start motcua as an ordinary user")
        return cls(found)

    def own(self, folder: Path) -> None:
        """Makes ``folder`` private to the account."""
        folder.chmod(0o700)
        if self.user is not None:
            shutil.chown(folder, self.user)

    def open_path_to(self, target: Path) -> None:
        """Lets the account pass through the folders above ``target`` (pass, not read)."""
        if self.user is None:
            return
        for folder in target.resolve().parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _create(name: str) -> None:
    useradd = shutil.which("useradd")
    if useradd is not None:
        subprocess.run(
            [useradd, "--system", "--no-create-home", "--shell", "/bin/false", name],
            check=False,
            capture_output=True,
        )
