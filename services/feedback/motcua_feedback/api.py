"""What feedback shows: the state of one piece of feedback, one rating, scale, assessment."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel

from motcua_events.contracts import (
    AssessmentRecorded,
    Code,
    ComplaintRaised,
    FeedbackFiled,
    RatingSubmitted,
    ScaleDefined,
)
from motcua_events.event import Event
from motcua_events.store import EventStore
from motcua_service.problems import Problem
from motcua_service.runtime import StoreOf

from .domain_dossier import Dossier, takes_sector
from .domain_feedback import Feedback

router = APIRouter(tags=["state"])

Id = Annotated[Code, Path(description="the id as it was given")]
Status = Literal["open", "overdue", "answered", "dismissed", "unknown"]


class FeedbackView(BaseModel):
    """One piece of feedback as known now.

    ``waiting_for`` names what is not known yet: ``filing`` if only later acts have been told,
    ``sector`` if it is the dossier's and intake has not told it.
    """

    feedback: str
    status: Status
    filing: FeedbackFiled | None
    answered_at: datetime | None
    prolonged_at: datetime | None
    dismissed_at: datetime | None
    deadline_passed: bool
    waiting_for: list[str]


class ComplaintView(BaseModel):
    """One complaint about a dossier's handling; dismissed ones do not count."""

    feedback: str
    raised_at: datetime
    dismissed: bool


class DossierView(BaseModel):
    """The complaints about one dossier; its sector as intake has it, if it is known."""

    dossier: str
    sector: str | None
    complaints: list[ComplaintView]


class RatingView(BaseModel):
    """One rating; ``waiting_for`` names ``scale`` until its scale is defined."""

    rating: RatingSubmitted
    waiting_for: list[str]


@router.get("/feedback/{feedback}")
async def get_feedback(feedback: Id, store: StoreOf) -> FeedbackView:
    """One piece of feedback."""
    events = await _events(store, "feedback", feedback)
    state = Feedback()
    for event in events:
        state = state.evolve(event)
    return FeedbackView(
        feedback=feedback,
        status=_status(state),
        filing=state.filing,
        answered_at=_at(state.answered, "answered_at"),
        prolonged_at=_at(state.prolonged, "prolonged_at"),
        dismissed_at=_at(state.dismissed, "concluded_at"),
        deadline_passed=_is_overdue(state),
        waiting_for=_waiting_for(state.filing),
    )


@router.get("/dossiers/{dossier}")
async def get_dossier(dossier: Id, store: StoreOf) -> DossierView:
    """The complaints about one dossier's handling, and its sector."""
    known = Dossier()
    for event in await _events(store, "dossier", dossier):
        known = known.evolve(event)
    return DossierView(
        dossier=dossier,
        sector=known.sector,
        complaints=[
            _complaint(event, feedback in known.dismissed)
            for feedback, event in sorted(known.raised.items())
        ],
    )


@router.get("/ratings/{rating}")
async def get_rating(rating: Id, store: StoreOf) -> RatingView:
    """One rating."""
    data = (await _events(store, "rating", rating))[-1].data
    assert isinstance(data, RatingSubmitted)
    defined = await store.load(f"scale/{data.scale}")
    return RatingView(rating=data, waiting_for=[] if defined else ["scale"])


@router.get("/scales/{scale}")
async def get_scale(scale: Id, store: StoreOf) -> ScaleDefined:
    """One rating scale."""
    data = (await _events(store, "scale", scale))[-1].data
    assert isinstance(data, ScaleDefined)
    return data


@router.get("/assessments/{assessment}")
async def get_assessment(assessment: Id, store: StoreOf) -> AssessmentRecorded:
    """One assessment."""
    data = (await _events(store, "assessment", assessment))[-1].data
    assert isinstance(data, AssessmentRecorded)
    return data


async def _events(store: EventStore, kind: str, entity: str) -> list[Event]:
    events = await store.load(f"{kind}/{entity}")
    if not events:
        raise Problem(404, f"No such {kind}", f"Nothing is recorded of {kind} {entity}.")
    return events


def _status(state: Feedback) -> Status:
    if state.dismissed:
        return "dismissed"
    if state.answered:
        return "answered"
    if state.filed is None:
        return "unknown"
    return "overdue" if _is_overdue(state) else "open"


def _waiting_for(filing: FeedbackFiled | None) -> list[str]:
    if filing is None:
        return ["filing"]
    awaited = filing.sector is None and takes_sector(filing, filing.dossier)
    return ["sector"] if awaited else []


def _is_overdue(state: Feedback) -> bool:
    return state.passed is not None and not state.is_open


def _complaint(event: Event, dismissed: bool) -> ComplaintView:
    data = event.data
    assert isinstance(data, ComplaintRaised)
    return ComplaintView(feedback=data.feedback, raised_at=data.raised_at, dismissed=dismissed)


def _at(event: Event | None, field: str) -> datetime | None:
    return getattr(event.data, field) if event else None
