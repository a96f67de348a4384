"""Bulk bodies: everything once, in order, and nothing cut through one dossier."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from motcua_local.demo.chunks import chunks, subject

lines = st.lists(st.integers(0, 9), max_size=60).map(
    lambda numbers: [{"do": "resolve_dossier", "dossier": str(n), "at": i}
                     for i, n in enumerate(sorted(numbers))]
)  # fmt: skip


@given(lines, st.integers(1, 20))
def test_nothing_is_lost_or_cut(rows: list[dict], size: int) -> None:
    found = list(chunks(rows, size))
    parsed = [[json.loads(line) for line in chunk.body.split(b"\n")] for chunk in found]
    assert [row for part in parsed for row in part] == rows
    assert [chunk.lines for chunk in found] == [len(part) for part in parsed]
    owners = [{row["dossier"] for row in part} for part in parsed]
    for one, other in pairwise(owners):
        assert not one & other


def test_lines_that_stand_alone_are_cut_to_size() -> None:
    rows = [{"do": "submit_rating", "rating": str(n), "agency": "H53"} for n in range(10)]
    assert [chunk.lines for chunk in chunks(rows, 4)] == [4, 4, 2]


def test_a_listing_is_told_by_agency_and_procedure() -> None:
    line = {"do": "list_procedure", "agency": "H53.01", "procedure": "1.000001"}
    assert subject(line) == ("H53.01", "1.000001")
