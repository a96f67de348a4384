"""Every version of every event ever shipped is still read, with nothing lost.

A golden file is written once, when its type first ships, and never changed: a contract that can
no longer read one has broken its promise and needs a new type.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from motcua_events.contracts import BY_TYPE

FOLDER = Path(__file__).parent / "golden"
GOLDEN = {path.name.removesuffix(".json"): path for path in FOLDER.iterdir()}


def test_every_type_has_a_golden_file() -> None:
    assert set(BY_TYPE) == set(GOLDEN)


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_golden_event_is_read_whole(name: str) -> None:
    text = GOLDEN[name].read_text(encoding="utf-8")
    data = BY_TYPE[name].model_validate_json(text, extra="ignore")
    again = BY_TYPE[name].model_validate_json(data.model_dump_json())
    assert again == data
    written = json.loads(data.model_dump_json())
    assert set(json.loads(text)) <= set(written)


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_consumers_tolerate_fields_of_the_future(name: str) -> None:
    data = json.loads(GOLDEN[name].read_text(encoding="utf-8"))
    text = json.dumps({**data, "a_field_of_tomorrow": 1})
    assert BY_TYPE[name].model_validate_json(text, extra="ignore").entity


def test_types_are_versioned_and_named_for_one_entity() -> None:
    for name, contract in BY_TYPE.items():
        assert name.rpartition(".")[2].startswith("v"), name
        assert contract.__doc__, name
        assert contract.ENTITY in contract.model_fields or "entity" in vars(contract), name
