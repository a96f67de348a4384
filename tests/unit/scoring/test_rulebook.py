"""Rulebooks: what comes with the service, variants, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from motcua_scoring.rulebook import Rulebook, variant
from motcua_scoring.rulebook_files import DEFAULT, FOLDER, load, raw, rulebooks
from motcua_scoring.rulebook_texts import REQUIRED


def test_the_national_rule_of_2019_to_mid_2025() -> None:
    rules = load(DEFAULT)
    assert (rules.id, rules.valid_from, rules.valid_to) == (
        "tt01-2018", date(2019, 1, 6), date(2025, 6, 30),
    )  # fmt: skip
    assert rules.is_valid_on(date(2019, 1, 6))
    assert rules.is_valid_on(date(2025, 6, 30))
    assert not rules.is_valid_on(date(2019, 1, 5))
    assert not rules.is_valid_on(date(2025, 7, 1))
    assert "01/2018/TT-VPCP" in rules.legal_basis
    assert all("01/2018/TT-VPCP" in rules.article(index) for index in range(1, 10))


def test_every_rulebook_that_comes_with_the_service_is_valid_and_named_like_its_file() -> None:
    assert set(rulebooks()) == {path.stem for path in FOLDER.glob("*.yaml")}
    assert {"tt01-2018", "tt01-2018-strict"} <= set(rulebooks())


def test_a_variant_keeps_what_it_does_not_change() -> None:
    law, strict = load("tt01-2018"), load("tt01-2018-strict")
    assert strict.index_3.several_contacts == "count_all"
    assert strict.index_3.none == law.index_3.none
    assert strict.texts == law.texts
    assert variant({"a": {"b": 1, "c": [1]}}, {"a": {"c": [2]}, "d": 3}) == {
        "a": {"b": 1, "c": [2]}, "d": 3,
    }  # fmt: skip


def test_the_file_spells_out_every_policy_of_the_models() -> None:
    content = raw(DEFAULT)
    for name, field in Rulebook.model_fields.items():
        model = field.annotation
        if name.startswith("index_") or name in ("dossiers", "aggregation"):
            assert isinstance(model, type)
            assert issubclass(model, BaseModel)
            assert set(content[name]) == set(model.model_fields), name


def test_the_file_answers_every_open_question_as_the_models_do() -> None:
    rules = load(DEFAULT)
    for name in type(rules).model_fields:
        part = getattr(rules, name)
        if isinstance(part, BaseModel):
            for field, info in type(part).model_fields.items():
                if not info.is_required():
                    assert getattr(part, field) == info.default, f"{name}.{field}"


def test_every_policy_is_documented() -> None:
    for name in (*(f"index_{n}" for n in range(1, 10)), "dossiers", "aggregation"):
        part = type(getattr(load(DEFAULT), name))
        policies = [info for info in part.model_fields.values() if not info.is_required()]
        assert all(info.description for info in policies), name


def test_a_rulebook_goes_through_json_unchanged() -> None:
    for rules in rulebooks().values():
        assert Rulebook.model_validate_json(rules.model_dump_json()) == rules


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"index_1": {"points": {"shorter": 3}}}, "less than or equal to 2"),
        ({"index_1": {"point": 1}}, "Extra inputs"),
        ({"index_5": {"whole_chain_percent": {"ward": 1}}}, "province"),
        ({"index_8": {"most_percent": 101}}, "100"),
        ({"index_9": {"some_share_percent": 31}}, "must not exceed full_share_percent"),
        ({"dossiers": {"pause": "ignored"}}, "subtracted"),
        ({"dossiers": {"extension": "perhaps"}}, "does_not_cure"),
        ({"valid_to": "2018-01-01"}, "must not lie before valid_from"),
        ({"classes": [{"name": "tốt", "from_tenths": 10}]}, "end with from_tenths 0"),
        ({"classes": [{"name": "tốt", "from_tenths": 10}, {"name": "tốt", "from_tenths": 0}]},
         "each class once"),
        ({"classes": [{"name": "tốt", "from_tenths": 10}, {"name": "khá", "from_tenths": 10}]},
         "go down"),
        ({"classes": []}, "at least 1"),
        ({"texts": {"index_11": {}}}, "unknown groups: 'index_11'"),
        ({"aggregation": {"rounding": "down"}}, "half_up"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Rulebook.model_validate(variant(raw(DEFAULT), changes))


def test_missing_texts_are_named() -> None:
    content = raw(DEFAULT)
    del content["texts"]["index_3"]["none"]
    with pytest.raises(ValidationError, match=r"lacks texts\.index_3\.none"):
        Rulebook.model_validate(content)


def test_no_text_is_left_over() -> None:
    for rules in rulebooks().values():
        assert {group: frozenset(texts) for group, texts in rules.texts.items()} == REQUIRED


@pytest.mark.parametrize("name", ["nothing", "../rulebook", "", "tt01-2018.yaml", "/etc/passwd"])
def test_an_unknown_name_is_a_key_error(name: str) -> None:
    with pytest.raises(KeyError):
        raw(name)


def test_files_are_plain_yaml() -> None:
    for path in FOLDER.glob("*.yaml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["id"] == path.stem
