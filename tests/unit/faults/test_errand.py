"""An errand's requests are accepted by the services, and the model knows what comes of them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from faults.errand import AGENCY, PROCEDURE, errand
from faults.load import single
from faults.model import Model

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
CATALOGUE = [
    {"do": "register_agency", "agency": AGENCY, "name": "UBND", "level": "commune"},
    {"do": "register_procedure", "procedure": PROCEDURE, "name": "Thủ tục", "sector": "S"},
]


def test_every_service_has_something_to_record() -> None:
    requests = [single(line) for line in errand(1, NOW)]
    assert Counter(each.service for each in requests) == {"intake": 2, "workflow": 1, "feedback": 1}
    assert len({single(line).path for line in [*errand(1, NOW), *errand(2, NOW)]}) > len(requests)


def test_its_deadlines_pass() -> None:
    accepted: dict[str, list] = {"intake": [*CATALOGUE]}
    for request in map(single, errand(1, NOW)):
        accepted.setdefault(request.service, []).extend(request.lines)
    passed = Counter(kind for _, kind, _ in Model.of(accepted).passed)
    assert passed == {"deadline.passed.v1": 1, "feedback.deadline_passed.v1": 1}
