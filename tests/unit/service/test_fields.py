"""Spellings that requests may use."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from motcua_events.contracts import Limit
from motcua_service.fields import ChannelField, LimitField

CHANNEL = TypeAdapter(ChannelField)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("direct", "direct"), ("ONLINE", "online"), (" Postal ", "postal"),
        ("1", "direct"), (2, "online"), ("3", "postal"),
    ],
)  # fmt: skip
def test_channels_are_normalised(sent, kept):
    assert CHANNEL.validate_python(sent) == kept


@pytest.mark.parametrize("sent", ["4", "", None, "by hand", 0, 1.0, True, []])
def test_other_channels_are_refused(sent):
    with pytest.raises(ValidationError):
        CHANNEL.validate_python(sent)


@pytest.mark.parametrize("unit", ["WORKING_DAY", "working_day", " Working_Day "])
def test_units_in_any_case(unit):
    sent = LimitField.model_validate({"amount": 5, "unit": unit})
    assert sent.limit() == Limit(amount=5, unit="WORKING_DAY")


@pytest.mark.parametrize(
    "wrong", [{"amount": 0}, {"amount": 3651}, {"amount": 1, "unit": "WEEK"}, {"amount": 1, "x": 1}]
)
def test_other_limits_are_refused(wrong):
    with pytest.raises(ValidationError):
        LimitField.model_validate(wrong)
