"""Vietnam's published days off and working Saturdays, year by year (from the holidays package)."""

from __future__ import annotations

from datetime import date
from functools import cache

from holidays import country_holidays


@cache
def published(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The year's public days off, and its weekend days worked in exchange for a bridge day.

    The days off include Lunar New Year, the 10th of the 3rd lunar month, 2 September with its
    neighbouring day (from 2021), days moved from a weekend, and announced swaps. The neighbouring
    years are read too: a swap may lie across New Year.
    """
    table = country_holidays("VN", years=(year - 1, year, year + 1))
    off = frozenset(day for day in table if day.year == year)
    return off, frozenset(day for day in table.weekend_workdays if day.year == year)
