"""What scoring publishes: each change of an agency's evaluation for a period."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ._base import Code, EventData, Value
from .feedback import PeriodId

Class = Literal["xuất sắc", "tốt", "khá", "trung bình", "yếu"]
EVALUATION_CHANGED = "evaluation.changed"


class IndexScore(Value):
    """One index: its score in tenths of a point (0 to 20), or None without enough information."""

    index: Annotated[int, Field(ge=1, le=9)]
    tenths: Annotated[int, Field(ge=0, le=20)] | None
    counts: dict[str, int]


class Scores(Value):
    """Nine index scores, their total in tenths, the class, and how many indices counted."""

    indices: tuple[IndexScore, ...]
    total_tenths: Annotated[int, Field(ge=0, le=180)]
    classification: Class
    counted: Annotated[int, Field(ge=0, le=9)]
    insufficient: tuple[int, ...]


class EvaluationChanged(EventData):
    """An agency's evaluation for a period, settled and live, after a change.

    ``revision`` grows by one with each change of the key; ``cause`` is the id of the latest event
    that led to it.
    """

    TYPE: ClassVar[str] = "evaluation.changed.v1"
    TOPIC: ClassVar[str | None] = EVALUATION_CHANGED
    KIND: ClassVar[str] = "evaluation"
    ENTITY: ClassVar[str] = "evaluation"

    agency: Code
    period: PeriodId
    revision: Annotated[int, Field(ge=1)]
    rulebook: Code
    rulebook_version: str
    settled: Scores
    live: Scores
    cause: str | None = None

    @property
    def entity(self) -> str:
        return f"{self.agency} {self.period}"
