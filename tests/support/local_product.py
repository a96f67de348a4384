"""A product of a test's own on a data folder, with a few dossiers in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from motcua_command import Running, some_ports
from otlp import Collector
from product import Product

MONTH = "2026-03"


@dataclass
class LocalProduct:
    """``motcua up`` on a folder, and how to speak to it."""

    running: Running
    product: Product

    @property
    def data(self) -> str:
        """The data folder, for --data."""
        return str(self.running.layout.root)

    def stop(self) -> None:
        """Ends it as SIGTERM does."""
        self.running.process.terminate()
        self.running.process.wait(30)

    def dossiers(self, agency: str, count: int) -> list[str]:
        """So many dossiers of March, the later ones late."""
        codes = []
        for number in range(count):
            dossier = self.product.receive(agency, f"2026-03-0{2 + number}T08:00:00+07:00")
            self.product.resolve(dossier, f"2026-03-{10 + 5 * number}T10:00:00+07:00")
            codes.append(dossier)
        return codes

    def scores(self, agency: str) -> list[int | None]:
        """The nine indices of March in tenths."""
        found = self.product.evaluation(agency, MONTH)
        return [index["tenths"] for index in found["indices"]]

    def counted(self, agency: str) -> int:
        """How many dossiers of March stand behind index 1."""
        url = f"{self.product.state.url('scoring')}/evaluations/{agency}/{MONTH}/indices/1/entities"
        answer = self.product.http.get(url)
        return len(answer.json()["items"]) if answer.status_code == 200 else 0


@contextmanager
def local_product(folder: Path, *more: str) -> Iterator[LocalProduct]:
    """The product on ``folder``/data; stopped at the end."""
    folder.mkdir(exist_ok=True)
    running = Running("up", folder / "data", "--ports", some_ports(), *more)
    with Collector() as collector, httpx.Client(timeout=20) as http:
        try:
            yield LocalProduct(running, Product(running.until_up(), collector, folder, http))
        finally:
            running.process.terminate()
            running.process.wait(30)
