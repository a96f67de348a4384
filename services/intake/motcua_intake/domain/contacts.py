"""Contacts the applicant had to make to complete the dossier (indices 3 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from motcua_events.contracts import ContactCorrected, ContactMade
from motcua_events.event import Change, later_than
from motcua_intake.commands import CorrectContact, RecordContact
from motcua_service.decider import happened

from .dossier import Dossier, data_of, latest

AGAIN = "recorded again with other content"


def record_contact(command: RecordContact, dossier: Dossier, now: datetime) -> Sequence[Change]:
    """Record a contact; once known, other content corrects it and known content does nothing.

    A late copy of any earlier record is known content: it undoes no correction. The first record
    that comes after a correction of it keeps its own, older time, so that the correction holds.
    """
    happened("made_at", command.made_at, now)
    events = dossier.contacts.get(command.contact, ())
    known = [data_of(event, ContactMade) for event in events]
    if any(_same(command, each) for each in known):
        return []
    recorded = any(type(each) is ContactMade for each in known)
    if recorded:
        data = ContactCorrected(**_fields(command), needed=True, reason=AGAIN)
        return [Change(data, later_than(now, max(event.time for event in events)))]
    return [Change(ContactMade(**_fields(command)), command.made_at)]


def correct_contact(command: CorrectContact, dossier: Dossier, now: datetime) -> Sequence[Change]:
    """Record the whole contact as it should have been; nothing if it is so already."""
    happened("made_at", command.made_at, now)
    holds = latest(dossier.contacts.get(command.contact, ()))
    if holds is not None:
        data = data_of(holds, ContactMade)
        if _same(command, data) and needed(data) == command.needed:
            return []
    corrected = ContactCorrected(**_fields(command), needed=command.needed, reason=command.reason)
    time = later_than(now, max(holds.time, command.made_at) if holds else command.made_at)
    return [Change(corrected, time)]


def needed(contact: ContactMade) -> bool:
    """False if a correction took the contact away."""
    return contact.needed if isinstance(contact, ContactCorrected) else True


def _same(command: RecordContact | CorrectContact, data: ContactMade) -> bool:
    return all(getattr(data, name) == value for name, value in _fields(command).items())


def _fields(command: RecordContact | CorrectContact) -> dict[str, Any]:
    return {name: getattr(command, name) for name in ContactMade.model_fields}
