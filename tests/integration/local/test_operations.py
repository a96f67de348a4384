"""Operations on a running product: parked messages, republish, partitions, rebuild."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from local_product import LocalProduct, local_product
from motcua_command import motcua, motcua_json
from product import eventually

from motcua_events import AiokafkaProducer, KafkaConfig, Message
from motcua_events.contracts import DOSSIER_TOPICS
from motcua_events.kafka import ends
from motcua_local.operations.databases import address


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProduct]:
    with local_product(tmp_path_factory.mktemp("operations")) as found:
        yield found


def send(local: LocalProduct, message: Message) -> None:
    async def run() -> None:
        producer = AiokafkaProducer(KafkaConfig(local.product.state.broker))
        await producer.start()
        await producer.send([message])
        await producer.stop()

    asyncio.run(run())


def parked(local: LocalProduct, service: str) -> list[dict[str, Any]]:
    found = motcua_json("parked", "list", "--service", service, "--data", local.data)
    assert isinstance(found, list)
    return found


def correct(local: LocalProduct, dossier: str, sector: str) -> None:
    local.product.send("intake", "PATCH", f"/dossiers/{dossier}", sector=sector, reason="sai")


def test_poison_is_listed_shown_retried_and_discarded(local: LocalProduct) -> None:
    agency = local.product.agency()
    [dossier] = local.dossiers(agency, 1)
    eventually(lambda: local.counted(agency), lambda count: count == 1)
    now = datetime.now(UTC).isoformat().encode()
    headers = [
        ("ce_specversion", b"1.0"), ("ce_id", b"foreign-1"), ("ce_source", b"/intake"),
        ("ce_type", b"dossier.received.v1"), ("ce_time", now),
    ]  # fmt: skip
    send(local, Message("intake.dossiers", dossier.encode(), b'{"dossier": 7}', headers))
    correct(local, dossier, "HT")
    both = eventually(lambda: parked(local, "scoring"), lambda found: len(found) == 2)
    assert [one["state"] for one in both] == ["poison", "behind"]
    assert (both[0]["key"], both[0]["headers"]["ce_id"]) == (dossier, "foreign-1")
    assert "dossier" in both[0]["reason"]
    other = eventually(lambda: parked(local, "workflow"), lambda found: len(found) == 2)
    assert other[0]["offset"] == both[0]["offset"]

    evaluation = local.product.evaluation(agency, "2026-03")
    assert evaluation["freshness"]["events_parked"] == 2
    ready = local.product.get("scoring", "/readyz")
    assert ready["notes"] == ["consumer.projector: 2 events are parked; see: motcua parked list"]
    metrics = local.product.http.get(f"{local.product.state.url('scoring')}/metrics").text
    assert 'motcua_parked_events{consumer="scoring.projector"} 2.0' in metrics
    assert "2 events are parked" in motcua("show", agency, "2026-03", "--data", local.data).stdout

    number = str(both[0]["id"])
    where = ("--service", "scoring", "--data", local.data)
    shown = motcua("parked", "show", number, *where)
    assert (shown.returncode, "foreign-1" in shown.stdout) == (0, True)
    retried = motcua("parked", "retry", number, *where, "--by", "hoa", "--reason", "once more")
    assert retried.returncode == 1
    assert f"scoring {number}: failed" in retried.stdout

    refused = motcua("parked", "discard", number, *where, "--reason", " ")
    assert (refused.returncode, "say why" in refused.stderr) == (2, True)
    assert motcua("parked", "discard", number, *where).returncode == 2
    done = motcua("parked", "discard", number, *where, "--by", "hoa", "--reason", "not ours")
    assert done.returncode == 0, done.stderr
    eventually(lambda: parked(local, "scoring"), lambda found: found == [])
    sector = lambda: local.product.get("scoring", f"/dossiers/{dossier}")  # noqa: E731
    eventually(sector, lambda found: "HT" in str(found))

    trail = motcua_json("parked", "history", *where)["scoring"]
    mine = [(one["action"], one["actor"], one["why"]) for one in trail if one["actor"] == "hoa"]
    assert mine == [
        ("discarded", "hoa", "not ours"), ("failed", "hoa", "once more"),
        ("retry", "hoa", "once more"),
    ]  # fmt: skip
    third = eventually(lambda: parked(local, "feedback"), lambda found: len(found) == 2)
    where = ("--service", "feedback", "--data", local.data)
    assert motcua("parked", "discard", str(third[0]["id"]), "--reason", "x", *where).returncode == 0
    eventually(lambda: parked(local, "feedback"), lambda found: found == [])
    assert len(parked(local, "workflow")) == 2  # each consumer has its own
    one = motcua("parked", "discard", str(other[0]["id"]), "--reason", "x", "--data", local.data)
    assert one.returncode == 0  # found without --service: no other has it
    eventually(lambda: parked(local, "workflow"), lambda found: found == [])
    assert "nothing is parked" in motcua("parked", "list", "--data", local.data).stdout
    assert motcua_json("parked", "retry", "--all", "--data", local.data) == []


def test_wrong_use_is_told_in_one_line(local: LocalProduct) -> None:
    for arguments, code, said in (
        (["parked", "show", "999999"], 1, "no message 999999 is parked"),
        (["parked", "retry"], 2, "name a message, or --all"),
        (["parked", "list", "--service", "x"], 2, "there is no 'x'"),
        (["republish", "--service", "intake", "--topic", "x"], 2, "it has: intake."),
        (["partitions", "8"], 1, "this broker cannot add partitions"),
    ):
        done = motcua(*arguments, "--data", local.data)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
        assert done.stderr.count("\n") == 1


def sent(local: LocalProduct, topic: str) -> int:
    found = asyncio.run(ends(KafkaConfig(local.product.state.broker), [topic]))
    return sum(found.values())


def test_republish_sends_everything_again_and_changes_no_score(local: LocalProduct) -> None:
    agency = local.product.agency()
    local.dossiers(agency, 3)
    eventually(lambda: local.counted(agency), lambda count: count == 3)
    scores = local.scores(agency)
    changes = local.product.get("scoring", f"/evaluations/{agency}/2026-03/changes")
    before = {topic: sent(local, topic) for topic in DOSSIER_TOPICS}

    one = motcua(
        "republish", "--service", "workflow", "--topic", "workflow.dossiers", "--data", local.data
    )
    assert (one.returncode, one.stdout) == (0, "workflow has published workflow.dossiers again\n")
    every = motcua("republish", "--service", "intake", "--data", local.data)
    assert every.returncode == 0, every.stderr

    def again() -> list[int]:
        return [sent(local, topic) - before[topic] for topic in DOSSIER_TOPICS]

    again_sent = eventually(again, lambda more: more[0] >= 3 and more[1] >= 3)
    assert again_sent[2] == 0
    local.dossiers(agency, 1)
    eventually(lambda: local.counted(agency), lambda count: count == 4)
    before_that = local.product.get("scoring", f"/evaluations/{agency}/2026-03/changes")["changes"]
    assert changes["changes"][0] in before_that  # nothing was published but what really changed
    assert len(scores) == 9


def test_rebuild_while_dossiers_come_proves_equal_and_repairs_when_asked(
    local: LocalProduct,
) -> None:
    agency = local.product.agency()
    local.dossiers(agency, 3)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(motcua, "rebuild", "--data", local.data)
        count = 3
        while not done.done():
            local.dossiers(agency, 2)
            count += 2
            assert len(local.scores(agency)) == 9  # served all the while
    assert done.result().returncode == 0, done.result().stderr
    assert "is equal to the rebuilt one" in done.result().stdout
    eventually(lambda: local.counted(agency), lambda n: n == min(count, 100), 30)
    scores = local.scores(agency)

    asyncio.run(_damage(local))
    told = motcua("rebuild", "--data", local.data)
    assert (told.returncode, "was left as it is" in told.stderr) == (1, True), told.stderr
    mended = motcua_json("rebuild", "--replace", "--data", local.data)
    assert (mended["taken_over"], mended["equal"]) == (True, False)
    assert motcua_json("rebuild", "--data", local.data)["equal"]
    assert local.scores(agency) == scores
    local.dossiers(agency, 1)
    eventually(lambda: local.counted(agency), lambda n: n == min(count + 1, 100))


async def _damage(local: LocalProduct) -> None:
    conn = await asyncpg.connect(address(local.product.state, "scoring"))
    await conn.execute("update tallies set n = n * 3")
    await conn.close()
