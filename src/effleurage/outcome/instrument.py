"""What an instrument is: items, scales, how they become one number, and how much that number must move to matter.

An instrument with a unit is a measurement and its readings have one decimal; one without is a questionnaire, and
between two of its numbers there is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

from effleurage.facts.kinds import Code, Source
from effleurage.language import ENGLISH, Language
from effleurage.lib.units import quantity

KINDS: Final = ("points", "percent")
BY: Final = ("patient", "clinician")
DIRECTIONS: Final = ("better", "worse")
WHYS: Final = ("wording_not_seen", "licence_not_confirmed", "restricted", "no_valid_instrument")
Range = tuple[Decimal, Decimal]


class Method(Enum):
    """How answers become a score. `COUNT` adds like `SUM`, but its answers are numbers of days or of ticks."""

    SUM = "sum"
    MEAN = "mean"
    VALUE = "value"
    COUNT = "count"

    @property
    def adds(self) -> bool:
        return self in (Method.SUM, Method.COUNT)


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` to `high`, both included; `labels` are the words that stand at some of its numbers."""

    low: int
    high: int
    labels: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        if self.low >= self.high or any(not self.low <= number <= self.high for number, _ in self.labels):
            raise ValueError(
                f"a scale from {self.low} to {self.high} with labels at {[number for number, _ in self.labels]}"
            )


@dataclass(frozen=True, slots=True)
class Item:
    """One question or reading."""

    id: str
    text: str
    scale: Scale


@dataclass(frozen=True, slots=True)
class Licence:
    """Under what terms the items may be used, and how far that was confirmed."""

    text: str
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class Change:
    """An amount of change that means something, in points or in percent of the first score.

    `status` says how far the amount itself was confirmed (see `Source`); it travels with every judgement made by it.
    """

    value: Decimal
    kind: str
    status: str
    source: str
    note: str = ""

    def __post_init__(self) -> None:
        if self.value <= 0 or self.kind not in KINDS:
            raise ValueError(f"a change of {self.value} {self.kind}")

    @property
    def text(self) -> str:
        """
        >>> Change(Decimal(30), "percent", "N", "KREBS").text
        '30 %'
        """
        return self.words("", ENGLISH)

    def words(self, unit: str, language: Language) -> str:
        """The amount as a person says it, in points where the instrument has no unit.

        >>> Change(Decimal(2), "points", "S", "VFA-GH").words("cm", ENGLISH)
        '2 cm'
        """
        if self.kind == "percent":
            return f"{self.value} %"
        if unit:
            return quantity(str(self.value), language.unit(unit))
        if self.value == self.value.to_integral_value():
            return language.counted(int(self.value), "point")
        return language.say("{value} points", value=self.value)


@dataclass(frozen=True, slots=True)
class Band:
    """The name of the scores from `low` up to the next band."""

    low: Decimal
    term: str


def reachable(method: Method, scales: tuple[Scale, ...]) -> Range:
    """The lowest and the highest score that answers on these scales can give."""
    lows, highs = [scale.low for scale in scales], [scale.high for scale in scales]
    return (Decimal(sum(lows)), Decimal(sum(highs))) if method.adds else (Decimal(min(lows)), Decimal(max(highs)))


@dataclass(frozen=True, slots=True)
class Instrument:
    """One questionnaire or measurement that we ship. `by` says who takes it: the patient answers it alone, or a
    clinician measures it. `period` is the time it asks about, `range` that of the score.
    """

    name: str
    title: str
    place: str
    licence: Licence
    by: str
    period: str
    unit: str
    measures: str
    items: tuple[Item, ...]
    method: Method
    range: Range
    min_answered: int
    missing: str
    higher_is: str
    bands: tuple[Band, ...]
    least_important_change: Change | None
    measurement_error: Change | None
    codes: tuple[Code, ...]
    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        if len({item.id for item in self.items}) < len(self.items) or self.higher_is not in DIRECTIONS:
            raise ValueError(f"{self.name}: items that cannot be told apart, or no direction")
        if self.range != reachable(self.method, tuple(item.scale for item in self.items)):
            raise ValueError(f"{self.name}: the range {self.range} is not what its items give")
        if not 1 <= self.min_answered <= len(self.items) or (self.method.adds and self.min_answered < len(self.items)):
            raise ValueError(f"{self.name}: {self.min_answered} answers are not enough, or too many")

    @property
    def decimals(self) -> int:
        """How many decimals an answer may have."""
        return 1 if self.unit else 0


@dataclass(frozen=True, slots=True)
class Scoring:
    """What is known of how an instrument is scored that we do not ship. `method` may also be `table`."""

    method: str
    items: int
    higher_is: str
    item_range: Range | None = None
    range: Range | None = None
    min_answered: int | None = None
    missing: str = ""
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True, slots=True)
class NotShipped:
    """An instrument that we name and do not hold, and why.

    `by_band` (of the first score, from mild to severe) and `by_domain` give the least important change in finer steps.
    """

    name: str
    title: str
    place: str
    measures: str
    why: tuple[str, ...]
    explanation: str
    licence: Licence | None
    scoring: Scoring | None
    domains: tuple[tuple[str, int], ...]
    least_important_change: Change | None
    by_band: tuple[Change, ...]
    by_domain: tuple[tuple[str, Change], ...]
    measurement_error: Change | None
    codes: tuple[Code, ...]
    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        if not self.why or any(word not in WHYS for word in self.why):
            raise ValueError(f"{self.name}: not shipped because of {self.why}")
