"""One dossier's year on paper: when it came, who worked on it until when, when it was resolved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from motcua_events.contracts import Deadline
from motcua_worktime import DEFAULT, day_of, pushed

from . import clock
from .behaviour import Asking, Timing
from .data import Agency, Procedure

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Part:
    """A partner's step: its own limit in working days, and when it began and ended."""

    agency: str
    started: datetime
    completed: datetime
    limit: int


@dataclass(frozen=True, slots=True)
class Story:
    """A dossier from reception to resolution. ``due`` leaves the pause out of account."""

    procedure: Procedure
    channel: str
    received: datetime
    due: Deadline
    resolved: datetime
    part: Part | None = None
    pause: tuple[datetime, datetime] | None = None
    timing: Timing = "early"
    asking: Asking = "none"


def tell(
    random: Random,
    procedure: Procedure,
    channel: str,
    timing: Timing,
    *,
    partner: tuple[Agency, Timing] | None,
    day: date,
) -> Story:
    """A dossier received on ``day`` that ends as ``timing`` says."""
    received = _received(random, procedure, channel, day)
    due = clock.deadline(received, procedure.amount, procedure.unit)
    story = Story(procedure, channel, received, due, received, timing=timing)
    if procedure.unit == "HOUR":
        return replace(story, resolved=_by_hour(random, story))
    part = _part(random, story, partner) if partner is not None else None
    story = replace(story, part=part)
    story = replace(story, pause=_pause(random, story))
    return replace(story, resolved=_by_day(random, story))


def tell_in_year(
    random: Random,
    procedure: Procedure,
    channel: str,
    timing: Timing,
    partner: tuple[Agency, Timing] | None,
) -> Story:
    """A dossier received and resolved in the year, whatever its limit."""
    for _ in range(50):
        day = clock.some_day(random)
        story = tell(random, procedure, channel, timing, partner=partner, day=day)
        if story.resolved.year == clock.YEAR:
            return story
    return tell(random, procedure, channel, timing, partner=partner, day=date(clock.YEAR, 6, 1))


def _received(random: Random, procedure: Procedure, channel: str, day: date) -> datetime:
    days_to_spare = procedure.unit != "HOUR" and procedure.amount > 1
    if channel == "online" and days_to_spare and random.random() < 0.3:
        return clock.evening(random, day)
    return clock.office(random, day)


def _by_hour(random: Random, story: Story) -> datetime:
    """Early: more than an hour ahead; on time: within the last hour; late: after it."""
    early, due = story.due.early_until, story.due.due_at
    if story.timing == "early":
        room = max((early - story.received) / MINUTE - 1, 1)
        return story.received + MINUTE * random.uniform(0.5, 0.9) * room
    if story.timing == "on_time":
        return due - MINUTE * random.uniform(0.05, 0.7) * ((due - early) / MINUTE)
    return clock.office(random, clock.later(day_of(due), random.randint(1, 2)))


def _part(random: Random, story: Story, partner: tuple[Agency, Timing]) -> Part | None:
    agency, timing = partner
    started = _opening(story) + MINUTE * random.randint(5, 60)
    room = clock.days_between(day_of(started), day_of(story.due.due_at)) // 2
    least = {"early": 0, "on_time": 1, "late": 2}[timing]
    if room < max(least, 1):
        return None
    taken = random.randint(least, min(room, least + 4))
    ended = clock.later(day_of(started), taken)
    completed = clock.afternoon(random, ended) if taken else started + MINUTE * 20
    limit = {
        "early": taken + random.randint(1, 3),
        "on_time": taken,
        "late": random.randint(1, max(taken - 1, 1)),
    }[timing]
    return Part(agency.code, started, completed, limit)


def _opening(story: Story) -> datetime:
    """When the office first sees the dossier: at once, or the next morning after an evening."""
    if story.received.hour < 17:
        return story.received
    return clock.at(clock.later(day_of(story.received), 1), 7, 35)


def _working_length(story: Story) -> int:
    return clock.days_between(day_of(story.received), day_of(story.due.due_at))


def _pause(random: Random, story: Story) -> tuple[datetime, datetime] | None:
    """A supplement asked for in good time, given some days later; not for short procedures."""
    if _working_length(story) < 5 or random.random() > 0.12:
        return None
    begin = _work_begins(story) + MINUTE * random.randint(20, 90)
    if day_of(begin) >= day_of(story.due.due_at):
        return None
    end = clock.office(random, clock.later(day_of(begin), random.randint(1, 7)))
    return begin, end


def _work_begins(story: Story) -> datetime:
    return story.part.completed if story.part else _opening(story)


def _by_day(random: Random, story: Story) -> datetime:
    pauses = [story.pause] if story.pause else []
    effective = pushed(story.due, pauses, DEFAULT, day_of(story.received))
    due_day = day_of(effective.due_at)
    free = story.pause[1] if story.pause else _work_begins(story)
    if story.timing == "on_time":
        return max(clock.afternoon(random, due_day), free + MINUTE)
    if story.timing == "late":
        return clock.office(random, clock.later(due_day, random.choice((1, 1, 1, 2, 2, 3, 5, 8))))
    last = clock.days_between(day_of(free), due_day) - 1
    if last < 1 or random.random() < 0.1:
        return _same_day(random, free)
    # nearer to the due day than to the reception
    ahead = random.randint(max(1, last // 2), last)
    return clock.office(random, clock.later(day_of(free), ahead))


def _same_day(random: Random, free: datetime) -> datetime:
    close = clock.at(day_of(free), 22, 50)
    return free + (close - free) * random.uniform(0.05, 0.2)
