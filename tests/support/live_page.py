"""The live page in a browser, as a reader sees and uses it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect
from product import eventually

SECONDS = 10_000
"""How long, in milliseconds, the page may take to show what it should."""


class LivePage:
    """``faults`` collects what went wrong on the page: errors of scripts, console and network."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.faults: list[str] = []
        page.set_default_timeout(SECONDS)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console", lambda said: self.faults.append(said.text) if said.type in _BAD else None
        )
        page.on("response", lambda got: self.faults.append(got.url) if got.status >= 400 else None)

    def open(self, period: str) -> None:
        """Opens the page on a period and waits until it only follows the stream."""
        self.page.goto(f"{self.url}/#period={period}")
        expect(self.page.locator("#light.on")).to_be_visible(timeout=SECONDS)
        eventually(lambda: self.page.evaluate("planned === null"), bool)

    def row(self, agency: str) -> Locator:
        """An agency's row of the ranking."""
        return self.page.locator(f'#ranking tr[data-agency="{agency}"]')

    def shows(self, agency: str, score: str) -> None:
        """Waits until an agency's total is shown so."""
        expect(self.row(agency).locator(".score")).to_have_text(score, timeout=SECONDS)

    def choose(self, name: str, value: str) -> None:
        """Changes one of the choices: period, basis, level."""
        self.page.select_option(f"#{name}", value)


_BAD = ("error", "warning")
