"""What citizens say: feedback and its answers, complaints, satisfaction answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from . import clock
from .behaviour import Behaviour
from .chance import deck
from .data import Line
from .published import Published

SURVEY_SCALE = "ba-muc"
FORM_SCALE = "nam-muc"
FORM_ANSWERS = ("rất hài lòng", "hài lòng", "bình thường", "không hài lòng", "rất không hài lòng")
ANSWER_DAYS = 5
LAST_FILING = date(clock.YEAR, 12, 15)


def scale_lines(published: Published) -> Iterator[Line]:
    """The survey's three steps (none of them negative) and the form's five."""
    survey = list(published.satisfaction_survey.scale)
    yield {
        "do": "define_scale",
        "scale": SURVEY_SCALE,
        "answers": survey,
        "satisfied": survey[:2],
        "negative": [],
    }
    yield {
        "do": "define_scale",
        "scale": FORM_SCALE,
        "answers": list(FORM_ANSWERS),
        "satisfied": list(FORM_ANSWERS[:2]),
        "negative": list(FORM_ANSWERS[3:]),
    }


def survey_lines(random: Random, centre: str, published: Published) -> Iterator[Line]:
    """The tablet survey at the public service centre: its exact answers, spread over the year."""
    for number, answer in enumerate(deck(random, published.satisfaction_survey.counts), 1):
        yield {
            "do": "submit_rating",
            "rating": f"{centre}-KS-{clock.YEAR}-{number:05}",
            "agency": centre,
            "scale": SURVEY_SCALE,
            "answer": answer,
            "via": "tablet",
            "submitted_at": clock.text(clock.office(random, clock.some_day(random))),
        }


def form_line(random: Random, code: str, agency: str, resolved: datetime) -> Line:
    """One applicant's form about their dossier."""
    return {
        "do": "submit_rating",
        "rating": f"{code}-DG",
        "agency": agency,
        "dossier": code,
        "scale": FORM_SCALE,
        "answer": random.choices(FORM_ANSWERS, (46, 38, 11, 4, 1))[0],
        "via": random.choice(("paper", "online")),
        "submitted_at": clock.text(resolved + timedelta(hours=random.randint(1, 30))),
    }


def feedback_lines(
    random: Random, behaviour: Behaviour, complaints: list[tuple[str, datetime]]
) -> Iterator[Line]:
    """General feedback and the complaints about dossiers, answered as the agency's habit is."""
    habit, agency = behaviour.habits.answers, behaviour.agency.code
    subjects: list[tuple[str, datetime] | None] = [None] * _amount(random, habit)
    subjects.extend(complaints)
    lates = _late_answers(habit, len(subjects))
    dismissed = len(complaints) - behaviour.dismissed
    for number, subject in enumerate(subjects, 1):
        feedback = f"{agency}-PAKN-{clock.YEAR}-{number:03}"
        filed = _filed(random, subject)
        yield _file(feedback, agency, filed, subject[0] if subject else None)
        answered = _answered(random, filed, late=number <= lates)
        yield {"do": "answer_feedback", "feedback": feedback, "answered_at": clock.text(answered)}
        if subject is not None and complaints.index(subject) >= dismissed:
            yield _dismiss(feedback, answered + timedelta(days=2))


def centre_lines(random: Random, centre: str, published: Published) -> Iterator[Line]:
    """What the public service centre answered: questions sent online, and letters."""
    for kind, count in (("PA", published.feedback_answered.online),
                        ("CV", published.feedback_answered.documents)):  # fmt: skip
        for number in range(1, count + 1):
            feedback = f"{centre}-{kind}-{clock.YEAR}-{number:03}"
            filed = _filed(random, None)
            yield _file(feedback, centre, filed, None)
            answered = _answered(random, filed, late=False)
            yield {
                "do": "answer_feedback",
                "feedback": feedback,
                "answered_at": clock.text(answered),
            }


def _amount(random: Random, habit: str) -> int:
    return random.randint(12, 17) if habit == "mostly" else random.randint(3, 7)


def _late_answers(habit: str, total: int) -> int:
    """None, one, or a third."""
    return {"prompt": 0, "mostly": 1, "slow": -(-total // 3)}[habit]


def _filed(random: Random, subject: tuple[str, datetime] | None) -> datetime:
    if subject is not None:
        return subject[1]
    day = clock.some_day(random)
    while day > LAST_FILING:
        day = clock.some_day(random)
    return clock.office(random, day)


def _answered(random: Random, filed: datetime, *, late: bool) -> datetime:
    days = ANSWER_DAYS + random.randint(1, 4) if late else random.randint(1, ANSWER_DAYS)
    return clock.afternoon(random, clock.later(filed.date(), days))


def _file(feedback: str, agency: str, filed: datetime, dossier: str | None) -> Line:
    return {
        "do": "file_feedback",
        "feedback": feedback,
        "agency": agency,
        "dossier": dossier,
        "about": "other" if dossier is None else "conduct",
        "filed_at": clock.text(filed),
        "limit": {"amount": ANSWER_DAYS, "unit": "WORKING_DAY"},
    }


def _dismiss(feedback: str, at: datetime) -> Line:
    return {
        "do": "dismiss_feedback",
        "feedback": feedback,
        "concluded_at": clock.text(at),
        "conclusion": "wrong",
    }
