"""The published result of Tây Ninh 2020, as the province announced it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class LevelResult(_Model):
    """One level: how many agencies, how many in each class, and the agencies that are named."""

    agencies: int
    classes: dict[str, int]
    named: dict[str, tuple[str, ...]]


class Survey(_Model):
    """The tablet survey at the public service centre."""

    scale: tuple[str, ...]
    answers: int
    counts: dict[str, int]


class Answered(_Model):
    """Feedback answered at the public service centre, by the way it came."""

    online: int
    documents: int


class Published(_Model):
    """The whole announcement."""

    source: str
    year: int
    levels: dict[str, LevelResult]
    satisfaction_survey: Survey
    feedback_answered: Answered


@cache
def load_published() -> Published:
    """The announcement as it comes with the package."""
    text = files(__package__).joinpath("data", "tay-ninh-2020.json").read_text("utf-8")
    return Published.model_validate_json(text)
