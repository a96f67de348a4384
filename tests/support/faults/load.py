"""What the writers of a fault run send: seeded, and the same for the same seed and start."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import quote
from zlib import crc32

from motcua_feedback.app import ENDPOINTS as FEEDBACK
from motcua_intake.api import ENDPOINTS as INTAKE
from motcua_local.simulator import Options, simulate
from motcua_service.routes import Endpoint
from motcua_workflow.api import ENDPOINTS as WORKFLOW
from motcua_worktime import VIETNAM

Line = Mapping[str, Any]
"""A command as a bulk line: ``do`` and its fields."""

LANES = {"intake": 3, "workflow": 3, "feedback": 2}
"""Writers of each service, working at the same time."""

A_YEAR = 12_000
"""Dossiers that a simulated year has at least."""

FIXABLE = ("correct_dossier", "correct_contact", "receive_dossier", "record_contact")
"""Commands that must keep their order within a dossier: sent late they would be corrections.

A bulk that corrects what it may itself have told first is sent under a key for the same reason.
"""

_COMMANDS: dict[str, tuple[str, Endpoint]] = {
    endpoint.command.model_fields["do"].default: (service, endpoint)
    for service, endpoints in (("intake", INTAKE), ("workflow", WORKFLOW), ("feedback", FEEDBACK))
    for endpoint in endpoints
}
_IDENTITIES = ("dossier", "feedback", "rating", "scale", "assessment")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: a single command, or some as NDJSON in one transaction."""

    service: str
    method: str
    path: str
    body: bytes
    lines: tuple[Line, ...]
    key: str | None = None

    @property
    def content_type(self) -> str:
        return "application/x-ndjson" if self.path == "/bulk" else "application/json"

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again at any later time without correcting anything."""
        return all(line["do"] not in FIXABLE for line in self.lines)


@dataclass(slots=True)
class Plan:
    """The catalogue, which comes first, and what each writer sends, in its order."""

    catalogue: list[Request]
    lanes: list[list[Request]]
    dossiers: int = 0

    @property
    def lines(self) -> int:
        return sum(len(request.lines) for lane in self.lanes for request in lane)


@dataclass(slots=True)
class _Lines:
    """Lines by service and identity, each with the moment (0 to 1 of the run) it is sent at."""

    of: dict[tuple[str, str], list[tuple[float, Line]]] = field(default_factory=dict)

    def add(self, service: str, lines: Sequence[Line], moments: Iterable[float]) -> None:
        identity = next(str(lines[0][name]) for name in _IDENTITIES if name in lines[0])
        rows = self.of.setdefault((service, identity), [])
        rows.extend(zip(sorted(moments), lines, strict=True))


def plan(seed: int, *, dossiers: int, live: int, seconds: float, start: datetime) -> Plan:
    """The load of one run: ``dossiers`` of the past, and ``live`` ones whose deadline passes."""
    random = Random(seed)
    year = simulate(Options(seed, max(0.3, dossiers / A_YEAR)))
    lines = _Lines()
    _past(random, year.intake, year.workflow, dossiers, lines)
    _voices(random, year.feedback, dossiers, lines)
    agencies = [line["agency"] for line in year.catalogue if line["do"] == "register_agency"]
    procedure = next(
        line["procedure"] for line in year.catalogue if line["do"] == "register_procedure"
    )
    _living(random, agencies, procedure, live, seconds, start, lines)
    scales = [line for line in year.feedback if line["do"] == "define_scale"]
    first = [*_bulks("intake", year.catalogue), *_bulks("feedback", scales)]
    return Plan(first, list(_lanes(random, seed, lines)), dossiers + live)


def single(line: Line, key: str | None = None) -> Request:
    """The request that sends one command to its own endpoint."""
    service, endpoint = _COMMANDS[line["do"]]
    named = {name: quote(str(line[name]), safe="") for name in endpoint.parameters}
    body = {name: value for name, value in line.items() if name != "do" and name not in named}
    return Request(
        service, endpoint.method, endpoint.path.format(**named), json.dumps(body).encode(),
        (line,), key if endpoint.method == "POST" else None,
    )  # fmt: skip


def bulk(service: str, lines: Sequence[Line], key: str | None = None) -> Request:
    """The request that sends some commands in one transaction."""
    body = b"\n".join(json.dumps(line).encode() for line in lines)
    return Request(service, "POST", "/bulk", body, tuple(lines), key)


def _past(
    random: Random, intake: Sequence[Line], workflow: Sequence[Line], count: int, lines: _Lines
) -> None:
    """Dossiers of the simulated year; one in eight is corrected, one in six told out of order.

    Extended ones are not corrected: the extension might then come too late and be refused.
    """
    codes = [line["dossier"] for line in intake if line["do"] == "receive_dossier"]
    chosen = set(random.sample(sorted(set(codes)), count))
    extended = {line["dossier"] for line in workflow if line["do"] == "extend_dossier"}
    for code, its in _grouped(line for line in intake if line["dossier"] in chosen).items():
        if random.random() < 1 / 8 and code not in extended:
            its.append(_correction(random, its[0]))
        lines.add("intake", its, _moments(random, len(its)))
    for its in _grouped(line for line in workflow if line["dossier"] in chosen).values():
        if random.random() < 1 / 6:
            random.shuffle(its)
        lines.add("workflow", its, _moments(random, len(its)))


def _correction(random: Random, received: Line) -> Line:
    due = datetime.fromisoformat(received["received_at"]) + timedelta(days=random.randint(2, 40))
    return {
        "do": "correct_dossier", "dossier": received["dossier"], "due_at": due.isoformat(),
        "reason": "hẹn trả ghi nhầm",
    }  # fmt: skip


def _voices(random: Random, feedback: Sequence[Line], count: int, lines: _Lines) -> None:
    told = _grouped(line for line in feedback if line["do"] != "define_scale")
    for identity in random.sample(sorted(told), min(count, len(told))):
        its = told[identity]
        lines.add("feedback", its, _moments(random, len(its)))


def _living(
    random: Random, agencies: Sequence[str], procedure: str, count: int, seconds: float,
    start: datetime, lines: _Lines,
) -> None:  # fmt: skip
    """Dossiers due while the run goes on: half of them are never resolved.

    Feedback about each is filed at nearly the same moment, and takes its sector from it.
    """
    for number in range(count):
        agency, moment = random.choice(agencies), random.random()
        code = f"{agency}-LIVE-{number:05d}"
        due = start + timedelta(seconds=seconds * min(1.0, moment + random.random() / 4))
        received: Line = {
            "do": "receive_dossier", "dossier": code, "procedure": procedure,
            "receiving": agency, "resolving": agency, "unit": "HOUR",
            "channel": random.choice(["direct", "online"]), "due_at": text(due),
            "received_at": text(start - timedelta(minutes=random.randint(1, 600))),
        }  # fmt: skip
        lines.add("intake", [received], [moment])
        filed: Line = {
            "do": "file_feedback", "feedback": f"{code}-PA", "agency": agency, "dossier": code,
            "filed_at": received["received_at"],
        }  # fmt: skip
        lines.add("feedback", [filed], [min(1.0, moment + random.random() / 50)])
        if random.random() < 0.5:
            at = due + timedelta(seconds=random.uniform(-3, 3))
            resolved: Line = {
                "do": "resolve_dossier", "dossier": code, "resolved_at": text(at)
            }  # fmt: skip
            lines.add("workflow", [resolved], [random.random()])


def text(at: datetime) -> str:
    """An instant as requests carry it."""
    return at.astimezone(VIETNAM).isoformat()


def _moments(random: Random, count: int) -> list[float]:
    """Close together as a rule: one dossier's acts should meet in time over the services."""
    first = random.random()
    return [min(1.0, first + random.random() ** 3) for _ in range(count)]


def _grouped(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        identity = line.get("feedback") or line.get("rating") or line["dossier"]
        found.setdefault(str(identity), []).append(line)
    return found


def _bulks(service: str, lines: Sequence[Line]) -> Iterator[Request]:
    for start in range(0, len(lines), 1000):
        yield bulk(service, lines[start : start + 1000])


def _lanes(random: Random, seed: int, lines: _Lines) -> Iterator[list[Request]]:
    for service, count in LANES.items():
        for lane in range(count):
            its = [
                row
                for (name, identity), rows in lines.of.items()
                if name == service and crc32(identity.encode()) % count == lane
                for row in rows
            ]
            its.sort(key=lambda row: row[0])
            name = f"{seed}-{service}-{lane}"
            yield list(_requests(random, service, name, [line for _, line in its]))


def _requests(random: Random, service: str, name: str, lines: list[Line]) -> Iterator[Request]:
    at = 0
    while at < len(lines):
        key = f"{name}-{at}" if random.random() < 0.5 else None
        if random.random() < 0.2:
            size = random.randint(2, 60)
            part = lines[at : at + size]
            corrects = any(line["do"].startswith("correct_") for line in part)
            yield bulk(service, part, f"{name}-{at}" if corrects else key)
            at += size
        else:
            yield single(lines[at], key)
            at += 1
