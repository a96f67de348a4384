"""One dossier's acts in any order and any number of times end in the same dossier."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua_intake.domain.dossier import Dossier, latest
from motcua_intake.domain.reception import waiting_for

RECEIVED = "2026-03-02T08:00:00+07:00"
ACTS: list[dict[str, Any]] = [
    {
        "do": "receive_dossier", "dossier": "D1", "procedure": "1.000001", "receiving": "R",
        "resolving": "A", "received_at": RECEIVED,
    },
    {"do": "restart_dossier", "dossier": "D1", "restarted_at": "2026-03-09T08:00:00+07:00"},
    {"do": "restart_dossier", "dossier": "D1", "restarted_at": "2026-03-16T08:00:00+07:00"},
    {
        "do": "record_contact", "dossier": "D1", "contact": "C1", "body": "R", "place": "other",
        "made_at": "2026-03-03T08:00:00+07:00",
    },
    {
        "do": "correct_contact", "dossier": "D1", "contact": "C1", "body": "R", "place": "other",
        "made_at": "2026-03-03T08:00:00+07:00", "fault": "applicant", "reason": "xác minh",
    },
    {
        "do": "refuse_dossier", "dossier": "D1", "refused_at": "2026-03-04T08:00:00+07:00",
        "reason": "thiếu",
    },
    {
        "do": "reopen_dossier", "dossier": "D1", "reopened_at": "2026-03-05T08:00:00+07:00",
        "reason": "nhầm",
    },
    {"do": "withdraw_dossier", "dossier": "D1", "withdrawn_at": "2026-03-20T08:00:00+07:00"},
]  # fmt: skip


def summary(dossier: Dossier) -> dict[str, Any]:
    """What holds, times of recording left out."""
    ending, contact = dossier.ending, latest(dossier.contacts["C1"])
    assert ending is not None
    assert contact is not None
    return {
        "record": dossier.record,
        "deadline": dossier.deadline,
        "restarted_at": dossier.restarted_at,
        "ending": ending.data,
        "state": dossier.state,
        "contact": contact.data,
        "waiting": waiting_for(dossier, procedure_known=True),
    }


@pytest.fixture(scope="module")
def expected(make_register: Any) -> dict[str, Any]:
    register = make_register()
    register.procedure(amount=3)
    for act in ACTS:
        register.tell(**act)
    return summary(register.dossier())


@given(acts=st.permutations(ACTS), copies=st.lists(st.sampled_from(ACTS), max_size=6))
def test_any_order_and_any_copies(
    expected: dict[str, Any], make_register: Any, acts: list[dict[str, Any]], copies: list[Any]
) -> None:
    register = make_register()
    register.procedure(amount=3)
    for act in [*acts, *copies]:
        register.tell(**act)
    assert summary(register.dossier()) == expected


@given(acts=st.permutations(ACTS))
def test_every_act_is_recorded_once(make_register: Any, acts: list[dict[str, Any]]) -> None:
    register = make_register()
    for act in acts:
        register.tell(**act)
    for act in acts:
        assert register.tell(**act) == []
