"""Limits as bits, so that "the stricter of two" is one bitwise or, and "at least as strict" a subset test.

A chain is held in unary: a ceiling of 2 sets the bits "at most 4", "at most 3" and "at most 2". A set has one bit for
each member. A clear word is the free end. The order of bits follows the vocabulary, so that two engines built from one
vocabulary share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from effleurage.protocol.lattice import REQUIRED, Limits, Verdict, limits
from effleurage.protocol.vocabulary import LEVELS, Vocabulary

Bit = tuple[str, str, int | str]
"""What a bit says: (field, whom, value), such as ('pressure', 'calf_left', 2): at most 2 there."""

LATELY: Final = 512
"""Words whose limits are kept: those of a day's patients."""
_LISTS = {"positions": "positions", **REQUIRED}


@dataclass(frozen=True)
class Layout:
    """The meaning of every bit for one vocabulary."""

    vocabulary: Vocabulary

    @cached_property
    def bits(self) -> tuple[Bit, ...]:
        words = self.vocabulary
        rows: list[Bit] = [("verdict", "", verdict.value) for verdict in Verdict if verdict]
        rows += [("minutes", "", minutes) for minutes in sorted(words.minutes, reverse=True)[1:]]
        rows += [("spacing_days", "", days) for days in sorted(words.spacing_days)[1:]]
        rows += [("pressure", region.name, level) for region in words.regions for level in reversed(range(LEVELS))]
        rows += [
            ("refer", target.name, rank) for target in words.referrals for rank in range(1, len(words.urgencies) + 1)
        ]
        for name, source in _LISTS.items():
            rows += [(name, "", term.name) for term in getattr(words, source)]
        rows += [
            ("forbidden", region.name, technique.name) for technique in words.techniques for region in words.regions
        ]
        return tuple(rows)

    @property
    def whole(self) -> int:
        """The word with every bit set."""
        return (1 << len(self.bits)) - 1

    @cached_property
    def index(self) -> dict[Bit, int]:
        return {bit: index for index, bit in enumerate(self.bits)}

    def pack(self, of: Limits) -> int:
        """The limits as a word; the work is proportional to what they set."""
        word = self._forbidding(of.forbidden) | self._pressing(of.pressure)
        for bit in self._said(of):
            word |= 1 << self.index[bit]
        return word

    def _forbidding(self, pairs: frozenset[tuple[str, str]]) -> int:
        """The bits of what is forbidden. Rules that withhold share one set of pairs, so it is kept."""
        if pairs not in self._kept:
            self._kept[pairs] = sum(1 << self.index["forbidden", region, technique] for technique, region in pairs)
        return self._kept[pairs]

    def _pressing(self, ceilings: tuple[int, ...]) -> int:
        """The bits of the ceilings, kept as well: most rules share theirs with others."""
        if ceilings not in self._kept:
            pairs = zip(self.vocabulary.regions, ceilings, strict=True)
            bits = (("pressure", region.name, level) for region, top in pairs for level in range(top, LEVELS))
            self._kept[ceilings] = sum(1 << self.index[bit] for bit in bits)
        return self._kept[ceilings]

    @cached_property
    def _kept(self) -> dict[frozenset[tuple[str, str]] | tuple[int, ...], int]:
        return {}

    def _said(self, of: Limits) -> Iterator[Bit]:
        """Every bit that is true of these limits, but for pressure and what is forbidden."""
        words = self.vocabulary
        yield from (("verdict", "", verdict.value) for verdict in Verdict if Verdict.GO < verdict <= of.verdict)
        yield from (("minutes", "", minutes) for minutes in sorted(words.minutes)[:-1] if of.minutes <= minutes)
        yield from (("spacing_days", "", days) for days in sorted(words.spacing_days)[1:] if days <= of.spacing_days)
        yield from (("refer", target, rank) for target, rank in of.refer)
        for name in _LISTS:
            yield from ((name, "", member) for member in getattr(of, name))

    def meanings(self, word: int) -> tuple[Bit, ...]:
        """The bits set in a word, in order."""
        found = []
        while word:
            lowest = word & -word
            found.append(self.bits[lowest.bit_length() - 1])
            word ^= lowest
        return tuple(found)

    def unpack(self, word: int) -> Limits:
        """The limits a word stands for; the inverse of `pack`. The words of late are kept: patients share many."""
        return self._unpacked(word)

    @cached_property
    def _unpacked(self) -> Callable[[int], Limits]:
        return lru_cache(LATELY)(self._unpack)

    def _unpack(self, word: int) -> Limits:
        pressure: dict[str, int] = {}
        forbid: dict[str, list[str]] = {}
        refer: dict[str, int] = {}
        sets: dict[str, list[str]] = {name: [] for name in _LISTS}
        numbers = {"verdict": 0, "spacing_days": 0, "minutes": max(self.vocabulary.minutes)}
        for name, whom, value in self.meanings(word):
            if name == "pressure":
                pressure[whom] = min(int(value), pressure.get(whom, LEVELS))
            elif name == "forbidden":
                forbid.setdefault(str(value), []).append(whom)
            elif name == "refer":
                refer[whom] = max(int(value), refer.get(whom, 0))
            elif name in sets:
                sets[name].append(str(value))
            else:
                numbers[name] = min(int(value), numbers[name]) if name == "minutes" else max(int(value), numbers[name])
        return limits(
            self.vocabulary,
            verdict=Verdict(numbers["verdict"]),
            pressure=pressure,
            forbid=forbid,
            refer=refer,
            minutes=numbers["minutes"],
            spacing_days=numbers["spacing_days"],
            **sets,
        )
