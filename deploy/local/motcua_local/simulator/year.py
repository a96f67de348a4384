"""One agency's year: its dossiers, complaints, forms, and what it could not finish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from random import Random

from . import clock, voices
from .behaviour import Behaviour, Timing
from .catalogue import listed
from .chance import pick
from .closings import ending
from .data import Agency, Procedure
from .dossiers import Roles, intake_lines, workflow_lines
from .load import Load
from .numbering import Numbering
from .places import Places
from .story import Story, tell, tell_in_year

FORMS = 0.08
"""Share of resolved dossiers whose applicant fills in a form."""

POSTAL = 0.04
LEFT_OVER = 40
"""One dossier in so many ends unresolved, and as many come in just before New Year."""


class AgencyYear:
    """Turns a behaviour into commands. ``others`` are the behaviours of all agencies."""

    def __init__(
        self,
        random: Random,
        behaviour: Behaviour,
        others: Mapping[str, Behaviour],
        where: Places,
    ) -> None:
        self._random = random
        self._behaviour = behaviour
        self._others = others
        self._where = where
        self._agency = behaviour.agency
        self._numbers = Numbering(behaviour.agency.number)
        self._procedures = listed(behaviour.agency)
        self._roles = Roles(
            receiving=where.centre if self._agency.level == "province" else self._agency.code,
            resolving=self._agency.code,
            other=self._agency.parent or where.agencies[0].code,
        )

    def live(self, load: Load) -> None:
        """Adds everything that happens at the agency in the year."""
        stories = sorted([*self._stories(), *self._carried_over()], key=lambda each: each.received)
        resolved = [(self._send(load, story), story.resolved) for story in stories]
        load.feedback.extend(
            voices.feedback_lines(self._random, self._behaviour, self._complaints(resolved))
        )
        for code, at in resolved:
            if self._random.random() < FORMS:
                load.feedback.append(voices.form_line(self._random, code, self._agency.code, at))
        for _ in range(self._behaviour.dossiers // LEFT_OVER):
            self._end_otherwise(load)

    def _stories(self) -> Iterator[Story]:
        behaviour = self._behaviour
        online = self._online()
        for at, (timing, asking) in enumerate(
            zip(behaviour.timings, behaviour.askings, strict=True)
        ):
            procedure = self._procedure(online=at in online, slow=asking != "none")
            channel = "online" if at in online else self._desk_channel()
            partner = self._partner(procedure)
            story = tell_in_year(self._random, procedure, channel, timing, partner)
            yield replace(story, asking=asking)

    def _online(self) -> set[int]:
        """Which dossiers come online: late ones only where that is the agency's habit."""
        behaviour = self._behaviour
        fit = [at for at, timing in enumerate(behaviour.timings) if timing != "late"]
        chosen = set(self._random.sample(fit, min(behaviour.online, len(fit))))
        late = [at for at, timing in enumerate(behaviour.timings) if timing == "late"]
        if behaviour.online_late and late:
            chosen.add(self._random.choice(late))
        return chosen

    def _carried_over(self) -> Iterator[Story]:
        """Received in the year's last days, resolved in the next year, in time."""
        for _ in range(self._behaviour.dossiers // LEFT_OVER):
            procedure = self._procedure(online=False, slow=True)
            day = clock.last_days(self._random)
            story = tell(self._random, procedure, "direct", "on_time", partner=None, day=day)
            if story.resolved.year > clock.YEAR:
                yield story

    def _send(self, load: Load, story: Story) -> str:
        code = self._numbers.code(story.received.date())
        load.intake.extend(intake_lines(self._random, code, story, self._roles))
        load.workflow.extend(workflow_lines(self._random, code, story, self._roles))
        return code

    def _end_otherwise(self, load: Load) -> None:
        procedure = self._procedure(online=False, slow=True)
        day = clock.some_day(self._random)
        story = tell(self._random, procedure, "direct", "early", partner=None, day=day)
        code = self._numbers.code(day)
        load.intake.extend(intake_lines(self._random, code, story, self._roles))
        load.intake.extend(ending(self._random, code, story.received))

    def _complaints(self, resolved: list[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
        """Dossiers complained about, one or two working days after they were resolved."""
        count = self._behaviour.complaints + self._behaviour.dismissed
        in_time = [(code, at) for code, at in resolved if at.date() < voices.LAST_FILING]
        chosen = self._random.sample(in_time, min(count, len(in_time)))
        days = (clock.later(at.date(), self._random.randint(1, 2)) for _, at in chosen)
        return [
            (code, clock.office(self._random, day))
            for (code, _), day in zip(chosen, days, strict=True)
        ]

    def _procedure(self, *, online: bool, slow: bool) -> Procedure:
        """One of the agency's procedures: eligible for online service, or with some days to it."""
        fit = [row for row in self._procedures if row.online or not online]
        if slow:
            fit = [row for row in fit if row.unit != "HOUR"] or fit
        return pick(self._random, fit, [row.weight for row in fit])

    def _desk_channel(self) -> str:
        return "postal" if self._random.random() < POSTAL else "direct"

    def _partner(self, procedure: Procedure) -> tuple[Agency, Timing] | None:
        """Who takes part beside the resolving agency, and how punctual they will be this time."""
        candidates = self._candidates(procedure)
        if not candidates:
            return None
        agency = self._random.choice(candidates)
        shares = self._others[agency.code].shares
        return agency, pick(self._random, tuple(shares), tuple(shares.values()))

    def _candidates(self, procedure: Procedure) -> list[Agency]:
        me = self._agency
        match procedure.partner:
            case "department":
                return [each for each in self._where.of_level("province") if each.code != me.code]
            case "district":
                return [each for each in self._where.agencies if each.code == me.parent]
            case "commune":
                return [each for each in self._where.agencies if each.parent == me.code]
        return []
