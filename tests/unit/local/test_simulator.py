"""The simulated province: the same from the same seed, complete, and free of personal data."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

import pytest

from motcua_local.simulator import Load, Options, load_published, simulate
from motcua_local.simulator.data import procedures, qualities, sectors
from motcua_local.simulator.places import places
from motcua_local.simulator.voices import SURVEY_SCALE

SMALL = Options(seed=5, scale=0.3)
PERSONAL = {"owner", "applicant", "phone", "email", "identity", "citizen"}


@pytest.fixture(scope="module")
def load() -> Load:
    return simulate(Options())


def all_lines(load: Load) -> list[dict]:
    return [*load.catalogue, *load.intake, *load.workflow, *load.feedback]


def test_the_same_options_give_the_same_commands() -> None:
    one, other = simulate(SMALL), simulate(SMALL)
    assert json.dumps(all_lines(one)) == json.dumps(all_lines(other))


def test_another_seed_gives_another_year() -> None:
    assert all_lines(simulate(SMALL)) != all_lines(simulate(Options(seed=6, scale=0.3)))


def test_the_province_has_the_published_agencies() -> None:
    published, where = load_published(), places()
    for level, result in published.levels.items():
        names = {agency.name for agency in where.of_level(level)}
        assert len(names) == result.agencies
        for named in result.named.values():
            assert names.issuperset(named)
    codes = [agency.code for agency in where.agencies]
    assert len(set(codes)) == len(codes) == 120
    assert where.centre not in codes


def test_communes_lie_under_their_district() -> None:
    names = {agency.code: agency.name for agency in places().agencies}
    for commune in places().of_level("commune"):
        assert commune.parent is not None
        assert names[commune.parent].removeprefix("UBND ") == commune.name.rpartition(", ")[2]


def test_a_year_has_at_least_fifty_thousand_commands(load: Load) -> None:
    assert load.lines >= 50_000
    assert load.lines == len(all_lines(load))


def test_the_survey_has_its_exact_answers(load: Load) -> None:
    expected = load_published().satisfaction_survey
    answers = Counter(line["answer"] for line in load.feedback if line.get("scale") == SURVEY_SCALE
                      and line["do"] == "submit_rating")  # fmt: skip
    assert answers == expected.counts
    assert answers.total() == expected.answers == 7165


def test_the_survey_does_not_depend_on_scale_or_seed() -> None:
    lines = [line for line in simulate(SMALL).feedback if line["do"] == "submit_rating"]
    assert sum(line["scale"] == SURVEY_SCALE for line in lines) == 7165


def test_the_centre_answers_what_was_published(load: Load) -> None:
    filed = [line for line in load.feedback if line["do"] == "file_feedback"]
    at_centre = [line["feedback"] for line in filed if line["agency"] == load.centre]
    answered = {line["feedback"] for line in load.feedback if line["do"] == "answer_feedback"}
    kinds = Counter(code.split("-")[1] for code in at_centre)
    assert kinds == {"PA": 425, "CV": 52}
    assert answered.issuperset(at_centre)


def test_every_way_of_the_year_occurs(load: Load) -> None:
    done = Counter(line["do"] for line in all_lines(load))
    assert set(done) == {
        "register_agency", "register_procedure", "list_procedure", "receive_dossier",
        "record_contact", "refuse_dossier", "withdraw_dossier", "stop_dossier", "start_step",
        "complete_step", "pause_dossier", "resume_dossier", "extend_dossier", "resolve_dossier",
        "return_result", "define_scale", "submit_rating", "file_feedback", "answer_feedback",
        "dismiss_feedback",
    }  # fmt: skip
    channels = Counter(line["channel"] for line in load.intake if line["do"] == "receive_dossier")
    assert set(channels) == {"direct", "online", "postal"}
    months = {line["received_at"][:7] for line in load.intake if "received_at" in line}
    assert months == {f"2020-{month:02}" for month in range(1, 13)}


def test_dossier_codes_are_unique(load: Load) -> None:
    codes = [line["dossier"] for line in load.intake if line["do"] == "receive_dossier"]
    assert len(set(codes)) == len(codes)


def test_instants_carry_the_offset_of_vietnam(load: Load) -> None:
    for line in all_lines(load):
        for name, value in line.items():
            if name.endswith("_at"):
                offset = datetime.fromisoformat(value).utcoffset()
                assert offset is not None
                assert offset.total_seconds() == 7 * 3600


def test_acts_follow_each_other(load: Load) -> None:
    begun = {
        (line["dossier"], line["step"]): line for line in load.workflow if "started_at" in line
    }
    for line in load.workflow:
        if line["do"] == "complete_step":
            start = begun[line["dossier"], line["step"]]
            assert line["completed_at"] >= start["started_at"]
            assert start.get("due_at", start["started_at"]) >= start["started_at"]


def test_nobody_is_named(load: Load) -> None:
    assert not {name for line in all_lines(load) for name in line} & PERSONAL


def test_nothing_sets_a_score(load: Load) -> None:
    assert not any("assess" in line["do"] or "score" in str(set(line)) for line in all_lines(load))


def test_procedures_name_known_sectors() -> None:
    rows = [row for group in procedures().values() for row in group]
    assert {row.sector for row in rows} <= sectors().keys()
    assert len({row.code for row in rows}) == len(rows)


def test_every_agency_has_a_known_way_of_working() -> None:
    assert {agency.quality for agency in places().agencies} <= qualities().keys()
