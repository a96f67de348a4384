"""The generator's plan: the published classes come out of the events, with room to spare."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from pure_services import published as published_events

from motcua_local.demo.compare import differences
from motcua_local.simulator import Options, load_published, simulate
from motcua_local.simulator.places import places
from motcua_local.simulator.voices import SURVEY_SCALE
from motcua_scoring.evaluation import Evaluation, counts_for, evaluate
from motcua_scoring.measures import Contributions
from motcua_scoring.periods import Period
from motcua_scoring.reference import fold_events, measure_facts
from motcua_scoring.rulebook_files import load as load_rulebook

MARGIN = 3
"""Tenths of a point that every total keeps from the thresholds of its class."""


def evaluations(options: Options) -> dict[str, Evaluation]:
    sums: dict[str, Contributions] = defaultdict(dict)
    for measure, n in measure_facts(fold_events(published_events(simulate(options)))).items():
        sums[measure.agency][measure] = n
    year, rulebook = Period.parse("2020"), load_rulebook("tt01-2018")
    return {
        agency.code: evaluate(
            counts_for(sums[agency.code], agency.code, year), rulebook, agency.level
        )
        for agency in places().agencies
    }


@pytest.mark.parametrize("options", [Options(), Options(seed=1, scale=0.3)], ids=str)
def test_the_published_classes_emerge(options: Options) -> None:
    found = evaluations(options)
    served = {
        level: [
            {"name": agency.name, "classification": found[agency.code].classification}
            for agency in places().of_level(level)
        ]
        for level in ("province", "district", "commune")
    }
    announcement = load_published()
    survey = Counter(
        line["answer"]
        for line in simulate(options).feedback
        if line["do"] == "submit_rating" and line["scale"] == SURVEY_SCALE
    )
    assert differences(announcement, served, survey) == []
    for evaluation in found.values():
        assert evaluation.counted == 9
        for threshold in (60, 90, 120, 150):
            distance = evaluation.total_tenths - threshold
            assert distance >= MARGIN or distance < -MARGIN, evaluation
