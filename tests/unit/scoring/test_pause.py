"""How long the publisher waits between rounds."""

from __future__ import annotations

import pytest

from motcua_scoring.publisher import CATCHING_UP, KEEPING_UP, LONGEST, QUICK, REST, pause


@pytest.mark.parametrize(
    ("seconds", "behind", "expected"),
    [
        (0.0, 0, QUICK),
        (0.2, 0, QUICK),
        (0.2, KEEPING_UP, 0.2),
        (0.2, 2 * KEEPING_UP, 0.4),
        (60.0, CATCHING_UP - 1, LONGEST),
        (0.001, CATCHING_UP, REST),
        (60.0, CATCHING_UP, REST),
    ],
)
def test_a_pause_grows_with_what_the_projector_is_behind(
    seconds: float, behind: int, expected: float
) -> None:
    assert pause(seconds, behind) == pytest.approx(expected)
