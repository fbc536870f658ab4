"""The closed lists that limits and regimens are written in: regions, techniques, positions, checks and the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from effleurage.errors import ContentError
from effleurage.language import ENGLISH, Language, sentence
from effleurage.lib.text import nearest

EVERYWHERE: Final = "everywhere"
SIDES: Final = (sentence("left"), sentence("right"))
LEVELS: Final = 5


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a closed list. `detail` holds what only that list has (a check's moment, a window's length)."""

    name: str
    term: str
    means: str
    source: str
    detail: tuple[tuple[str, str], ...] = ()

    def get(self, key: str) -> str:
        return dict(self.detail).get(key, "")


@dataclass(frozen=True, slots=True)
class Region:
    """A region of the body on one side; `side` is left or right of the patient, or midline, and `said` how the
    language of the content says it.
    """

    name: str
    base: str
    side: str
    term: str
    views: tuple[str, ...]
    said: str = ""

    @property
    def words(self) -> str:
        return self.term if self.side == "midline" else f"{self.term}, {self.said or self.side}"


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Every closed list, in the order of the content, which is also the order of the bits that engines use."""

    regions: tuple[Region, ...]
    region_groups: tuple[tuple[str, tuple[str, ...]], ...]
    techniques: tuple[Term, ...]
    technique_groups: tuple[tuple[str, tuple[str, ...]], ...]
    positions: tuple[Term, ...]
    position_groups: tuple[tuple[str, tuple[str, ...]], ...]
    props: tuple[Term, ...]
    checks: tuple[Term, ...]
    stop_rules: tuple[Term, ...]
    expected: tuple[Term, ...]
    reactions: tuple[Term, ...]
    urgencies: tuple[Term, ...]
    referrals: tuple[Term, ...]
    competences: tuple[Term, ...]
    consents: tuple[Term, ...]
    windows: tuple[Term, ...]
    levels: tuple[Term, ...]
    minutes: tuple[int, ...]
    spacing_days: tuple[int, ...]
    turn: Term
    language: Language = ENGLISH

    @cached_property
    def region_index(self) -> dict[str, int]:
        return {region.name: index for index, region in enumerate(self.regions)}

    @cached_property
    def _region_sets(self) -> dict[str, tuple[str, ...]]:
        """Every name a rule may use for regions, with the single regions it stands for."""
        sets: dict[str, tuple[str, ...]] = {region.name: (region.name,) for region in self.regions}
        for region in self.regions:
            sets.setdefault(region.base, ())
            if region.base != region.name:
                sets[region.base] += (region.name,)
        for group, members in self.region_groups:
            sets[group] = self._spread(group, members, sets)
        sets[EVERYWHERE] = tuple(region.name for region in self.regions)
        return sets

    @cached_property
    def _technique_sets(self) -> dict[str, tuple[str, ...]]:
        sets: dict[str, tuple[str, ...]] = {term.name: (term.name,) for term in self.techniques}
        for group, members in self.technique_groups:
            sets[group] = self._spread(group, members, sets)
        return sets

    @cached_property
    def _position_sets(self) -> dict[str, tuple[str, ...]]:
        sets: dict[str, tuple[str, ...]] = {term.name: (term.name,) for term in self.positions}
        for group, members in self.position_groups:
            sets[group] = self._spread(group, members, sets)
        return sets

    def _spread(self, group: str, members: Iterable[str], sets: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        singles: dict[str, None] = {}
        for member in members:
            if member not in sets:
                raise ContentError(
                    where=f"group {group}", what=f"'{member}' is not known.", remedy=nearest(member, sets)
                )
            singles.update(dict.fromkeys(sets[member]))
        return tuple(singles)

    def regions_of(self, name: str) -> tuple[str, ...]:
        """The single regions that a region, a pair or a group stands for; KeyError for an unknown name."""
        return self._region_sets[name]

    def techniques_of(self, name: str) -> tuple[str, ...]:
        return self._technique_sets[name]

    def positions_of(self, name: str) -> tuple[str, ...]:
        return self._position_sets[name]

    @property
    def region_names(self) -> Iterable[str]:
        return self._region_sets.keys()

    @property
    def technique_names(self) -> Iterable[str]:
        return self._technique_sets.keys()

    @property
    def position_names(self) -> Iterable[str]:
        return self._position_sets.keys()

    @cached_property
    def terms(self) -> dict[str, Term]:
        """Every single entry by 'list.name', for explanations."""
        lists = ("techniques", "positions", "props", "checks", "stop_rules", "expected", "reactions", "urgencies",
                 "referrals", "competences", "consents", "windows")  # fmt: skip
        return {f"{kind}.{term.name}": term for kind in lists for term in getattr(self, kind)}

    def term(self, kind: str, name: str) -> str:
        """The standard term for an entry: term('checks', 'sit_two_minutes') -> 'Sit for two minutes'."""
        return self.terms[f"{kind}.{name}"].term

    def region(self, name: str) -> Region:
        return self.regions[self.region_index[name]]
