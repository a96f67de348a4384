"""The product and a browser on its live page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from live_page import LivePage
from local_product import local_product
from playwright.sync_api import Browser, sync_playwright
from product import Product

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def _chromium() -> str:
    """The machine's own Chromium; without one it is a failure in CI and a skip elsewhere."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("CI needs Chromium: install it (Debian: apt-get install chromium)")
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window. It runs a loop of its own, which tests elsewhere must not see."""
    boxed = os.geteuid() == 0 or "CI" in os.environ  # Chromium's own sandbox works in neither
    options = ["--disable-dev-shm-usage", *(["--no-sandbox"] if boxed else [])]
    path = _chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=options)
        yield started
        started.close()


@pytest.fixture(scope="module")
def product(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product; not started where there is no browser to look at it."""
    with local_product(tmp_path_factory.mktemp("browser")) as local:
        yield local.product


@pytest.fixture
def live_page(browser: Browser, product: Product) -> Iterator[LivePage]:
    """The live page, not opened yet; nothing on it may fail."""
    context = browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
    page = LivePage(context.new_page(), product.state.url("scoring"))
    yield page
    assert page.faults == []
    context.close()
