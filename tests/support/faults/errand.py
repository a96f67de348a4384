"""An errand: a few more requests that have every process come by every stage of its work."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from faults.load import Line, single, text
from faults.writers import Writers

AGENCY, PROCEDURE = "H53.01", "1.000788"
"""As the simulated catalogue has them."""

LONG_AGO = "2020-05-04T08:00:00+07:00"


class Errand:
    """A new agency, a dossier overdue in a moment, its first step, and feedback overdue already."""

    def __init__(self, writers: Writers) -> None:
        self._writers = writers
        self._number = 0

    async def run(self) -> None:
        """Sends the requests and returns when they are accepted."""
        self._number += 1
        lines = errand(self._number, datetime.now(UTC))
        await asyncio.gather(*(self._writers.post(single(line)) for line in lines))


def errand(number: int, now: datetime) -> list[Line]:
    """The requests' commands."""
    code = f"{AGENCY}-ERRAND-{number:04d}"
    begun, due = text(now - timedelta(hours=1)), text(now + timedelta(seconds=0.5))
    return [
        {"do": "register_agency", "agency": f"{AGENCY}.E{number:04d}",
         "name": f"Đơn vị {number}", "level": "commune"},
        {"do": "receive_dossier", "dossier": code, "procedure": PROCEDURE,
         "receiving": AGENCY, "resolving": AGENCY, "unit": "HOUR",
         "received_at": begun, "due_at": due},
        {"do": "start_step", "dossier": code, "step": "1", "agency": AGENCY, "started_at": begun},
        {"do": "file_feedback", "feedback": code, "agency": AGENCY, "filed_at": LONG_AGO},
    ]  # fmt: skip
