"""The scores of one patient by one instrument over time, with the sessions between them, and what they cannot say.

The caveats are chosen by the data, by rules that stand beside each of them. Where a rule needs a number, the number is
ours (status D): nothing published says how many scores are few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from typing import Final

from effleurage.language import ENGLISH, Language, sentence
from effleurage.outcome.instrument import Instrument
from effleurage.outcome.score import Comparison, Score, change

FEW: Final = 3
"""Fewer known scores than these show no course (ours, status D)."""
WORST_SHARE: Final = Fraction(1, 4)
"""A first score in this share of the range at its worst end calls for the caveat on bad days (ours, status D)."""


class Caveat(Enum):
    """What must be said beside a series, as the sentence that says it."""

    ONE_PERSON = sentence(
        "These are the numbers of one person. Nobody can know what they would be without the massage."
    )
    BAD_START = sentence(
        "The number at the start was among the worst on this scale. After a very bad time people often feel somewhat "
        "better again, with or without treatment."
    )
    BEGAN_BEST = sentence("The number at the start was already the best possible, so nothing better could be measured.")
    BEGAN_WORST = sentence(
        "The number at the start was already the worst possible, so nothing worse could be measured."
    )
    NOW_BEST = sentence("The last number is the best possible. If things became better still, it would not show.")
    NOW_WORST = sentence("The last number is the worst possible. If things became worse still, it would not show.")
    MISSING = sentence("{missing} of {all} times there is no number, because answers are missing.")
    FEW_POINTS = sentence("There are only {known} numbers. One good or bad day can look like a lasting change.")
    LATE_START = sentence("Nothing was measured before the first session, so the true start is not known.")
    NO_SESSION = sentence("No session lies between the number at the start and the last one.")
    ONE_SESSION = sentence("Only one session lies between the number at the start and the last one.")


@dataclass(frozen=True, slots=True)
class Reading:
    """A score and when it was taken, in local time; on paper, where only the day is known, at its first minute."""

    at: datetime
    score: Score


@dataclass(frozen=True, slots=True)
class Point:
    """A score in its series; `held` is how many sessions had begun before it."""

    at: datetime
    score: Score
    held: int

    @property
    def value(self) -> Fraction | None:
        return self.score.value


@dataclass(frozen=True, slots=True)
class Series:
    """Points and sessions in the order of time. Raises ValueError for scores of another instrument or of one moment."""

    instrument: Instrument
    points: tuple[Point, ...]
    sessions: tuple[datetime, ...]

    def __post_init__(self) -> None:
        if any(point.score.instrument != self.instrument.name for point in self.points):
            raise ValueError(f"a score of another instrument among those of {self.instrument.name}")
        if any(one.at >= other.at for one, other in pairwise(self.points)):
            raise ValueError(f"{self.instrument.name}: two scores of one moment, or out of order")

    @property
    def known(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.value is not None)

    @property
    def baseline(self) -> Point | None:
        """The last known score before the first session; where there is none, the first known score of all."""
        before = [point for point in self.known if point.held == 0]
        return before[-1] if before else self.known[0] if self.known else None

    @property
    def last(self) -> Point | None:
        return self.known[-1] if self.known else None

    @property
    def best(self) -> Point | None:
        """The first of the best known scores."""
        sign = 1 if self.instrument.higher_is == "better" else -1
        return max(self.known, key=lambda point: sign * (point.value or 0), default=None)

    @property
    def change(self) -> Comparison | None:
        """From baseline to last, None where there are no two scores."""
        first, last = self.baseline, self.last
        if first is None or last is None or first == last:
            return None
        return change(instrument=self.instrument, before=first.score, after=last.score)

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """What must be said beside the change, in a fixed order; nothing where there is none to speak of."""
        if self.change is None:
            return (Caveat.MISSING,) if _missing(self) else ()
        return tuple(caveat for caveat, holds in _RULES if holds(self))


def series(*, instrument: Instrument, readings: Iterable[Reading], sessions: Iterable[datetime]) -> Series:
    """The series of these readings, in whatever order they come. A score of the minute of a session is before it."""
    held = tuple(sorted(sessions))
    points = (Point(each.at, each.score, sum(at < each.at for at in held)) for each in readings)
    return Series(instrument, tuple(sorted(points, key=lambda point: point.at)), held)


def caveat_words(found: Series, language: Language = ENGLISH) -> tuple[str, ...]:
    """The caveats of a series as sentences."""
    numbers = {"missing": _missing(found), "all": len(found.points), "known": len(found.known)}
    return tuple(language.say(caveat.value, **numbers) for caveat in found.caveats)


def _missing(found: Series) -> int:
    return len(found.points) - len(found.known)


def _ends(found: Series) -> tuple[Fraction, Fraction]:
    """The best and the worst possible score."""
    low, high = map(Fraction, found.instrument.range)
    return (high, low) if found.instrument.higher_is == "better" else (low, high)


def _value(point: Point | None) -> Fraction | None:
    return point.value if point else None


def _bad_start(found: Series) -> bool:
    """Whether the first score lies in the worst quarter of the range, so that it is likely to move towards the middle.

    Not for measurements with a unit: the ends of their range only catch slips of the pen.
    """
    (best, worst), first = _ends(found), _value(found.baseline)
    return not found.instrument.unit and first is not None and abs(first - worst) <= WORST_SHARE * abs(best - worst)


def _between(found: Series) -> int:
    """How many sessions lie between baseline and last."""
    return found.last.held - found.baseline.held if found.last and found.baseline else 0


_RULES: Final[tuple[tuple[Caveat, Callable[[Series], bool]], ...]] = (
    (Caveat.ONE_PERSON, lambda _: True),
    (Caveat.NO_SESSION, lambda found: _between(found) == 0),
    (Caveat.ONE_SESSION, lambda found: _between(found) == 1),
    (Caveat.LATE_START, lambda found: found.baseline is not None and found.baseline.held > 0),
    (Caveat.BAD_START, _bad_start),
    (Caveat.BEGAN_BEST, lambda found: _value(found.baseline) == _ends(found)[0]),
    (Caveat.BEGAN_WORST, lambda found: _value(found.baseline) == _ends(found)[1]),
    (Caveat.NOW_BEST, lambda found: _value(found.last) == _ends(found)[0]),
    (Caveat.NOW_WORST, lambda found: _value(found.last) == _ends(found)[1]),
    (Caveat.FEW_POINTS, lambda found: len(found.known) < FEW),
    (Caveat.MISSING, lambda found: _missing(found) > 0),
)
