"""What a service's domain says about deadlines that time alone may break. Pure.

The service's ``open_deadlines(stream, state)`` lists the deadlines of a stream that are open now;
``motcua_service.timers`` keeps a timer for each and, when one passes, hands it back as ``Due``. The
service turns it into an internal command whose decision checks the state once more::

    def open_deadlines(stream, state):
        if state.filed is None or state.answered is not None:
            return ()
        return (OpenDeadline("", state.filed.deadline.late_after),)

A deadline whose passing is recorded already is not open any more: its event was the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

StateT = TypeVar("StateT")


@dataclass(frozen=True, slots=True)
class OpenDeadline:
    """A deadline that is still open: it passes once the clock is later than ``late_after``.

    ``subject`` tells the stream's deadlines apart; empty where there is but one.
    """

    subject: str
    late_after: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A timer that has run out: the deadline may have passed; the domain decides."""

    stream: str
    subject: str
    late_after: datetime

    @property
    def id(self) -> str:
        """The id of the stream's entity: what follows the first slash."""
        return self.stream.split("/", 1)[1]


OpenDeadlines = Callable[[str, StateT], Sequence[OpenDeadline]]
