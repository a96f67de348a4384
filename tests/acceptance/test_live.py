"""Scores move by themselves: when time passes, and when the past is put right."""

from __future__ import annotations

import json
import time

from product import Product, eventually, in_seconds


def test_a_deadline_that_passes_moves_the_live_score_within_two_seconds(product: Product) -> None:
    agency = product.agency()
    period = in_seconds(0)[:7]
    product.receive(agency, in_seconds(-60), due_at=in_seconds(2), unit="HOUR")
    due = time.monotonic() + 2

    time.sleep(1)
    assert product.tenths(agency, period, 1, "live") is None
    eventually(lambda: product.tenths(agency, period, 1, "live"), lambda tenths: tenths == 0, 5)

    assert time.monotonic() - due < 2
    assert product.tenths(agency, period, 1, "settled") is None


def test_it_passes_once_and_a_pause_holds_it(product: Product) -> None:
    agency = product.agency()
    late = product.receive(agency, in_seconds(-60), due_at=in_seconds(1), unit="HOUR")
    paused = product.receive(agency, in_seconds(-60), due_at=in_seconds(1), unit="HOUR")
    product.send(
        "workflow", "POST", f"/dossiers/{paused}/pauses",
        pause="P1", paused_at=in_seconds(0), reason="supplement",
    )  # fmt: skip
    time.sleep(3)

    def passed(dossier: str) -> int:
        journal = product.get("workflow", f"/journal/dossier/{dossier}")
        return json.dumps(journal).count("deadline.passed.v1")

    assert passed(late) == 1
    assert passed(paused) == 0


def changes(product: Product, agency: str, period: str) -> list[int]:
    """The revisions published for an agency and a period."""
    found = product.get("scoring", f"/evaluations/{agency}/{period}/changes")
    return [item["revision"] for item in found["changes"]]


def test_a_corrected_due_date_moves_a_past_quarter_and_is_published(product: Product) -> None:
    agency = product.agency()
    dossier = product.receive(agency, "2020-03-02T08:00:00+07:00")
    product.resolve(dossier, "2020-03-16T08:00:00+07:00")
    eventually(lambda: product.tenths(agency, "2020-Q1", 1), lambda tenths: tenths == 0)
    before = eventually(lambda: changes(product, agency, "2020-Q1"), bool)

    product.send(
        "intake", "PATCH", f"/dossiers/{dossier}",
        due_at="2020-03-20T17:00:00+07:00", reason="hẹn trả ghi nhầm",
    )  # fmt: skip

    eventually(lambda: product.tenths(agency, "2020-Q1", 1), lambda tenths: tenths == 20)
    eventually(lambda: changes(product, agency, "2020-Q1"), lambda now: max(now) > max(before))


def test_a_corrected_fault_moves_index_3(product: Product) -> None:
    agency = product.agency()
    dossier = product.receive(agency, "2020-03-02T08:00:00+07:00")
    product.resolve(dossier, "2020-03-04T08:00:00+07:00")
    contact = {
        "body": agency, "place": "one_stop_unit", "made_at": "2020-03-03T08:00:00+07:00",
        "fault": "agency",
    }  # fmt: skip
    for name in ("C1", "C2"):
        path = f"/dossiers/{dossier}/contacts"
        product.send("intake", "POST", path, contact=name, **contact)
    eventually(lambda: product.tenths(agency, "2020-Q1", 3), lambda tenths: tenths == 0)

    product.send(
        "intake", "PUT", f"/dossiers/{dossier}/contacts/C2",
        **{**contact, "fault": "applicant"}, reason="lỗi của người nộp",
    )  # fmt: skip

    eventually(lambda: product.tenths(agency, "2020-Q1", 3), lambda tenths: tenths == 10)


def test_a_dismissed_complaint_gives_index_7_back(product: Product) -> None:
    agency = product.agency()
    dossier = product.receive(agency, "2020-03-02T08:00:00+07:00")
    product.resolve(dossier, "2020-03-04T08:00:00+07:00")
    eventually(lambda: product.tenths(agency, "2020-Q1", 7), lambda tenths: tenths == 20)
    product.send(
        "feedback", "POST", "/feedback", feedback=f"PA-{dossier}", agency=agency, dossier=dossier,
        about="conduct", filed_at="2020-03-05T08:00:00+07:00",
    )  # fmt: skip
    eventually(lambda: product.tenths(agency, "2020-Q1", 7), lambda tenths: tenths == 0)
    before = eventually(lambda: changes(product, agency, "2020"), bool)

    product.send(
        "feedback", "POST", f"/feedback/PA-{dossier}/dismissal",
        concluded_at="2020-06-05T08:00:00+07:00", conclusion="slanderous",
    )  # fmt: skip

    eventually(lambda: product.tenths(agency, "2020-Q1", 7), lambda tenths: tenths == 20)
    eventually(lambda: changes(product, agency, "2020"), lambda now: max(now) > max(before))


def test_feedback_counts_in_the_sector_of_its_dossier(product: Product) -> None:
    agency, period = product.agency(), "2020-Q1"
    dossier = f"{agency}-later"
    product.send(
        "feedback", "POST", "/feedback", feedback=f"PA-{dossier}", agency=agency, dossier=dossier,
        filed_at="2020-03-05T08:00:00+07:00",
    )  # fmt: skip
    answer = {"answered_at": "2020-03-30T08:00:00+07:00"}
    product.send("feedback", "POST", f"/feedback/PA-{dossier}/answer", **answer)
    eventually(lambda: product.tenths(agency, period, 8), lambda tenths: tenths == 0)
    product.send(
        "intake", "POST", "/dossiers", dossier=dossier, procedure="1.000001",
        receiving=agency, resolving=agency, received_at="2020-03-02T08:00:00+07:00",
    )  # fmt: skip

    def in_sector(sector: str) -> int:
        path = f"/evaluations/{agency}/{period}"
        shown = product.get("scoring", path, sector=sector)
        return int(shown["indices"][7]["tenths"])

    eventually(lambda: in_sector("VD"), lambda tenths: tenths == 0)
    assert in_sector("khác") == 20
