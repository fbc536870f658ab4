"""How far one may go: limits, and why two of them always combine.

Every field is a chain or a set with a free end, and `meet` takes the stricter of two, field by field: the minimum of
ceilings, the maximum of verdicts and spacings, the union of what is forbidden or required. So `meet` is commutative,
associative and idempotent: the order of rules cannot matter, two protocols cannot contradict each other, and one more
rule can only tighten. What a meet cannot say (a trade-off, a sequence, "either A or B") is no limit; it belongs to a
regimen and to the therapist.

Two things follow from a strict value and are closed over when limits are built: a verdict of withhold or worse leaves
no region, position or minute; a region at level 0 leaves no technique there. Both have a single premise, so closing
before or after a meet is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum
from functools import lru_cache

from effleurage.language import sentence
from effleurage.protocol.vocabulary import LEVELS, Vocabulary

VERDICTS = (
    sentence("go"),
    sentence("go, modified"),
    sentence("ask first"),
    sentence("withhold and refer"),
    sentence("emergency"),
)


class Verdict(IntEnum):
    """The worst of two wins. ASK means: a clinician first."""

    GO = 0
    MODIFIED = 1
    ASK = 2
    WITHHOLD = 3
    EMERGENCY = 4

    @property
    def words(self) -> str:
        """In English; whoever shows it says it in the language of the protocols."""
        return VERDICTS[self]


REQUIRED = {
    "props": "props",
    "checks": "checks",
    "stop": "stop_rules",
    "competences": "competences",
    "consents": "consents",
    "windows": "windows",
}
"""The sets of what must be there or be done: each field with the list of the vocabulary that its names come from."""
SETS = ("forbidden", "positions", *REQUIRED, "refer")


@dataclass(frozen=True, slots=True)
class Limits:
    """Closed limits over one vocabulary.

    `pressure` holds the highest Walton level for each region in vocabulary order; `forbidden` pairs (technique,
    region); `refer` pairs (target, urgency rank), closed downward, so that the union keeps the more urgent.
    """

    vocabulary: Vocabulary = field(repr=False, compare=False)
    verdict: Verdict
    pressure: tuple[int, ...]
    minutes: int
    spacing_days: int
    forbidden: frozenset[tuple[str, str]]
    positions: frozenset[str]
    props: frozenset[str]
    checks: frozenset[str]
    stop: frozenset[str]
    competences: frozenset[str]
    consents: frozenset[str]
    windows: frozenset[str]
    refer: frozenset[tuple[str, int]]

    def __post_init__(self) -> None:
        if self.verdict >= Verdict.WITHHOLD and (any(self.pressure) or self.minutes):
            raise ValueError("withholding must close every region and leave no minutes: build limits with `limits`")
        if len(self.pressure) != len(self.vocabulary.regions):
            raise ValueError("one ceiling per region")

    def ceiling(self, region: str) -> int:
        return self.pressure[self.vocabulary.region_index[region]]

    def allows(self, technique: str, region: str) -> bool:
        return (technique, region) not in self.forbidden

    @property
    def referrals(self) -> dict[str, int]:
        """Each target with its most urgent rank."""
        worst: dict[str, int] = {}
        for target, rank in self.refer:
            worst[target] = max(rank, worst.get(target, 0))
        return worst


def free(vocabulary: Vocabulary) -> Limits:
    """No limit at all: the free end of every chain, every set empty."""
    nothing: frozenset[str] = frozenset()
    return Limits(
        vocabulary=vocabulary,
        verdict=Verdict.GO,
        pressure=(LEVELS,) * len(vocabulary.regions),
        minutes=max(vocabulary.minutes),
        spacing_days=min(vocabulary.spacing_days),
        forbidden=frozenset(),
        positions=nothing,
        props=nothing,
        checks=nothing,
        stop=nothing,
        competences=nothing,
        consents=nothing,
        windows=nothing,
        refer=frozenset(),
    )


def limits(
    vocabulary: Vocabulary,
    *,
    verdict: Verdict = Verdict.GO,
    pressure: Mapping[str, int] | None = None,
    forbid: Mapping[str, Iterable[str]] | None = None,
    refer: Mapping[str, int] | None = None,
    minutes: int | None = None,
    spacing_days: int = 0,
    **sets: Iterable[str],
) -> Limits:
    """Closed limits from single regions, techniques and positions; what is left out stays free."""
    ceilings = [LEVELS] * len(vocabulary.regions)
    for region, level in (pressure or {}).items():
        ceilings[vocabulary.region_index[region]] = level
    shut = verdict >= Verdict.WITHHOLD
    if shut:
        ceilings = [0] * len(ceilings)
        sets["positions"] = {term.name for term in vocabulary.positions}
    closed = frozenset(region.name for region, level in zip(vocabulary.regions, ceilings, strict=True) if level == 0)
    forbidden = [_pairs(technique, frozenset(regions)) for technique, regions in (forbid or {}).items()]
    forbidden += [_pairs(technique.name, closed) for technique in vocabulary.techniques]
    ranks = {(target, rank) for target, top in (refer or {}).items() for rank in range(1, top + 1)}
    return replace(
        free(vocabulary),
        verdict=verdict,
        pressure=tuple(ceilings),
        spacing_days=spacing_days,
        refer=frozenset(ranks),
        minutes=0 if shut else max(vocabulary.minutes) if minutes is None else minutes,
        forbidden=frozenset().union(*forbidden),
        **{name: frozenset(names) for name, names in sets.items()},  # type: ignore[arg-type]  # by name: see SETS
    )


@lru_cache(maxsize=4096)
def _pairs(technique: str, regions: frozenset[str]) -> frozenset[tuple[str, str]]:
    """A technique with each of these regions. Rules name the same few groups of regions, so the pairs are kept."""
    return frozenset((technique, region) for region in regions)


def meet(one: Limits, other: Limits) -> Limits:
    """The stricter of the two in every field."""
    return Limits(
        vocabulary=one.vocabulary,
        verdict=max(one.verdict, other.verdict),
        pressure=tuple(map(min, one.pressure, other.pressure)),
        minutes=min(one.minutes, other.minutes),
        spacing_days=max(one.spacing_days, other.spacing_days),
        **{name: getattr(one, name) | getattr(other, name) for name in SETS},
    )


def at_least_as_strict(one: Limits, other: Limits) -> bool:
    """Whether `one` allows nothing that `other` does not."""
    return meet(one, other) == one


def differing(one: Limits, other: Limits) -> tuple[str, ...]:
    """The names of the fields in which two limits differ."""
    names = (entry.name for entry in fields(Limits) if entry.name != "vocabulary")
    return tuple(name for name in names if getattr(one, name) != getattr(other, name))
