"""From a dossier's story to the commands that the one-stop system sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from . import clock
from .data import Line
from .story import Story

REASONS = ("supplement", "supplement", "financial_duty", "other_legal")


@dataclass(frozen=True, slots=True)
class Roles:
    """Who receives and who resolves; ``other`` is a body the applicant may be sent to."""

    receiving: str
    resolving: str
    other: str


def intake_lines(random: Random, code: str, story: Story, roles: Roles) -> Iterator[Line]:
    """Reception and contacts."""
    yield {
        "do": "receive_dossier",
        "dossier": code,
        "procedure": story.procedure.code,
        "receiving": roles.receiving,
        "resolving": roles.resolving,
        "channel": story.channel,
        "received_at": clock.text(story.received),
    }
    yield from _contacts(random, code, story, roles)


def workflow_lines(random: Random, code: str, story: Story, roles: Roles) -> Iterator[Line]:
    """Steps, a pause, sometimes an apology, the resolution and the return of the result."""
    if story.part is not None:
        yield _start(code, "1", story.part.agency, story.part.started,
                     limit={"amount": story.part.limit, "unit": "WORKING_DAY"})  # fmt: skip
        yield _complete(code, "1", story.part.completed)
        yield _start(code, "2", roles.resolving, story.part.completed,
                     due_at=clock.text(story.due.due_at), unit=story.due.unit)  # fmt: skip
    else:
        limit = {"amount": story.procedure.amount, "unit": story.procedure.unit}
        yield _start(code, "1", roles.resolving, story.received, limit=limit)
    if story.pause is not None:
        yield from _pause(random, code, story.pause)
    elif story.timing == "late" and story.procedure.amount >= 10:
        yield from _apology(random, code, story)
    yield _complete(code, "1" if story.part is None else "2", story.resolved)
    yield {"do": "resolve_dossier", "dossier": code, "resolved_at": clock.text(story.resolved)}
    yield {
        "do": "return_result",
        "dossier": code,
        "returned_at": clock.text(_handed_out(random, story.resolved)),
    }


def _start(code: str, step: str, agency: str, at: datetime, **limit: object) -> Line:
    return {
        "do": "start_step",
        "dossier": code,
        "step": step,
        "agency": agency,
        "started_at": clock.text(at),
        **limit,
    }


def _complete(code: str, step: str, at: datetime) -> Line:
    return {
        "do": "complete_step",
        "dossier": code,
        "step": step,
        "completed_at": clock.text(at),
    }


def _pause(random: Random, code: str, pause: tuple[datetime, datetime]) -> Iterator[Line]:
    begin, end = pause
    yield {
        "do": "pause_dossier",
        "dossier": code,
        "pause": "1",
        "paused_at": clock.text(begin),
        "reason": random.choice(REASONS),
    }
    yield {"do": "resume_dossier", "dossier": code, "pause": "1", "resumed_at": clock.text(end)}


def _apology(random: Random, code: str, story: Story) -> Iterator[Line]:
    """Every other late dossier of a long procedure: an apology two days ahead; it stays late."""
    when = clock.at(story.due.due_at.date() - timedelta(days=2), 9, random.randrange(60))
    if random.random() < 0.5 or when <= story.received:
        return
    yield {
        "do": "extend_dossier",
        "dossier": code,
        "extended_at": clock.text(when),
        "new_due_at": clock.text(story.due.due_at + timedelta(days=7)),
        "reason": "Hồ sơ phức tạp, xin lỗi và hẹn lại ngày trả kết quả",
    }


def _handed_out(random: Random, resolved: datetime) -> datetime:
    if random.random() < 0.5:
        return resolved + timedelta(minutes=random.randint(5, 40))
    return clock.office(random, clock.later(resolved.date(), random.randint(1, 3)))


def _contacts(random: Random, code: str, story: Story, roles: Roles) -> Iterator[Line]:
    faults = {
        "supplement": ("unstated",),
        "own_fault": ("agency", "applicant"),
        "check": ("required",),
        "repeated": ("agency", "unstated"),
        "errand": ("agency", "elsewhere"),
    }
    for number, kind in enumerate(faults.get(story.asking, ()), 1):
        at = story.received + (story.resolved - story.received) * random.uniform(0.1, 0.8)
        elsewhere = kind in {"required", "elsewhere"}
        yield {
            "do": "record_contact",
            "dossier": code,
            "contact": str(number),
            "body": roles.other if elsewhere else roles.receiving,
            "place": "other" if elsewhere else "one_stop_unit",
            "made_at": clock.text(at),
            "online": story.channel == "online",
            "fault": kind if kind in {"agency", "applicant"} else "unstated",
            "required_by_law": kind == "required",
        }
