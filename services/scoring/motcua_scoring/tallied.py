"""How many entities are counted as which bundle for an agency and period, and what that counts.

Pure. The same as ``evaluation.counts_for`` gives of all counters, which the reference uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .bundles import Entries
from .evaluation import Counts, DossierRole, LiveBasis, nested, roles_of

Added = tuple[tuple[tuple[str, str], int], ...]
"""What one entity adds, by measure and outcome."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle holds."""

    entries: Entries
    _added: dict[DossierRole, tuple[Added, Added]] = field(default_factory=dict)

    def added(self, role: DossierRole) -> tuple[Added, Added]:
        """What one entity adds for that role of the agency: always, and to the live counts only."""
        if role not in self._added:
            self._added[role] = self._of(role, only_open=False), self._of(role, only_open=True)
        return self._added[role]

    def _of(self, role: DossierRole, *, only_open: bool) -> Added:
        roles = roles_of(role)
        return tuple(
            ((measure, outcome), n)
            for its_role, basis, measure, outcome, n in self.entries
            if its_role in roles and (basis == "open") == only_open
        )


@dataclass(frozen=True, slots=True)
class Tallied:
    """One agency's tallies by bundle for a period. ``contents`` knows at least these bundles."""

    tallies: Mapping[bytes, int]
    contents: Mapping[bytes, Contents]

    def counts(self, role: DossierRole) -> tuple[Counts, Counts]:
        """The settled counts, and the live ones: these add what is open and past due."""
        sums: dict[tuple[str, str], int] = {}
        waiting: list[tuple[tuple[str, str], int]] = []
        for bundle, entities in self.tallies.items():
            always, only_live = self.contents[bundle].added(role)
            for key, n in always:
                sums[key] = sums.get(key, 0) + n * entities
            waiting += [(key, n * entities) for key, n in only_live]
        settled = nested(sums)
        if not waiting:
            return settled, settled
        for key, n in waiting:
            sums[key] = sums.get(key, 0) + n
        return settled, nested(sums)

    def counted(self, basis: LiveBasis, role: DossierRole) -> Counts:
        """The counts on a basis."""
        settled, live = self.counts(role)
        return live if basis == "live" else settled
