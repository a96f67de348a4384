"""Feedback about a dossier that names no sector takes the dossier's: whatever came first."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pure_services import InMemory

from motcua_events.contracts import (
    ContactMade,
    DossierCorrected,
    DossierReceived,
    EventData,
    FeedbackFiled,
    Limit,
)
from motcua_events.event import Event
from motcua_feedback.commands import FileFeedback, NoteSector, PassDeadline
from motcua_feedback.domain import FeedbackDecider
from motcua_feedback.domain_feedback import Context
from motcua_feedback.inputs import noting
from motcua_worktime import Calendars

NOW = datetime(2021, 1, 4, 8, tzinfo=UTC)
FILED = datetime(2020, 3, 2, 2, tzinfo=UTC)


def service() -> InMemory:
    return InMemory("/feedback", FeedbackDecider(), Context(NOW, Calendars(), Limit(amount=5)))


def filing(**more: Any) -> FileFeedback:
    fields = {"feedback": "F1", "agency": "A", "dossier": "D1", "filed_at": FILED}
    return FileFeedback(**{**fields, **more})


def reception(sector: str | None, day: int, dossier: str = "D1") -> Event:
    """Intake's record of the dossier, by an event of that day."""
    known = {
        "dossier": dossier, "procedure": "1.012766", "sector": sector, "receiving": "A",
        "resolving": "A", "received_at": FILED,
    }  # fmt: skip
    data = DossierCorrected(**known, reason="x") if day else DossierReceived(**known)
    return Event(f"i{day}", FILED + timedelta(days=day), data, "/intake", NOW)


def heard(*events: Event) -> list[NoteSector]:
    return noting(events)


def recorded(told: InMemory, *commands: Any) -> list[EventData]:
    """What the commands make the service record."""
    before = len(told.events)
    told.run(commands)
    return [event.data for event in told.events[before:]]


def filings(told: InMemory) -> list[FeedbackFiled]:
    return [each.data for each in told.events if isinstance(each.data, FeedbackFiled)]


def sectors(told: InMemory) -> list[str | None]:
    return [each.sector for each in filings(told)]


def test_a_filing_carries_the_sector_of_a_dossier_that_is_known() -> None:
    told = service()
    told.run([*heard(reception("HT", 0)), filing()])
    (filed,) = filings(told)
    assert (filed.sector, filed.sector_of_dossier) == ("HT", True)
    assert told.events[1].time == FILED


def test_a_filing_is_told_again_once_its_dossier_is_heard_of() -> None:
    told = service()
    told.run([filing()])
    noted, again = recorded(told, *heard(reception("HT", 0)))
    first = filings(told)[0]
    assert (first.sector, first.sector_of_dossier) == (None, False)
    assert noted.TYPE == "sector.noted.v1"
    assert again == first.model_copy(update={"sector": "HT", "sector_of_dossier": True})
    assert told.events[-1].time == NOW
    assert recorded(told, *heard(reception("HT", 0)), filing()) == []


def test_each_correction_of_the_sector_is_told_once_and_later_than_the_last() -> None:
    told = service()
    told.run([filing()])
    for day, sector in enumerate(["HT", "HT", "DD", None, "DD"]):
        told.run(heard(reception(sector, day)) * 2)
    assert sectors(told) == [None, "HT", "DD", None, "DD"]
    assert [each.sector_of_dossier for each in filings(told)] == [False, True, True, False, True]
    times = [event.time for event in told.events if isinstance(event.data, FeedbackFiled)]
    assert times == sorted(set(times))


@pytest.mark.parametrize("given", ["DD", "HT"])
def test_a_sector_that_was_given_is_never_overwritten(given: str) -> None:
    told = service()
    told.run([filing(sector=given)])
    told.run([*heard(reception("HT", 0)), *heard(reception("XD", 1)), filing(sector=given)])
    assert sectors(told) == [given]


def test_a_given_sector_replaces_the_dossiers_and_may_be_taken_back() -> None:
    told = service()
    told.run([filing(), *heard(reception("HT", 0))])
    assert recorded(told, filing(sector="HT"))[0].model_dump()["sector_of_dossier"] is False
    told.run(heard(reception("DD", 1)))
    assert sectors(told)[-1] == "HT"
    told.run([filing()])
    assert sectors(told)[-1] == "DD"
    told.run(heard(reception("XD", 2)))
    assert sectors(told)[-1] == "XD"


@pytest.mark.parametrize("about", ["conduct", "other"])
def test_feedback_moved_to_another_dossier_follows_that_one(about: str) -> None:
    told = service()
    told.run([filing(about=about), *heard(reception("HT", 0)), filing(about=about, dossier="D2")])
    told.run(heard(reception("XD", 1)))
    assert sectors(told)[-1] is None
    told.run(heard(reception("DD", 1, "D2")))
    assert sectors(told) == [None, "HT", None, "DD"]


def test_feedback_without_a_dossier_has_the_sector_it_was_given() -> None:
    told = service()
    told.run([filing(dossier=None), filing(dossier=None, feedback="F2", sector="HT")])
    assert sectors(told) == [None, "HT"]
    assert len(told.events) == 2


def test_telling_again_keeps_the_due_date_and_what_passed() -> None:
    told = service()
    told.run([filing(), PassDeadline(feedback="F1", late_after=FILED)])
    told.run([*heard(reception("HT", 0)), PassDeadline(feedback="F1", late_after=FILED)])
    first, again = filings(told)
    assert first.deadline == again.deadline
    assert not told.states["feedback/F1"].is_open
    assert len(told.events) == 5


@pytest.mark.parametrize("count", [1, 30])
def test_a_note_names_the_streams_of_all_feedback_known_to_name_the_dossier(count: int) -> None:
    told = service()
    named = [f"F{n}" for n in range(count)]
    told.run(filing(feedback=each, about=["conduct", "other"][len(each) % 2]) for each in named)
    assert told.states["dossier/D1"].named_by == set(named)
    (note,) = heard(reception("HT", 0))
    note = note.model_copy(update={"named_by": frozenset(named)})
    assert set(FeedbackDecider().streams(note)) == {"dossier/D1", *(f"feedback/{n}" for n in named)}
    told.run([note])
    assert sectors(told) == [None] * count + ["HT"] * count


FILINGS = [
    filing(), filing(agency="B"), filing(about="conduct"), filing(sector="HT"),
    filing(sector="HT", about="conduct"), filing(dossier="D2"), filing(dossier=None),
]  # fmt: skip


@given(st.lists(st.sampled_from(FILINGS), max_size=6).map(tuple), st.sampled_from(FILINGS))
def test_what_begins_to_take_a_sector_writes_to_the_dossiers_stream(
    before: tuple[FileFeedback, ...], last: FileFeedback
) -> None:
    """Only so a note made at the same moment conflicts with it."""
    told = service()
    for each in before:
        _try(told, each)
    former = told.states["feedback/F1"].filing
    new = _try(told, last)
    took = former is not None and former.sector is None and former.dossier == last.dossier
    if new and last.sector is None and last.dossier and not took:
        assert f"dossier/{last.dossier}" in {data.stream for data in new}


def _try(told: InMemory, command: FileFeedback) -> list[EventData]:
    """A complaint does not come back to a dossier it was taken off: then nothing is recorded."""
    if command.about == "conduct" and "F1" in told.states[f"dossier/{command.dossier}"].dismissed:
        return []
    return recorded(told, command)


@given(
    st.permutations([reception(s, day) for day, s in enumerate(["HT", "DD", "HT", None, "XD"])]),
    st.integers(0, 2**32),
)
def test_whatever_comes_when_and_how_often_the_latest_record_holds(
    events: list[Event], seed: int
) -> None:
    told, chance = service(), random.Random(seed)
    for each in [*events, *chance.sample(events, 2)]:
        told.run(chance.choice([[], [filing()]]))
        told.run(heard(each))
    told.run([filing()])
    assert sectors(told)[-1] == "XD"
    assert all(one != two for one, two in zip(sectors(told), sectors(told)[1:], strict=False))


def test_of_a_batch_only_the_latest_record_of_each_dossier_is_noted() -> None:
    contact = ContactMade(dossier="D3", contact="C", body="A", place="other", made_at=FILED)
    events = [
        reception("DD", 1), reception("HT", 0), reception("XD", 0, "D2"), reception("DD", 1),
        Event("c", NOW, contact, "/intake", NOW),
    ]  # fmt: skip
    assert [(each.dossier, each.sector) for each in noting(events)] == [("D1", "DD"), ("D2", "XD")]
