"""Spellings that requests may use."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError, model_validator

from motcua_events.contracts import Code, Limit, Name, PeriodId
from motcua_service.fields import ChannelField, InstantField, LimitField, misplaced
from motcua_service.problems import errors_of

CHANNEL = TypeAdapter(ChannelField)
INSTANT = TypeAdapter(InstantField)


class Stay(BaseModel):
    """Two fields that must agree."""

    begin: InstantField
    end: InstantField

    @model_validator(mode="after")
    def _forward(self) -> Stay:
        if self.end < self.begin:
            raise misplaced("end", "must not be before begin")
        return self


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


@pytest.mark.parametrize("sent", ["2020-03-02T08:00:00+07:00", "2020-03-02 01:00Z"])
def test_instants_carry_their_offset(sent):
    assert INSTANT.validate_python(sent).timestamp() == 1583110800


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (1583110800, "must be an instant"), (True, "must be an instant"),
        ("1583110800", "must be an instant"), ("2020-03-02", "must be an instant"),
        ("2020-03-02T08:00:00", "needs an offset"),
        ("1989-12-31T08:00:00+07:00", "1990 to 2090"), ("9999-12-31T23:59:59Z", "1990 to 2090"),
    ],
)  # fmt: skip
def test_other_instants_are_refused_with_the_fix(sent, words):
    with pytest.raises(ValidationError, match=words):
        INSTANT.validate_python(sent)


@pytest.mark.parametrize(("skip", "field"), [(0, "stay.end"), (1, "end")])
def test_a_fault_between_fields_names_one_of_them(skip, field):
    class Trip(BaseModel):
        stay: Stay

    stay = {"begin": "2020-03-03T08:00:00Z", "end": "2020-03-02T08:00:00Z"}
    with pytest.raises(ValidationError) as wrong:
        Trip.model_validate({"stay": stay})
    (found,) = errors_of(wrong.value, skip=skip)
    assert (found.field, found.message) == (field, "Must not be before begin")


@pytest.mark.parametrize(
    ("kind", "sent", "words"),
    [
        (Code, "a b", "Must be a code: no blanks"),
        (Name, "a\x00b", "Must not contain the null character."),
        (PeriodId, "2020-13", "Must be a month 2020-03"),
    ],
)
def test_a_text_of_the_wrong_pattern_is_told_what_to_be(kind, sent, words):
    with pytest.raises(ValidationError) as wrong:
        TypeAdapter(kind).validate_python(sent)
    (found,) = errors_of(wrong.value)
    assert found.message.startswith(words)
