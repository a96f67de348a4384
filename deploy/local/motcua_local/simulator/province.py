"""The whole province's year as commands for intake, workflow and feedback."""

from __future__ import annotations

from dataclasses import dataclass

from . import voices
from .behaviour import Behaviour, behave
from .catalogue import listing_lines, procedure_lines
from .chance import stream
from .data import qualities
from .load import Load
from .places import Places, places, registration
from .published import load_published
from .year import AgencyYear


@dataclass(frozen=True, slots=True)
class Options:
    """``seed`` decides everything that chance decides; ``scale`` multiplies the dossiers."""

    seed: int = 2020
    scale: float = 1.0


def simulate(options: Options) -> Load:
    """The same options give the same commands, in the same order, on every machine."""
    where, published = places(), load_published()
    load = Load(where.centre, names={agency.code: agency.name for agency in where.agencies})
    load.catalogue.extend(map(registration, where.agencies))
    load.catalogue.extend(procedure_lines())
    load.feedback.extend(voices.scale_lines(published))
    behaviours = plan(options, where)
    for behaviour in behaviours.values():
        random = stream(options.seed, behaviour.agency.code)
        load.catalogue.extend(listing_lines(random, behaviour))
        AgencyYear(random, behaviour, behaviours, where).live(load)
    survey = stream(options.seed, "survey")
    load.feedback.extend(voices.survey_lines(survey, where.centre, published))
    load.feedback.extend(voices.centre_lines(survey, where.centre, published))
    return load


def plan(options: Options, where: Places) -> dict[str, Behaviour]:
    """Each agency's behaviour; habits are dealt in turn, so that every combination occurs."""
    dealt: dict[str, int] = {}
    found: dict[str, Behaviour] = {}
    for agency in where.agencies:
        quality = qualities()[agency.quality]
        turn = dealt[agency.quality] = dealt.get(agency.quality, -1) + 1
        habits = quality.habits[turn % len(quality.habits)]
        random = stream(options.seed, "plan", agency.code)
        found[agency.code] = behave(random, agency, quality, habits, options.scale)
    return found
