"""Consumers side by side look like one."""

from __future__ import annotations

from typing import cast

import pytest

from motcua_events.consumer import Consumer
from motcua_service.consumers import Consumers


class Known:
    name = "scoring.projector"

    def __init__(self, lag: int | None, parked: int) -> None:
        self._lag = lag
        self.parked_now = parked

    def lag(self) -> int | None:
        return self._lag


def consumers(*each: Known) -> Consumers:
    return Consumers(cast("tuple[Consumer, ...]", each))


@pytest.mark.parametrize(
    ("lags", "together"),
    [((None, None), None), ((3, None), 3), ((3, 4), 7), ((0, 0), 0), ((None, 0), 0)],
)
def test_the_lag_is_that_of_all_partitions_held(
    lags: tuple[int | None, ...], together: int | None
) -> None:
    assert consumers(*(Known(lag, 0) for lag in lags)).lag() == together


def test_what_is_parked_counts_once() -> None:
    """It is counted by name, so each tells the same or will soon."""
    found = consumers(Known(0, 5), Known(0, 4))
    assert (found.name, found.parked_now) == ("scoring.projector", 5)
