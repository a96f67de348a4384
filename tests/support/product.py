"""The running product, spoken to over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from otlp import Collector

from motcua_local.running.state import State
from motcua_worktime import VIETNAM

T = TypeVar("T")


@dataclass
class Product:
    """The running product, spoken to as a provincial system would: over HTTP."""

    state: State
    collector: Collector
    logs: Path
    http: httpx.Client

    def send(self, service: str, method: str, path: str, **body: Any) -> httpx.Response:
        """A request that must be accepted."""
        answer = self.http.request(method, f"{self.state.url(service)}{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer

    def get(self, service: str, path: str, **query: Any) -> Any:
        """What a service answers to a GET."""
        answer = self.http.get(f"{self.state.url(service)}{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get_status(self, service: str, path: str) -> int:
        """The status of a GET."""
        return self.http.get(f"{self.state.url(service)}{path}").status_code

    def evaluation(self, agency: str, period: str, basis: str = "settled") -> Any:
        """An agency's served evaluation."""
        return self.get("scoring", f"/evaluations/{agency}/{period}", basis=basis)

    def tenths(self, agency: str, period: str, index: int, basis: str = "settled") -> int | None:
        """One index's score in tenths of a point; None also while the agency is not known."""
        url = f"{self.state.url('scoring')}/evaluations/{agency}/{period}"
        answer = self.http.get(url, params={"basis": basis})
        if answer.status_code == 404:
            return None
        found: int | None = answer.json()["indices"][index - 1]["tenths"]
        return found

    def agency(self) -> str:
        """A new commune, registered with a procedure of five working days."""
        code = f"H53.{uuid4().hex[:8]}"
        self.send("intake", "PUT", f"/agencies/{code}", name=f"UBND xã {code}", level="commune")
        self.send(
            "intake", "PUT", "/procedures/1.000001", name="Thủ tục ví dụ", sector="VD",
            limit={"amount": 5, "unit": "WORKING_DAY"},
        )  # fmt: skip
        return code

    def receive(self, agency: str, received_at: str, **more: Any) -> str:
        """A new dossier at the agency."""
        dossier = f"{agency}-{uuid4().hex[:8]}"
        self.send(
            "intake", "POST", "/dossiers", dossier=dossier, procedure="1.000001",
            receiving=agency, resolving=agency, received_at=received_at, **more,
        )  # fmt: skip
        return dossier

    def resolve(self, dossier: str, resolved_at: str) -> httpx.Response:
        """The dossier's resolution."""
        path = f"/dossiers/{dossier}/resolution"
        return self.send("workflow", "POST", path, resolved_at=resolved_at)


def eventually(what: Callable[[], T], good: Callable[[T], bool], timeout: float = 10.0) -> T:
    """What ``what`` gives once it is good; fails with the last value when time is up."""
    end = time.monotonic() + timeout
    while True:
        value = what()
        if good(value):
            return value
        assert time.monotonic() < end, value
        time.sleep(0.02)


def in_seconds(seconds: float) -> str:
    """An instant that many seconds from now."""
    return (datetime.now(VIETNAM) + timedelta(seconds=seconds)).isoformat()
