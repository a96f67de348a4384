"""A simulated year as templates: the same events under as many new dossier codes as needed. Pure.

A copy of a dossier differs from the original by a mark of fixed length in its code and in the ids
of its events; its times are the original's. Catalogue, surveys and feedback exist once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pure_services import published

from motcua_events import Event
from motcua_events.cloudevents import Headers, encode
from motcua_events.contracts import DOSSIER_TOPICS
from motcua_events.kafka import partition_of
from motcua_local.simulator import Options, simulate

from .counting import Counts, Table

FIRST = ("intake.catalogue", "feedback.assessments")
"""Topics whose events come before all others."""

ID_MARK = "f00d"
PARTITIONS = 6


class Copy(NamedTuple):
    """An event of the year, by its position, as copy ``number``; copy 0 is the original."""

    position: int
    number: int


def mark(number: int) -> str:
    """What stands in the codes of a copy; found nowhere else."""
    return f"~{number:08d}"


@dataclass(frozen=True, slots=True)
class Template:
    """One event, encoded; ``key``, ``value`` and ``subject`` are cut where the mark belongs.

    Every copy goes to the partition of the original, so that a copy counts where it does.
    """

    event: Event
    once: bool
    topic: str
    partition: int
    key: list[bytes]
    value: list[bytes]
    subject: list[bytes]
    id: bytes
    headers: Headers

    def copy(self, number: int) -> tuple[bytes, bytes, Headers]:
        """Key, value and headers of a copy."""
        own = mark(number).encode()
        id_ = self.id + f"{number:08d}".encode()
        named = [("ce_id", id_), ("ce_subject", own.join(self.subject))]
        return own.join(self.key), own.join(self.value), [*self.headers, *named]


@dataclass(frozen=True, slots=True)
class Year:
    """Templates in the order in which things happened; the first ``catalogue`` ones come first."""

    templates: Sequence[Template]
    catalogue: int

    def told(self, wanted: int) -> Iterator[Copy]:
        """The catalogue, then a province as big as it takes for ``wanted`` events or more."""
        body = self.templates[self.catalogue :]
        again = sum(not each.once for each in body)
        copies = 1 + max(0, -(-(wanted - len(self.templates)) // again))
        yield from (Copy(position, 0) for position in range(self.catalogue))
        yield from self.part(self.catalogue, len(self.templates), range(copies))

    def part(self, start: int, stop: int, copies: Sequence[int]) -> Iterator[Copy]:
        """The events from ``start`` to ``stop`` for each copy."""
        for one in interleaved(start, stop, copies):
            if one.number == 0 or not self.templates[one.position].once:
                yield one

    def counted(self, reached: Mapping[int, int]) -> tuple[Table, int]:
        """What counting gives, and how many dossiers, when each copy was told up to a position."""
        stops, counts = Counter(reached.values()), Counts()
        table: Table = Counter()
        dossiers = 0
        for position, template in enumerate(self.templates, start=1):
            counts.add(template.event)
            for cell, n in counts.table.items() if position in stops else ():
                table[cell] += n * stops[position]
            dossiers += counts.dossiers * stops[position]
        return table, dossiers


def interleaved(start: int, stop: int, copies: Sequence[int]) -> Iterator[Copy]:
    """Every copy in order, each begun a little later than the one before, all within a month.

    So the events of one dossier lie as far apart as in a province of that size, and neighbours in
    the log are of different agencies and days.
    """
    long = stop - start
    shift = max(1, long // (12 * len(copies)))
    for step in range(long + shift * (len(copies) - 1)):
        first = max(0, -((long - 1 - step) // shift))
        for at in range(first, min(len(copies) - 1, step // shift) + 1):
            yield Copy(start + step - at * shift, copies[at])


@lru_cache(maxsize=2)
def year(scale: float) -> Year:
    """The year of the simulator, at a scale."""
    events = sorted(published(simulate(Options(scale=scale))), key=lambda event: event.time)
    events.sort(key=lambda event: event.data.TOPIC not in FIRST)
    catalogue = sum(event.data.TOPIC in FIRST for event in events)
    return Year([template(event) for event in events], catalogue)


def template(event: Event) -> Template:
    """An event's template."""
    digest = hashlib.blake2b(event.id.encode(), digest_size=40).hexdigest()
    marked = event._replace(
        data=_marked(event), id=_uuid(digest),
        traceparent=f"00-{digest[16:48]}-{digest[48:64]}-01",
    )  # fmt: skip
    message = encode(marked)
    own = mark(0).encode()
    named = {"ce_id", "ce_subject"}
    return Template(
        event, _once(event), message.topic, partition_of(message.key, PARTITIONS),
        message.key.split(own), message.value.split(own), marked.data.entity.encode().split(own),
        marked.id[:-8].encode(), [each for each in message.headers if each[0] not in named],
    )  # fmt: skip


def _uuid(digest: str) -> str:
    """An id that looks like ours, its last digits left for the copy's number."""
    return f"{digest[:8]}-{digest[8:12]}-7{digest[12:15]}-8{digest[15:18]}-{ID_MARK}{0:08d}"


def _marked(event: Event) -> object:
    code = getattr(event.data, "dossier", None)
    if code is None:
        return event.data
    agency, dash, rest = code.partition("-")
    return event.data.model_copy(update={"dossier": f"{agency}-{mark(0)}{dash}{rest}"})


def _once(event: Event) -> bool:
    return event.data.TOPIC not in DOSSIER_TOPICS or getattr(event.data, "dossier", None) is None
