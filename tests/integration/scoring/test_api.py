"""Every endpoint of scoring over HTTP, fed through the broker."""

from __future__ import annotations

import asyncio
import itertools

import pytest
import scoring_events as given
from scoring_database import BOOKS

from motcua_events import Event
from motcua_events import contracts as c
from motcua_scoring.periods import Period
from motcua_scoring.reference import evaluate_events

# ruff: noqa: E501


def _rating(name: str, answer: str, scale: str = "S3") -> Event:
    return given.rated(name, dossier=None, answer=answer, scale=scale)


def a_year() -> list[Event]:
    """Two registered agencies and one that is not; dossiers, feedback, ratings, an assessment."""
    due = given.by_day("2020-03-16")
    scale = c.ScaleDefined(
        scale="S3", answers=("Hài lòng", "Bình thường", "Không hài lòng"),
        satisfied=("Hài lòng", "Bình thường"), negative=("Không hài lòng",),
    )  # fmt: skip
    assessment = c.AssessmentRecorded(
        assessment="A-1", agency="H53.1", period="2020-Q1", kind="self_score",
        scores={1: 20, 2: 15}, by="H53.1", assessed_at=given.at("2020-04-05"),
    )  # fmt: skip
    dismissal = c.FeedbackDismissed(
        feedback="F-1", concluded_at=given.at("2020-04-01"), conclusion="wrong"
    )
    return [
        given.registered("H53.1", "province"),
        given.event(c.AgencyRegistered(agency="H53.2", name="UBND", level="commune", parent="H53.1"), "2020-01-01"),
        given.listing("1.000001", one_stop=True, whole_chain=True, accurate=True, posted=True),
        given.listing("1.000002", "2020-03-05", one_stop=True, accurate=False),
        given.event(scale, "2020-01-01"),
        given.received("D-1"),
        given.started("1", "H53.2", due),
        given.completed("1", "2020-03-09 09:00"),
        given.contact("K-1"),
        given.resolved("2020-03-10 09:00"),
        given.received("D-2", resolving="H53.2"),
        given.resolved("2020-03-17 09:00", "D-2"),
        given.received("D-3", sector="hộ-tịch"),
        given.passed(due, "D-3"),
        given.received("D-4", resolving="H53.3", channel="online"),
        given.resolved("2020-03-16 15:00", "D-4"),
        given.filed("F-1", "2020-03-10"),
        given.answered("F-1", "2020-03-09"),
        given.event(dismissal, "2020-04-01"),
        _rating("R-1", "Hài lòng"),
        _rating("R-2", "Hài lòng"),
        _rating("R-3", "Không hài lòng"),
        _rating("R-4", "👍", "like"),
        given.event(assessment, "2020-04-05"),
        given.event(c.DossierResumed(dossier="D-5", pause="P-1", resumed_at=given.at("2020-03-01")), "2020-03-01"),
    ]  # fmt: skip


@pytest.mark.asyncio
async def test_evaluations(scoring) -> None:
    events = a_year()
    await scoring.tell(*events)
    await _ranking(scoring)
    await _pages(scoring)
    await _one_evaluation(scoring, events)
    await _entities(scoring)
    await _dossiers(scoring)
    await _rulebooks(scoring)
    await _what_if(scoring)
    await _satisfaction(scoring)
    await _changes_and_journey(scoring, events)


async def _ranking(scoring) -> None:
    found = await scoring.get("/evaluations", period="2020-Q1")
    assert [each["agency"] for each in found["items"]] == _by_total(found["items"])
    assert {each["agency"] for each in found["items"]} == {"H53.1", "H53.2"}
    assert found["unregistered"] == ["H53.3"]
    unknown = await scoring.get("/evaluations/H53.3/2020-Q1")
    assert (unknown["name"], unknown["level"]) == (None, None)
    assert 5 in unknown["insufficient"]
    assert [(each["level"], each["agencies"]) for each in found["levels"]] == [
        ("province", 1), ("commune", 1)]  # fmt: skip
    first = next(each for each in found["items"] if each["agency"] == "H53.1")
    assert first["assessments"] == {"self_score": 3.5}
    assert found["asked"]["rulebook"] == {
        "id": "tt01-2018",
        "version": "1.0",
        "valid_for_period": True,
    }
    for query, agencies in (
        ({"level": "commune"}, {"H53.2"}),
        ({"parent": "H53.1"}, {"H53.2"}),
        ({"classification": first["classification"], "level": "province"}, {"H53.1"}),
        ({"sector": "hộ-tịch", "level": "province"}, {"H53.1"}),
    ):
        found = await scoring.get("/evaluations", period="2020-Q1", **query)
        assert {each["agency"] for each in found["items"]} == agencies
    assert (await scoring.get("/evaluations", period="1990"))["items"] == []


def _by_total(items: list[dict]) -> list[str]:
    return [
        each["agency"]
        for each in sorted(items, key=lambda each: (-each["total_tenths"], each["agency"]))
    ]


async def _pages(scoring) -> None:
    whole = (await scoring.get("/evaluations", period="2020"))["items"]
    seen, cursor = [], None
    while True:
        query = {"period": "2020", "limit": 1} | ({"cursor": cursor} if cursor else {})
        page = await scoring.get("/evaluations", **query)
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole


async def _one_evaluation(scoring, events: list[Event]) -> None:
    for agency, name, basis, role in itertools.product(
        ("H53.1", "H53.2"),
        ("2020-03", "2020-Q1", "2020"),
        ("settled", "live"),
        ("resolving", "receiving"),
    ):
        found = await scoring.get(f"/evaluations/{agency}/{name}", basis=basis, role=role)
        expected = evaluate_events(
            events, BOOKS.in_force[0], agency, Period.parse(name), basis, role=role
        )
        assert [each["tenths"] for each in found["indices"]] == [
            each.tenths for each in expected.indices
        ]
        assert [each["counts"] for each in found["indices"]] == [
            dict(each.counts) for each in expected.indices
        ]
        assert found["total_tenths"] == expected.total_tenths
        assert found["classification"] == expected.classification
        assert found["insufficient"] == list(expected.insufficient)
    found = await scoring.get("/evaluations/H53.1/2020-Q1")
    third = found["indices"][2]
    assert (third["score"], third["points"], third["dossiers"]) == (1.0, 1, 1)
    assert third["outcomes"] == [{"outcome": "one:1", "n": 1, "points": 1}]
    assert third["name"]["vi"]
    assert "chỉ số 3" in third["article"]
    assert found["volumes"]["received"] == {"direct": 2}
    assert found["volumes"]["waiting"] == {"open": 1}
    [assessed] = found["assessments"]
    assert (assessed["kind"], assessed["total"], assessed["scores"]) == (
        "self_score",
        3.5,
        {"1": 2.0, "2": 1.5},
    )
    freshness = found["freshness"]
    assert freshness["events_behind"] == 0
    assert freshness["seconds_since_last_applied"] >= 0
    assert {each["stream"] for each in freshness["streams"]} == set(c.SCORING_TOPICS)
    strict = await scoring.get("/evaluations/H53.1/2020-Q1", rulebook="tt01-2018-strict")
    assert strict["asked"]["rulebook"]["id"] == "tt01-2018-strict"


async def _entities(scoring) -> None:
    path = "/evaluations/H53.1/2020-Q1/indices/{}/entities"
    found = await scoring.get(path.format(3))
    [item] = found["items"]
    assert (item["kind"], item["id"]) == ("dossier", "D-1")
    point = item["point"]
    assert (point["outcome"], point["points"]) == ("one:1", 1)
    assert point["reason"]["en"]
    assert len(point["events"]) == 3
    assert (await scoring.get(path.format(3), points=0))["items"] == []
    assert len((await scoring.get(path.format(3), outcome="one:1"))["items"]) == 1
    assert (await scoring.get(path.format(3), sector="hộ-tịch"))["items"] == []

    settled = (await scoring.get(path.format(1)))["items"]
    live = (await scoring.get(path.format(1), basis="live"))["items"]
    assert [each["id"] for each in settled] == ["D-1"]
    assert [(each["id"], each["point"]["points"]) for each in live] == [("D-1", 2), ("D-3", 0)]

    listed = (await scoring.get(path.format(6)))["items"]
    assert [each["id"] for each in listed] == ["H53.1 1.000001", "H53.1 1.000002"]
    earlier = await scoring.get("/evaluations/H53.1/2020-02/indices/6/entities")
    assert [each["id"] for each in earlier["items"]] == ["H53.1 1.000001"]
    [feedback] = (await scoring.get(path.format(8)))["items"]
    assert (feedback["id"], feedback["point"]["outcome"]) == ("F-1", "on_time+dismissed")
    [step] = (await scoring.get("/evaluations/H53.2/2020-03/indices/2/entities"))["items"]
    assert (step["id"], step["point"]["points"]) == ("D-1", 2)

    first = await scoring.get(path.format(1), basis="live", limit=1)
    rest = await scoring.get(path.format(1), basis="live", limit=1, cursor=first["next_cursor"])
    assert [each["id"] for each in first["items"] + rest["items"]] == ["D-1", "D-3"]
    assert rest["next_cursor"] is None


async def _dossiers(scoring) -> None:
    found = await scoring.get("/dossiers/D-1")
    assert {each["fact"] for each in found["facts"]} == {
        "record", "base", "step/1/start", "step/1/end", "contact/K-1", "resolved"}  # fmt: skip
    assert {each["index"] for each in found["points"]} == {1, 2, 3, 4, 7}
    assert found["waiting_for"] == []
    waiting = await scoring.get("/dossiers/D-5")
    assert waiting["waiting_for"] == ["pause P-1", "reception"]
    assert waiting["points"] == []
    strict = await scoring.get("/dossiers/D-1", rulebook="tt01-2018-strict")
    assert strict["rulebook"] == "tt01-2018-strict"


async def _rulebooks(scoring) -> None:
    found = await scoring.get("/rulebooks")
    assert [(each["id"], each["in_force"]) for each in found] == [
        ("tt01-2018", True),
        ("tt01-2018-strict", False),
    ]
    whole = await scoring.get("/rulebooks/tt01-2018")
    assert whole["index_8"]["most_percent"] == 90
    answer = await scoring.http.post("/what-if", json={"period": "2020", "rulebook": whole})
    assert answer.json()["changed_total"] == 0


async def _what_if(scoring) -> None:
    wish = {"period": "2020-Q1", "changes": {"index_3": {"one": 2}}}
    answer = await scoring.http.post("/what-if", json=wish)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["base"], found["changed_total"]) == ("tt01-2018", 1)
    [moved] = [each for each in found["items"] if each["total"] != each["base_total"]]
    assert (moved["agency"], moved["tenths"][2], moved["base_tenths"][2]) == ("H53.1", 20, 10)
    receiving = {"period": "2020-Q1", "changes": {"dossiers": {"role": "receiving"}}}
    other = (await scoring.http.post("/what-if", json=receiving)).json()
    assert other["asked"]["role"] == "receiving"
    wrong = await scoring.http.post("/what-if", json=wish | {"base": "none"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (404, "base")
    unchanged = await scoring.get("/evaluations/H53.1/2020-Q1")
    assert unchanged["indices"][2]["tenths"] == 10


async def _satisfaction(scoring) -> None:
    found = await scoring.get("/satisfaction", period="2020")
    assert found["total"] == 4
    faces, like = found["scales"]
    assert [(each["answer"], each["n"]) for each in faces["answers"]] == [
        ("Hài lòng", 2), ("Bình thường", 0), ("Không hài lòng", 1)]  # fmt: skip
    assert (faces["satisfied"], faces["satisfied_percent"], faces["has_negative"]) == (
        2,
        66.7,
        True,
    )
    assert (like["total"], like["satisfied_percent"], like["has_negative"]) == (1, None, None)
    mine = await scoring.get("/satisfaction", period="2020-03", agency="H53.1")
    assert mine["total"] == 4
    assert (await scoring.get("/satisfaction", period="2020-03", agency="H53.2"))["scales"] == []


async def _changes_and_journey(scoring, events: list[Event]) -> None:
    newest = await scoring.published("H53.1", "2020-Q1", 1)
    assert newest["settled"]["total_tenths"] > 0
    before = newest["revision"]
    dismissed = c.ContactCorrected(
        dossier="D-1", contact="K-1", body="H53.2", place="one_stop_unit",
        made_at=given.at("2020-03-03 10:00"), needed=False, reason="ghi nhầm",
    )  # fmt: skip
    correction = given.event(dismissed, "2020-05-01")
    await scoring.tell(correction)
    newest = await scoring.published("H53.1", "2020-Q1", before + 1)
    assert newest["cause"] == correction.id
    assert newest["settled"]["indices"][2]["tenths"] == 20
    history = await scoring.get("/evaluations/H53.1/2020-Q1/changes", limit=1)
    assert history["next_before"] == history["changes"][0]["revision"]
    older = await scoring.get("/evaluations/H53.1/2020-Q1/changes", before=history["next_before"])
    assert [each["revision"] for each in older["changes"]] == list(range(before, 0, -1))
    assert (await scoring.get("/evaluations/H53.1/2019/changes"))["changes"] == []

    journey = await scoring.get("/dossiers/D-1/journey")
    hop = next(each for each in journey["events"] if each["event"] == correction.id)
    assert hop["applied_at"] >= hop["sent_at"]
    assert {
        (each["period"], each["caused"]) for each in hop["published"] if each["agency"] == "H53.1"
    } == {("2020-03", True)}
    assert len(journey["superseded"]) == 1
    one = await scoring.get("/evaluations/H53.1/2020-Q1")
    assert one["revision"] == newest["revision"]
    assert "2020-Q1" in {each["period"] for each in await scoring.get("/periods")}


BAD = (
    ("/evaluations", {}, 422, "period"),
    ("/evaluations", {"period": "2020-13"}, 422, "period"),
    ("/evaluations", {"period": "2020", "basis": "all"}, 422, "basis"),
    ("/evaluations", {"period": "2020", "level": "nation"}, 422, "level"),
    ("/evaluations", {"period": "2020", "classification": "great"}, 422, "classification"),
    ("/evaluations", {"period": "2020", "role": "none"}, 422, "role"),
    ("/evaluations", {"period": "2020", "limit": 0}, 422, "limit"),
    ("/evaluations", {"period": "2020", "limit": "x"}, 422, "limit"),
    ("/evaluations", {"period": "2020", "cursor": "x"}, 422, "cursor"),
    ("/evaluations", {"period": "2020", "cursor": "²:A"}, 422, "cursor"),
    ("/evaluations", {"period": "2020", "rulebook": "none"}, 404, "rulebook"),
    ("/evaluations", {"period": "2020", "sector": "a b"}, 422, "sector"),
    ("/evaluations", {"period": "2020", "parent": "\x00"}, 422, "parent"),
    ("/evaluations/H53.9/2020", {}, 404, "agency"),
    ("/evaluations/%00/2020", {}, 422, "agency"),
    ("/evaluations/H53.1/Q1", {}, 422, "period"),
    ("/evaluations/H53.9/2020/changes", {}, 404, "agency"),
    ("/evaluations/H53.1/2020/changes", {"before": 0}, 422, "before"),
    ("/evaluations/H53.1/2020/indices/0/entities", {}, 422, "index"),
    ("/evaluations/H53.1/2020/indices/10/entities", {}, 422, "index"),
    ("/evaluations/H53.1/2020/indices/x/entities", {}, 422, "index"),
    ("/evaluations/H53.1/2020/indices/1/entities", {"points": 3}, 422, "points"),
    ("/evaluations/H53.1/2020/indices/1/entities", {"cursor": "agency/A"}, 422, "cursor"),
    ("/evaluations/H53.1/2020/indices/1/entities", {"cursor": "dossier/\x00"}, 422, "cursor"),
    ("/dossiers/unknown", {}, 404, "dossier"),
    ("/dossiers/unknown/journey", {}, 404, "dossier"),
    ("/dossiers/D-1", {"rulebook": "none"}, 404, "rulebook"),
    ("/rulebooks/none", {}, 404, "rulebook"),
    ("/satisfaction", {"period": "x"}, 422, "period"),
    ("/satisfaction", {"period": "2020", "agency": "H53.9"}, 404, "agency"),
    ("/stream", {"period": "x"}, 422, "period"),
)
BAD_WISHES = (
    ({}, "period"),
    ({"period": "2020"}, None),
    ({"period": "2020", "changes": {}, "rulebook": {}}, None),
    ({"period": "x", "changes": {}}, "period"),
    (
        {"period": "2020", "changes": {"index_8": {"most_percent": 101}}},
        "changes.index_8.most_percent",
    ),
    ({"period": "2020", "changes": {"index_8": 1}}, "changes.index_8"),
    ({"period": "2020", "changes": {"classes": []}}, "changes.classes"),
    ({"period": "2020", "changes": {"nothing": 1}}, "changes.nothing"),
    ({"period": "2020", "rulebook": {"id": "x"}}, "rulebook.version"),
    ({"period": "2020", "changes": {}, "limit": 0}, "limit"),
    ({"period": "2020", "changes": {}, "more": 1}, "more"),
)


@pytest.mark.asyncio
async def test_bad_input_gets_problems_that_name_the_field(scoring) -> None:
    await scoring.tell(given.registered("H53.1"), given.received())
    for path, query, status, field in BAD:
        answer = await scoring.http.get(path, params=query)
        _assert_problem(answer, status, field)
    for body, field in BAD_WISHES:
        _assert_problem(await scoring.http.post("/what-if", json=body), 422, field)
    _assert_problem(await scoring.http.post("/what-if", content=b"{"), 422, None)
    _assert_problem(await scoring.http.delete("/rulebooks"), 405, None)
    last = await scoring.http.get("/stream", headers={"last-event-id": "x"})
    _assert_problem(last, 422, "last-event-id")


def _assert_problem(answer, status: int, field: str | None) -> None:
    assert answer.status_code == status, (str(answer.url), answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["title"]
    assert body["detail"]
    assert "Traceback" not in answer.text
    if field is not None:
        assert field in {each.get("field") for each in body["errors"]}, body


@pytest.mark.asyncio
async def test_the_page_and_what_it_needs_come_from_here(scoring) -> None:
    page = await scoring.http.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "//" not in page.text.replace("<!doctype html>", "")
    for name, kind in (("page.js", "text/javascript"), ("page.css", "text/css")):
        assert name in page.text
        answer = await scoring.http.get(f"/{name}")
        assert answer.headers["content-type"].startswith(kind)
    described = await scoring.get("/openapi.json")
    assert described["openapi"].startswith("3.1")
    assert {"/evaluations", "/stream", "/what-if", "/dossiers/{dossier}/journey"} <= described[
        "paths"
    ].keys()


@pytest.mark.asyncio
async def test_a_restart_goes_on_where_it_stopped(serve) -> None:
    async with serve() as scoring:
        await scoring.tell(given.registered("H53.1"), given.received())
        sent = scoring.sent
    async with serve() as scoring:
        scoring.sent = sent
        await scoring.tell(given.resolved("2020-03-10 09:00"))
        found = await scoring.get("/evaluations/H53.1/2020-Q1")
        assert found["indices"][0]["tenths"] == 20
        await asyncio.wait_for(scoring.published("H53.1", "2020-Q1", 1), 10)
