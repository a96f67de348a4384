"""Chance with exact counts: a deck holds what must happen, shuffling decides to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def stream(*parts: object) -> Random:
    """A random stream of its own for these parts: the same on every machine and every run."""
    return Random("/".join(str(part) for part in parts))


def deck(random: Random, counts: Mapping[T, int]) -> list[T]:
    """Each item as often as its count, shuffled."""
    cards = [item for item, count in counts.items() for _ in range(count)]
    random.shuffle(cards)
    return cards


def share(total: int, percent: float) -> int:
    """How many of ``total`` are ``percent``, rounded to the nearest."""
    return round(total * percent / 100)


def pick(random: Random, items: Sequence[T], weights: Sequence[int]) -> T:
    """One item by weight."""
    return random.choices(items, weights)[0]
