"""The comparison with the published table: every difference is told, and only differences."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from motcua_local.demo import show
from motcua_local.demo.compare import differences
from motcua_local.simulator import load_published
from motcua_local.simulator.places import places

PUBLISHED = load_published()
SURVEY = dict(PUBLISHED.satisfaction_survey.counts)


def as_published() -> dict[str, list[dict[str, Any]]]:
    classes = {
        agency: name
        for result in PUBLISHED.levels.values()
        for name, agencies in result.named.items()
        for agency in agencies
    }
    return {
        level: [
            {"name": a.name, "classification": classes.get(a.name, "tốt"), "total": 13.0}
            for a in places().of_level(level)
        ]
        for level in PUBLISHED.levels
    }


def text_of(renderable: object) -> str:
    console = Console(width=200, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


def test_the_published_result_has_no_differences() -> None:
    assert differences(PUBLISHED, as_published(), SURVEY) == []


def test_a_named_agency_in_another_class_is_told() -> None:
    served = as_published()
    wrong = next(item for item in served["district"] if "Trảng Bàng" in item["name"])
    wrong["classification"] = "tốt"
    assert differences(PUBLISHED, served, SURVEY) == [
        "district: 9 tốt, published 8",
        "district: 0 khá, published 1",
        "UBND thị xã Trảng Bàng: tốt, published khá",
    ]


def test_an_agency_that_is_not_named_must_be_tot() -> None:
    served = as_published()
    served["province"][0]["classification"] = "yếu"
    found = differences(PUBLISHED, served, SURVEY)
    assert "Sở Nội vụ: yếu, published tốt (not named)" in found


def test_a_missing_agency_is_told() -> None:
    served = as_published()
    served["commune"] = [i for i in served["commune"] if "Thanh Điền" not in i["name"]]
    found = differences(PUBLISHED, served, SURVEY)
    assert "commune: 93 agencies, published 94" in found
    assert any("Thanh Điền" in line and "not evaluated" in line for line in found)


def test_one_answer_too_many_is_told() -> None:
    found = differences(PUBLISHED, as_published(), {**SURVEY, "bình thường": 142})
    assert found == [
        "survey: 7166 answers, published 7165",
        "survey: 142 answered bình thường, published 141",
    ]


def test_the_tables_show_both_numbers() -> None:
    shown = text_of(show.classification(PUBLISHED, as_published()))
    assert "78 / 78" in shown
    assert "17 / 17" in shown
    assert "6053 / 6053" in text_of(show.survey(PUBLISHED, SURVEY))
    assert "trung bình" in text_of(show.named(PUBLISHED, as_published()))
