"""Reasons in Vietnamese are Vietnamese: no outcome, answer or field name shows through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import get_args

import pytest
from hypothesis import given, settings
from scoring_events import (
    contact,
    event_sets,
    listing,
    rated,
    received,
    resolved,
)

from motcua_events import contracts as c
from motcua_events.event import Event
from motcua_scoring.facts import Entity, fold
from motcua_scoring.outcomes import ComplaintWord, FeedbackWord, Listing, TimeWord
from motcua_scoring.page import FOLDER
from motcua_scoring.reasons import points_of
from motcua_scoring.reference import fold_events
from motcua_scoring.rulebook import Rulebook
from motcua_scoring.rulebook_files import load, rulebooks
from motcua_scoring.rulebook_texts import REQUIRED

QUESTIONS = {
    name: get_args(get_args(field.annotation)[0]) for name, field in c.Reported.model_fields.items()
}
OUTCOMES = (
    *get_args(TimeWord), *get_args(ComplaintWord), *get_args(FeedbackWord),
    *Listing.__dataclass_fields__, *(word for words in QUESTIONS.values() for word in words),
    *QUESTIONS, "one", "several", "none", "one_stop", "required", "other", "prolonged",
    "dismissed", "applicant", "agency", "unstated", "direct", "online", "postal",
)  # fmt: skip
FLAGS = ("exempt", "one_stop", "whole_chain", "accurate", "posted", "electronic", "online_eligible")
RAW = frozenset({*OUTCOMES, *(word for keys in REQUIRED.values() for word in keys)})
SHARES = {"whole_chain", "one_stop", "both", "one_way", "all_on_time", "most_on_time", "offered",
          "online_full", "online_some"}  # fmt: skip
OTHERS = {"one", "several", "required", "other", "prolonged"}
WORD = re.compile(r"\w+")


def raw_words(text: str) -> set[str]:
    """What a text holds of outcomes, answers and keys, or of anything written with a low line."""
    return {word for word in WORD.findall(text) if word in RAW or "_" in word}


def of_every_kind() -> Iterator[tuple[list[Event], Rulebook]]:
    """A dossier for every answer of a form to every question, under every rulebook."""
    life = [received(), resolved("2020-03-20"), contact("1", fault="applicant")]
    for (question, answers), rules in product(QUESTIONS.items(), rulebooks().values()):
        for answer in answers:
            form = rated("R-1", reported=c.Reported.model_validate({question: answer}))
            yield [*life, form], rules
            yield [received(deadline=None), resolved("2020-03-13"), form], rules


def test_the_words_are_found_where_they_show() -> None:
    assert raw_words("Phiếu trả lời (early_no_complaint).") == {"early_no_complaint"}
    assert raw_words("liên hệ several lần") == {"several"}
    assert raw_words("Cơ quan H53.3 hoàn thành 13/03/2020 10:05, sớm hơn hạn.") == set()


def test_the_live_page_has_words_for_every_outcome_and_share() -> None:
    page = (FOLDER / "page.js").read_text(encoding="utf-8")
    block = page[page.index("const WORDS") : page.index("const NARROW")]
    shown = dict(re.findall(r'(\w+): "([^"]+)"', block))
    answers = {word for words in QUESTIONS.values() for word in words}
    counted = {*get_args(TimeWord), *get_args(ComplaintWord), *get_args(FeedbackWord), *answers}
    assert (counted | SHARES | OTHERS) - shown.keys() == set()
    assert not any(raw_words(text) for text in shown.values())


def test_every_answer_of_a_form_has_its_words() -> None:
    wanted = {f"{question}_{word}" for question, words in QUESTIONS.items() for word in words}
    assert REQUIRED["reported"] == wanted | {"lower"}


@pytest.mark.parametrize("name", sorted(rulebooks()))
def test_no_text_of_a_rulebook_is_raw(name: str) -> None:
    for group, texts in load(name).texts.items():
        for key, text in texts.items():
            said = re.sub(r"\$\w+", "", text.vi)
            assert not raw_words(said), f"{group}.{key}"


def test_no_lowered_point_is_explained_with_a_raw_word() -> None:
    lowered = 0
    for events, rules in of_every_kind():
        for point in points_of(Entity("dossier", "D-1"), fold({}, events), rules):
            assert not raw_words(point.reason.vi), point
            lowered += "Phiếu đánh giá" in point.reason.vi
    assert lowered >= 2 * len(QUESTIONS)


@settings(max_examples=60, deadline=None)
@given(event_sets())
def test_no_reason_is_raw_whatever_happened(events: list[Event]) -> None:
    for entity, facts in fold_events(events).items():
        for rules in rulebooks().values():
            for point in points_of(entity, facts, rules):
                assert not raw_words(point.reason.vi), point


@pytest.mark.parametrize("flags", list(product((False, True), repeat=7)))
def test_no_listed_procedure_is_explained_with_a_raw_word(flags: tuple[bool, ...]) -> None:
    changed = listing("1.000001", **dict(zip(FLAGS, flags, strict=True)))
    found = points_of(Entity("listing", "1"), fold({}, [changed]), load("tt01-2018"))
    assert [point.index for point in found] == [5, 6, 9]
    assert not any(raw_words(point.reason.vi) for point in found)
