"""The texts of a rulebook, Vietnamese first, and which of them must be there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from motcua_service.fields import misplaced

Sentence = Annotated[str, Field(min_length=1)]


class Text(BaseModel):
    """One text in Vietnamese and English. ``$name`` stands for a detail of the case."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    vi: Sentence
    en: Sentence


_TIME = {"shorter", "equal", "longer", "longer_within_extension", "unknown", "overdue",
         "overdue_extended"}  # fmt: skip
_NOTHING = {"no_information"}
_ANSWERS = {
    f"{question}_{answer}"
    for question, answers in {
        "total_time": ("shorter", "equal", "longer"),
        "contacts": ("none", "one", "several"),
        "bodies": ("none", "one_stop_only", "several"),
        "attitude": ("early_no_complaint", "on_time_no_complaint", "complaint"),
    }.items()
    for answer in answers
}
"""What a rating form can answer (``Reported`` in the contracts)."""

REQUIRED: Mapping[str, frozenset[str]] = {
    "index_1": frozenset(_TIME | _NOTHING | {"average"}),
    "index_2": frozenset(
        {"shorter", "equal", "longer", "unknown", "overdue", "average"} | _NOTHING
    ),
    "index_3": frozenset({"none", "one", "several_own_fault", "several", "average"} | _NOTHING),
    "index_4": frozenset(
        {"none", "one_stop_only", "required", "single_other", "several", "average"} | _NOTHING
    ),
    "index_5": frozenset(
        {"whole_chain", "all_received", "otherwise"} | _NOTHING
        | {"listed_whole_chain", "listed_one_stop", "listed_elsewhere", "exempt"}
    ),
    "index_6": frozenset(
        {"both", "one_way", "otherwise"} | _NOTHING
        | {"listed_both", "listed_one_way", "listed_badly", "exempt"}
    ),
    "index_7": frozenset(_TIME | _NOTHING | {"complaint", "dismissed", "average"}),
    "index_8": frozenset(
        {"all_on_time", "most_on_time", "otherwise", "no_feedback", "prolonged", "dismissed"}
        | {"on_time", "late", "overdue", "pending", "is_prolonged"}
    ),
    "index_9": frozenset(
        {"full", "some", "few_offered", "otherwise", "overdue_found", "none_offered"} | _NOTHING
        | {"longer", "longer_within_extension", "overdue", "overdue_extended"}
        | {"listed_offered", "listed_not_offered", "not_eligible"}
    ),
    "reported": frozenset({"lower"} | _ANSWERS),
}  # fmt: skip
"""The keys that each group of texts must have; more are allowed."""


def check_texts(texts: Mapping[str, Mapping[str, Text]]) -> None:
    """Raises ValueError naming the texts that are missing or belong to no group."""
    if unknown := sorted(set(texts) - set(REQUIRED)):
        raise misplaced("texts", f"has unknown groups: {', '.join(map(repr, unknown))}")
    missing = [
        f"texts.{group}.{key}"
        for group, keys in REQUIRED.items()
        for key in sorted(keys - set(texts.get(group, {})))
    ]
    if missing:
        raise misplaced("texts", f"lacks {', '.join(missing)}")
