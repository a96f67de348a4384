"""How long the publisher waits between rounds."""

from __future__ import annotations

import pytest

from motcua_scoring.publisher import CATCHING_UP, FULL, LONGEST, QUICK, SHARE, pause


@pytest.mark.parametrize(
    ("seconds", "behind", "expected"),
    [
        (0.0, 0, QUICK),
        (0.2, 0, 0.2),
        (0.2, CATCHING_UP - 1, 0.2),
        (0.001, CATCHING_UP, FULL),
        (0.2, CATCHING_UP, SHARE * 0.2),
        (60.0, 0, LONGEST),
        (60.0, CATCHING_UP, LONGEST),
    ],
)
def test_a_pause_is_as_long_as_the_round_and_longer_while_catching_up(
    seconds: float, behind: int, expected: float
) -> None:
    assert pause(seconds, behind) == expected
