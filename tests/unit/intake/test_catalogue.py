"""The catalogue's entries: the last word holds, the same word twice is recorded once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from motcua_events.contracts import AgencyRegistered, CalendarDayOverridden, ListingChanged
from motcua_service.decider import Refusal

if TYPE_CHECKING:
    from conftest import Register

AGENCY = {"agency": "A", "name": "Sở Tư pháp", "level": "province"}
LISTING: dict[str, Any] = {
    "agency": "A",
    "procedure": "1.000001",
    "effective_from": "2020-01-01",
    "one_stop": True,
}
DAY = {"day": "2020-01-27", "kind": "off", "announced_on": "2020-01-10", "name": "Tết"}


def test_the_same_registration_twice_is_recorded_once(register: Register) -> None:
    (change,) = register.tell("register_agency", **AGENCY)
    assert change.data == AgencyRegistered(agency="A", name="Sở Tư pháp", level="province")
    assert register.tell("register_agency", **AGENCY) == []


def test_another_content_is_recorded_later(register: Register) -> None:
    (first,) = register.tell("register_agency", **AGENCY)
    (second,) = register.tell("register_agency", **AGENCY | {"name": "Sở Tư pháp tỉnh"})
    assert second.time > first.time
    (third,) = register.tell("register_agency", **AGENCY)
    assert third.time > second.time


def test_listing_states_are_kept_by_their_first_day(register: Register) -> None:
    register.tell("list_procedure", **LISTING)
    (later,) = register.tell(
        "list_procedure", **LISTING | {"effective_from": "2020-07-01", "electronic": True}
    )
    assert isinstance(later.data, ListingChanged)
    assert later.data.effective_from == date(2020, 7, 1)
    assert register.tell("list_procedure", **LISTING) == []


def test_a_listing_takes_its_procedures_sector_unless_it_names_one(register: Register) -> None:
    register.procedure()
    for named, sector in ((None, "HT"), ("DD", "DD")):
        (change,) = register.tell("list_procedure", **LISTING | {"sector": named})
        assert isinstance(change.data, ListingChanged)
        assert change.data.sector == sector


def test_a_listing_before_its_procedure_gets_the_sector_in_all_its_states(
    register: Register,
) -> None:
    register.tell("list_procedure", **LISTING)
    register.tell("list_procedure", **LISTING | {"effective_from": "2020-07-01"})
    assert register.settle_listing("A", "1.000001") == []
    register.procedure(code="1.000001.000.00.00.H53")
    settled = register.settle_listing("A", "1.000001")
    assert [change.data.sector for change in settled] == ["HT", "HT"]  # type: ignore[attr-defined]
    assert register.settle_listing("A", "1.000001") == []
    assert register.tell("list_procedure", **LISTING) == []


def test_a_listing_cannot_begin_in_the_future(register: Register) -> None:
    with pytest.raises(Refusal) as caught:
        register.tell("list_procedure", **LISTING | {"effective_from": "2026-11-21"})
    assert caught.value.field == "effective_from"
    assert caught.value.status == 422
    register.tell("list_procedure", **LISTING | {"effective_from": "2026-11-20"})


def test_a_day_for_every_calendar_has_no_calendar(register: Register) -> None:
    (change,) = register.tell("override_day", calendar="*", **DAY)
    assert isinstance(change.data, CalendarDayOverridden)
    assert change.data.calendar is None
    assert change.data.stream == "calendar/*"
    assert register.tell("override_day", **DAY) == []


def test_a_day_told_again_is_replaced(register: Register) -> None:
    register.tell("override_day", **DAY)
    (change,) = register.tell("override_day", **DAY | {"kind": "working"})
    assert isinstance(change.data, CalendarDayOverridden)
    assert change.data.kind == "working"


def test_an_announcement_cannot_lie_in_the_future(register: Register) -> None:
    with pytest.raises(Refusal) as caught:
        register.tell("override_day", **DAY | {"announced_on": "2026-12-01"})
    assert caught.value.field == "announced_on"


def test_a_calendar_is_its_definition_and_its_days(register: Register) -> None:
    hours = [{"opens": "08:00", "closes": "12:00"}]
    register.tell("define_calendar", calendar="C", weekdays=[5, 0], sessions=hours)
    register.tell("override_day", calendar="C", **DAY)
    same = register.tell("define_calendar", calendar="C", weekdays=[0, 5], sessions=hours)
    assert same == []
    assert register.tell("override_day", calendar="C", **DAY) == []
