"""Events for scoring tests: short makers, and hypothesis strategies for random event sets."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import count

from hypothesis import strategies as st

from motcua_events import contracts as c
from motcua_events.event import Event
from motcua_worktime import VIETNAM

MICROSECOND = timedelta(microseconds=1)
AGENCIES = ("H53.1", "H53.2", "H53.3")
SECTORS = ("đất-đai", "hộ-tịch", None)
PERIODS = ("2020", "2020-Q1", "2020-Q2", "2020-02", "2020-04")

_ids = count(1)


def at(text: str) -> datetime:
    """An instant on Vietnam's clock: ``2020-03-02`` is its first, else ``2020-03-02 09:30``."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def by_day(text: str, unit: c.LimitUnit = "WORKING_DAY") -> c.Deadline:
    """A deadline at the end of office hours of a day; the whole day counts as equal."""
    day = datetime.combine(date.fromisoformat(text), time(), VIETNAM)
    return c.Deadline(
        due_at=day + timedelta(hours=17),
        unit=unit,
        early_until=day - MICROSECOND,
        late_after=day + timedelta(days=1) - MICROSECOND,
    )


def by_hour(text: str) -> c.Deadline:
    """A deadline at an hour; the last hour before it counts as equal."""
    due = at(text)
    hour = timedelta(hours=1)
    return c.Deadline(due_at=due, unit="HOUR", early_until=due - hour, late_after=due)


def event(data: c.EventData, when: str | datetime, id_: str | None = None) -> Event:
    """An event recorded when it happened; ids grow, so that a later one wins at equal times."""
    moment = at(when) if isinstance(when, str) else when
    return Event(id_ or f"e{next(_ids):06}", moment, data, f"/{data.KIND}", moment)


def received(dossier: str = "D-1", when: str = "2020-03-02 09:00", **changes: object) -> Event:
    """A dossier received by H53.2 for H53.1."""
    given: dict[str, object] = {
        "dossier": dossier, "procedure": "1.012766", "sector": "đất-đai", "receiving": "H53.2",
        "resolving": "H53.1", "received_at": at(when), "deadline": by_day("2020-03-16"),
    }  # fmt: skip
    return event(c.DossierReceived.model_validate({**given, **changes}), when)


def corrected(when: str, dossier: str = "D-1", **changes: object) -> Event:
    """The same dossier's record again with other content."""
    data = received(dossier, "2020-03-02 09:00", **changes).data
    fields = {name: getattr(data, name) for name in c.DossierReceived.model_fields}
    return event(c.DossierCorrected.model_validate({**fields, "reason": "sửa"}), when)


def resolved(when: str, dossier: str = "D-1") -> Event:
    """The dossier's resolution."""
    return event(c.DossierResolved(dossier=dossier, resolved_at=at(when)), when)


def passed(deadline: c.Deadline, dossier: str = "D-1", step: str | None = None) -> Event:
    """The timer's event for a deadline."""
    data = c.DeadlinePassed(dossier=dossier, step=step, deadline=deadline)
    return event(data, deadline.late_after)


def contact(name: str, when: str = "2020-03-03 10:00", **changes: object) -> Event:
    """A contact with the one-stop unit of H53.2, fault unstated."""
    given = {"dossier": "D-1", "contact": name, "body": "H53.2", "place": "one_stop_unit"}
    return event(c.ContactMade.model_validate({**given, "made_at": at(when), **changes}), when)


def started(
    step: str, agency: str, deadline: c.Deadline | None, when: str = "2020-03-03 08:00"
) -> Event:
    """A step begins."""
    data = c.StepStarted(
        dossier="D-1", step=step, agency=agency, started_at=at(when), deadline=deadline
    )
    return event(data, when)


def completed(step: str, when: str) -> Event:
    """A step ends."""
    return event(c.StepCompleted(dossier="D-1", step=step, completed_at=at(when)), when)


def filed(feedback: str, due: str, when: str = "2020-03-02 09:00", agency: str = "H53.1") -> Event:
    """Feedback addressed to an agency."""
    data = c.FeedbackFiled(
        feedback=feedback, agency=agency, filed_at=at(when), deadline=by_day(due)
    )
    return event(data, when)


def answered(feedback: str, when: str) -> Event:
    """The agency's answer."""
    return event(c.FeedbackAnswered(feedback=feedback, answered_at=at(when)), when)


def rated(rating: str, when: str = "2020-03-20 10:00", **changes: object) -> Event:
    """A satisfaction answer for dossier D-1, without questions about indices."""
    given: dict[str, object] = {
        "rating": rating, "agency": "H53.1", "dossier": "D-1", "scale": "S3",
        "answer": "Hài lòng", "submitted_at": at(when),
    }  # fmt: skip
    return event(c.RatingSubmitted.model_validate({**given, **changes}), when)


def registered(agency: str, level: c.Level = "province", when: str = "2020-01-01") -> Event:
    """An agency."""
    return event(c.AgencyRegistered(agency=agency, name=f"Cơ quan {agency}", level=level), when)


def listing(procedure: str, since: str = "2020-01-01", **flags: object) -> Event:
    """A procedure on the list of H53.1."""
    given = {"agency": "H53.1", "procedure": procedure, "effective_from": since}
    return event(c.ListingChanged.model_validate({**given, **flags}), since)


# --- random event sets ---------------------------------------------------------------------------

_days = st.integers(0, 150).map(lambda n: date(2020, 1, 15) + timedelta(days=n))
_edges = st.sampled_from([time(), time(0, 0, 1), time(9, 30), time(23, 59, 59, 999_999)])
instants = st.builds(lambda day, clock: datetime.combine(day, clock, VIETNAM), _days, _edges)
agencies = st.sampled_from(AGENCIES)
sectors = st.sampled_from(SECTORS)
_names = st.sampled_from(("1", "2"))
_text = st.just("lý do")
_few_days = st.sampled_from(("2020-01-31", "2020-02-14", "2020-02-29", "2020-04-01"))
deadlines = st.one_of(
    st.builds(by_day, _few_days, st.sampled_from(("WORKING_DAY", "DAY"))),
    st.builds(by_hour, st.sampled_from(("2020-02-28 10:00", "2020-03-31 16:30"))),
)


def _of(kind: type[c.Value], /, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.fixed_dictionaries(fields).map(kind.model_validate)


def _record(dossier: st.SearchStrategy[str]) -> dict[str, st.SearchStrategy[object]]:
    return {
        "dossier": dossier, "procedure": st.just("1.012766"), "sector": sectors,
        "receiving": agencies, "resolving": agencies,
        "channel": st.sampled_from(("direct", "online", "postal")),
        "received_at": instants, "deadline": st.none() | deadlines,
    }  # fmt: skip


def _contact(dossier: st.SearchStrategy[str]) -> dict[str, st.SearchStrategy[object]]:
    return {
        "dossier": dossier, "contact": st.sampled_from("123"), "body": agencies,
        "place": st.sampled_from(("one_stop_unit", "other")), "made_at": instants,
        "fault": st.sampled_from(("applicant", "agency", "unstated")),
        "required_by_law": st.booleans(),
    }  # fmt: skip


def _reported() -> st.SearchStrategy[object]:
    return st.none() | _of(
        c.Reported,
        total_time=st.sampled_from((None, "shorter", "equal", "longer")),
        contacts=st.sampled_from((None, "none", "one", "several")),
        bodies=st.sampled_from((None, "none", "one_stop_only", "several")),
        attitude=st.sampled_from((None, "early_no_complaint", "on_time_no_complaint", "complaint")),
    )


def _intake(dossier: st.SearchStrategy[str]) -> list[st.SearchStrategy[object]]:
    return [
        _of(c.DossierReceived, **_record(dossier)),
        _of(c.DossierReceived, **_record(dossier)),
        _of(c.DossierCorrected, **_record(dossier), reason=_text),
        _of(c.DossierRestarted, dossier=dossier, restarted_at=instants,
            deadline=st.none() | deadlines),
        _of(c.ContactMade, **_contact(dossier)),
        _of(c.ContactCorrected, **_contact(dossier), needed=st.booleans(), reason=_text),
        _of(c.DossierRefused, dossier=dossier, refused_at=instants, reason=_text),
        _of(c.DossierWithdrawn, dossier=dossier, withdrawn_at=instants),
        _of(c.DossierStopped, dossier=dossier, stopped_at=instants, reason=_text),
        _of(c.DossierReopened, dossier=dossier, reopened_at=instants, reason=_text),
    ]  # fmt: skip


def _workflow(dossier: st.SearchStrategy[str]) -> list[st.SearchStrategy[object]]:
    step = st.none() | _names
    return [
        _of(c.StepStarted, dossier=dossier, step=_names, agency=agencies, started_at=instants,
            deadline=st.none() | deadlines),
        _of(c.StepCompleted, dossier=dossier, step=_names, completed_at=instants),
        _of(c.DossierPaused, dossier=dossier, pause=_names, paused_at=instants,
            reason=st.just("supplement")),
        _of(c.DossierResumed, dossier=dossier, pause=_names, resumed_at=instants),
        _of(c.DossierExtended, dossier=dossier, extended_at=instants, new_due_at=instants),
        _of(c.DossierResolved, dossier=dossier, resolved_at=instants),
        _of(c.DossierResolved, dossier=dossier, resolved_at=instants),
        _of(c.ResultReturned, dossier=dossier, returned_at=instants),
        _of(c.DeadlineMoved, dossier=dossier, step=step, base=deadlines, effective=deadlines,
            pauses=st.just(("1",))),
        _of(c.DeadlinePassed, dossier=dossier, step=step, deadline=deadlines),
    ]  # fmt: skip


def _feedback(dossier: st.SearchStrategy[str]) -> list[st.SearchStrategy[object]]:
    piece = st.sampled_from(("F-1", "F-2"))
    rating = {
        "agency": agencies, "scale": st.just("S3"), "submitted_at": instants,
        "answer": st.sampled_from(("Hài lòng", "Bình thường")), "reported": _reported(),
    }  # fmt: skip
    return [
        dossier.flatmap(lambda code: _of(
            c.RatingSubmitted, **rating, dossier=st.just(code),
            rating=_names.map(lambda name: f"R-{code}-{name}"))),
        _of(c.RatingSubmitted, **rating, rating=st.sampled_from(("R-1", "R-2"))),
        dossier.flatmap(lambda code: _of(
            c.RatingWithdrawn, dossier=st.just(code), withdrawn_at=instants,
            rating=_names.map(lambda name: f"R-{code}-{name}"))),
        _of(c.RatingWithdrawn, rating=st.sampled_from(("R-1", "R-2")), withdrawn_at=instants),
        _of(c.ComplaintRaised, dossier=dossier, feedback=piece, raised_at=instants),
        _of(c.ComplaintDismissed, dossier=dossier, feedback=piece, concluded_at=instants),
        _of(c.FeedbackFiled, feedback=piece, agency=agencies, sector=sectors, filed_at=instants,
            deadline=deadlines),
        _of(c.FeedbackAnswered, feedback=piece, answered_at=instants),
        _of(c.FeedbackProlonged, feedback=piece, prolonged_at=instants),
        _of(c.FeedbackDismissed, feedback=piece, concluded_at=instants,
            conclusion=st.just("wrong")),
        _of(c.FeedbackDeadlinePassed, feedback=piece, deadline=deadlines),
        _of(c.AssessmentRecorded, assessment=_names, agency=agencies, period=st.just("2020"),
            kind=st.just("self_score"), scores=st.just({1: 20}), by=agencies,
            assessed_at=instants),
        _of(c.ScaleDefined, scale=st.just("S3"),
            answers=st.just(("Hài lòng", "Bình thường", "Không hài lòng"))),
    ]  # fmt: skip


def _catalogue() -> list[st.SearchStrategy[object]]:
    flag = st.booleans()
    return [
        _of(c.AgencyRegistered, agency=agencies, name=st.just("Cơ quan"),
            level=st.sampled_from(("province", "district", "commune"))),
        _of(c.ProcedureRegistered, procedure=st.just("1.012766"), name=st.just("Thủ tục"),
            sector=st.just("đất-đai")),
        _of(c.ListingChanged, agency=agencies, procedure=st.sampled_from(("1.000001", "1.000002")),
            sector=sectors, effective_from=_days, listed=flag, exempt=flag, one_stop=flag,
            whole_chain=flag, accurate=flag, posted=flag, electronic=flag, online_eligible=flag,
            online_level=st.integers(0, 4)),
        _of(c.CalendarDayOverridden, day=_days, kind=st.just("off"), announced_on=_days,
            name=st.just("Nghỉ")),
    ]  # fmt: skip


def data_of_every_kind() -> st.SearchStrategy[object]:
    """The data of one event of any type that scoring can receive; few ids, so that they meet."""
    dossier = st.sampled_from(("D-1", "D-2"))
    return st.one_of(*_intake(dossier), *_workflow(dossier), *_feedback(dossier), *_catalogue())


@st.composite
def event_sets(draw: st.DrawFn, max_size: int = 40) -> list[Event]:
    """Random events with unique ids, some with equal times; two dossiers among them."""
    lives = [_of(c.DossierReceived, **_record(st.just(code))) for code in ("D-1", "D-2")]
    ends = _of(c.DossierResolved, dossier=st.just("D-1"), resolved_at=instants)
    found = draw(st.tuples(*(st.tuples(data, instants) for data in (*lives, ends))))
    rest = draw(st.lists(st.tuples(data_of_every_kind(), instants), max_size=max_size))
    found = (*found, *rest)[:max_size]
    return [event(data, when, f"r{n:04}") for n, (data, when) in enumerate(found)]


@st.composite
def arrivals(draw: st.DrawFn, max_size: int = 40) -> tuple[list[Event], list[Event]]:
    """Random events, and the same in another order with some of them repeated."""
    events = draw(event_sets(max_size))
    return events, draw(rearranged(events))


@st.composite
def rearranged(draw: st.DrawFn, events: Sequence[Event]) -> list[Event]:
    """The events in any order, some of them more than once."""
    order = random.Random(draw(st.integers(0, 2**32)))
    again = [each for each in events if order.random() < 0.3]
    mixed = [*events, *again]
    order.shuffle(mixed)
    return mixed
