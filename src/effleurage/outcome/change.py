"""A judged change in words: which way, how far, against which numbers, and how far those are confirmed.

The judgement itself is `score.change`; here it is only said. No sentence says why a score moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from effleurage.language import ENGLISH, Language, sentence
from effleurage.lib.units import quantity
from effleurage.outcome.instrument import Change, Instrument
from effleurage.outcome.score import Comparison, Reason, Result

_DIRECTIONS: Final = {
    Result.BETTER: sentence("better"),
    Result.WORSE: sentence("worse"),
    Result.UNIMPORTANT: sentence("no change that matters"),
    Result.UNSAID: sentence("not known"),
}
_WITHIN_ERROR: Final = sentence("no change beyond the error of measuring")
_LEAST: Final = sentence("least change that matters")
_ERROR: Final = sentence("error of measuring")


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A number that a change was held against: what it is, how large, and its status (C, S, N or D) with its source."""

    what: str
    amount: str
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class Told:
    """A change in the words of one language. `amount` is empty where one of the two scores is missing."""

    direction: str
    amount: str
    why: str
    yardsticks: tuple[Yardstick, ...]


def told(*, comparison: Comparison, language: Language = ENGLISH) -> Told:
    """The words for a change."""
    english = _WITHIN_ERROR if comparison.reason is Reason.WITHIN_ERROR else _DIRECTIONS[comparison.result]
    pairs = ((_LEAST, comparison.by), (_ERROR, comparison.error))
    return Told(
        direction=language.words(english),
        amount=_amount(comparison, language),
        why=comparison.why_in(language),
        yardsticks=tuple(_yardstick(what, each, comparison.unit, language) for what, each in pairs if each),
    )


def _yardstick(what: str, change: Change, unit: str, language: Language) -> Yardstick:
    return Yardstick(language.words(what), change.words(unit, language), change.status, change.source)


def _amount(comparison: Comparison, language: Language) -> str:
    """'from 7 to 5: 2 lower (29 %)'."""
    before, after = comparison.before.value, comparison.after.value
    if before is None or after is None or comparison.points is None:
        return ""
    ends = {"before": shown(before), "after": with_unit(after, comparison.unit, language)}
    if not comparison.points:
        return language.say("{after}, the same as before", after=ends["after"])
    lower = sentence("from {before} to {after}: {points} lower")
    higher = sentence("from {before} to {after}: {points} higher")
    said = language.say(lower if comparison.points < 0 else higher, **ends, points=shown(abs(comparison.points)))
    # A percentage means something only where 0 means nothing of it, and there only if it is asked for.
    percent = comparison.percent if comparison.by and comparison.by.kind == "percent" else None
    return said if percent is None else f"{said} ({shown(abs(percent))} %)"


def shown(value: Fraction | float, decimals: int = 1) -> str:
    """A number as a person reads it, halves rounded away from 0, without zeros that say nothing.

    >>> shown(Fraction(19, 3)), shown(Fraction(7)), shown(Fraction(1, 4)), shown(Fraction(-1, 4)), shown(-0.04)
    ('6.3', '7', '0.3', '-0.3', '0')
    """
    exact = Fraction(value)
    scale = 10**decimals
    whole = (abs(exact) * scale * 2 + 1) // 2
    digits = f"{whole // scale}.{whole % scale:0{decimals}d}" if decimals else f"{whole}"
    text = digits.rstrip("0").rstrip(".") if decimals else digits
    return f"-{text}" if exact < 0 and whole else text


def with_unit(value: Fraction, unit: str, language: Language) -> str:
    """'163.5 cm', or the number alone."""
    return quantity(shown(value), language.unit(unit))


def score_words(*, value: Fraction | None, instrument: Instrument, language: Language = ENGLISH) -> str:
    """A score as a person reads it, or that it is not known."""
    return language.say("not known") if value is None else with_unit(value, instrument.unit, language)
