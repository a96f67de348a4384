"""The live page in a real browser: ranking, detail, choices, and scores that move by themselves."""

from __future__ import annotations

import pytest
from live_page import LivePage
from playwright.sync_api import expect
from product import Product, eventually

MARCH = "2026-03"


@pytest.fixture
def agency(product: Product) -> str:
    """A commune with one dossier resolved early in March, published."""
    code = product.agency()
    resolve(product, code, "2026-03-04")
    eventually(lambda: product.tenths(code, MARCH, 1), lambda tenths: tenths == 20)
    eventually(lambda: product.get("scoring", f"/evaluations/{code}/{MARCH}")["revision"], bool)
    return code


def resolve(product: Product, agency: str, day: str) -> str:
    """A dossier of 2 March, resolved on a day; due on the 9th."""
    dossier = product.receive(agency, "2026-03-02T08:00:00+07:00")
    product.resolve(dossier, f"{day}T10:00:00+07:00")
    return dossier


def test_a_score_moves_on_the_open_page(product: Product, live_page: LivePage, agency: str) -> None:
    live_page.open(MARCH)
    live_page.shows(agency, "10,0")  # 2 points for each of the indices 1, 3, 4, 7 and 8
    live_page.page.evaluate("window.opened = true")
    resolve(product, agency, "2026-03-20")
    live_page.shows(agency, "8,0")
    assert live_page.page.evaluate("window.opened")
    expect(live_page.page.locator("#behind")).to_contain_text("đã xử lý hết sự kiện")


def test_an_agency_is_explained_down_to_its_dossiers(
    product: Product, live_page: LivePage, agency: str
) -> None:
    late = resolve(product, agency, "2026-03-20")
    live_page.open(MARCH)
    live_page.shows(agency, "8,0")
    live_page.row(agency).click()
    detail = live_page.page.locator("#detail")
    expect(detail.locator(".index")).to_have_count(9)
    expect(detail.locator("h2")).to_have_text(f"UBND xã {agency}")
    detail.locator("#index-1 button").click()
    reason = "Giải quyết xong 20/03/2026 10:00, trễ hạn 09/03/2026."
    expect(detail.locator(".entities")).to_contain_text(f"{late} (0 điểm): {reason}")


def test_period_level_and_search_choose_what_is_shown(
    live_page: LivePage, agency: str, product: Product
) -> None:
    other = product.agency()
    resolve(product, other, "2026-03-05")
    eventually(lambda: product.tenths(other, MARCH, 1), lambda tenths: tenths == 20)
    live_page.open(MARCH)
    page, asked = live_page.page, live_page.page.locator("#asked")
    expect(asked).to_contain_text("Tháng 3/2026")
    live_page.choose("period", "2026-Q1")
    expect(asked).to_contain_text("Quý 1/2026")
    expect(live_page.row(agency)).to_be_visible()
    page.fill("#search", agency)
    expect(live_page.row(agency)).to_be_visible()
    expect(live_page.row(other)).to_be_hidden()
    live_page.choose("level", "province")
    expect(page.locator("#none")).to_be_visible()
    expect(live_page.row(agency)).to_have_count(0)
    live_page.choose("level", "commune")
    expect(live_page.row(agency)).to_be_visible()
    assert "level=commune" in page.url
