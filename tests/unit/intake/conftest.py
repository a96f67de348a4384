"""Intake's decider run in memory: commands in, changes out, no store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from motcua_events.event import Change, Event
from motcua_intake.commands import COMMANDS
from motcua_intake.domain.dossier import Dossier
from motcua_intake.domain.intake import Context, Intake, SettleDossier, SettleListing, State, Told

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


class Register(Mapping[str, State]):
    """Intake's states, and a clock that moves on by a second with each command."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now, self._ids = now, count(1)
        self._decider, self._states = Intake(), dict[str, State]()

    def __getitem__(self, stream: str) -> State:
        return self._states.setdefault(stream, self._decider.initial(stream))

    def __iter__(self) -> Iterator[str]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)

    def tell(self, do: str, **fields: Any) -> list[Change]:
        """Run the command that a bulk line would name."""
        return self.run(COMMANDS.validate_python({"do": do, **fields}))

    def settle(self, code: str) -> list[Change]:
        return self.run(SettleDossier(dossier=code))

    def settle_listing(self, agency: str, procedure: str) -> list[Change]:
        return self.run(SettleListing(agency=agency, procedure=procedure))

    def run(self, command: Told) -> list[Change]:
        self.now += timedelta(seconds=1)
        assert self._decider.streams(command)
        changes = list(self._decider.decide(self, command, Context(self.now)))
        for each in changes:
            event = Event(f"{next(self._ids):06}", each.time, each.data, "/intake", self.now)
            stream = each.data.stream
            self._states[stream] = self._decider.evolve(self[stream], event)
        return changes

    def dossier(self, code: str = "D1") -> Dossier:
        state = self[f"dossier/{code}"]
        assert isinstance(state, Dossier)
        return state

    def receive(self, code: str = "D1", **more: Any) -> list[Change]:
        """Receive a dossier on Monday 2026-03-02 at 08:00."""
        fields = {
            "dossier": code,
            "procedure": "1.000001",
            "receiving": "R",
            "resolving": "A",
            "received_at": "2026-03-02T08:00:00+07:00",
        }
        return self.tell("receive_dossier", **(fields | more))

    def procedure(
        self, code: str = "1.000001", amount: int | None = 3, **more: Any
    ) -> list[Change]:
        """Register a procedure with a limit in working days, or without one."""
        limit = {"amount": amount, "unit": "WORKING_DAY"} if amount else None
        fields = {"procedure": code, "name": "Thủ tục", "sector": "HT", "limit": limit}
        return self.tell("register_procedure", **(fields | more))

    def due_day(self, code: str = "D1") -> str | None:
        """The day on which the dossier is due, as intake knows it."""
        deadline = self.dossier(code).deadline
        return deadline.due_at.date().isoformat() if deadline else None


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture(scope="session")
def make_register() -> type[Register]:
    return Register
