"""The stages of the work at which each process is killed."""

from __future__ import annotations

from typing import Final

APPENDED: Final = "events appended, not committed"
COMMITTED: Final = "events committed, not answered"
READ: Final = "events read by the relay, not sent"
SENT: Final = "events sent by the relay, cursor not saved"
APPLIED: Final = "batch applied, not committed"
MOVED: Final = "batch committed, Kafka not told"
TOLD: Final = "batch committed, Kafka told"
PUBLISHED: Final = "evaluations committed, not sent"
FIRED: Final = "timers fired, not removed"

_WRITING = (APPENDED, COMMITTED, READ, SENT)
_CONSUMING = (APPLIED, MOVED, TOLD)

STAGES: Final[dict[str, tuple[str, ...]]] = {
    "intake": _WRITING,
    "workflow": (*_WRITING, *_CONSUMING, FIRED),
    "feedback": (*_WRITING, *_CONSUMING, FIRED),
    "scoring": (*_CONSUMING, APPENDED, PUBLISHED, READ, SENT),
    "subscriber-2": _CONSUMING,
}
"""By process; every commit of each, and what comes right before and after it."""


def stage_name(process: str, stage: str) -> str:
    """The name of the fault that kills a process at a stage."""
    return f"kill -9 {process} at: {stage}"


KILLS: Final = tuple(
    stage_name(process, stage) for process, stages in STAGES.items() for stage in stages
)
"""The names of all these faults."""
