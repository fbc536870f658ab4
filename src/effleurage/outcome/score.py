"""Answers become a score, two scores a judged change. Exact throughout: a mean of three is a fraction, never a float.

A score that cannot be formed and a change that cannot be judged are values with a reason. Only an answer that the
instrument does not know is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from effleurage.errors import InputError
from effleurage.language import ENGLISH, Language, sentence
from effleurage.lib.text import listed, nearest
from effleurage.outcome.instrument import Change, Instrument, Item, Method

Answer = int | Decimal | None


@dataclass(frozen=True, slots=True)
class Score:
    """One score, or why there is none. `answered` of `items` were answered; `band` is empty where none is defined."""

    instrument: str
    value: Fraction | None
    answered: int
    items: int
    band: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.why) or not 0 <= self.answered <= self.items:
            raise ValueError(f"{self.instrument}: a score has either a value or a reason why not")


class Result(Enum):
    """What a change is. `UNIMPORTANT` and `UNSAID` are kept apart: too small to matter is not the same as not known."""

    BETTER = "better"
    WORSE = "worse"
    UNIMPORTANT = "no important change"
    UNSAID = "cannot say"


class Reason(Enum):
    """Why a change is what it is, as the sentence that says so."""

    MISSING = sentence("One of the two scores is missing.")
    NO_LEAST = sentence("It is not known how large a change of this measure must be to matter.")
    ZERO = sentence("The first score is 0, and a percentage of 0 says nothing.")
    SMALL = sentence("Smaller than the least important change, {least}.")
    WITHIN_ERROR = sentence("It may be chance: the measurement itself varies by up to {error}.")
    ENOUGH = sentence("At least the least important change, {least}.")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A change from `before` to `after`, in points and in percent of `before`, and what it amounts to.

    `by` is the least important change and `error` the error of measurement that it was judged by, status included: a
    judgement is no surer than those numbers. `unit` is that of the points, "" for a questionnaire.
    """

    instrument: str
    before: Score
    after: Score
    points: Fraction | None
    percent: Fraction | None
    result: Result
    reason: Reason
    by: Change | None
    error: Change | None
    unit: str = ""

    @property
    def why(self) -> str:
        return self.why_in(ENGLISH)

    def why_in(self, language: Language) -> str:
        """The reason as a sentence."""
        least = self.by.words(self.unit, language) if self.by else ""
        error = self.error.words(self.unit, language) if self.error else ""
        return language.say(self.reason.value, least=least, error=error)


def score(*, instrument: Instrument, answers: Mapping[str, Answer]) -> Score:
    """The score of one sheet, by item id; None and a missing id are both "not answered".

    Raises InputError for an id that is no item, and for an answer off its scale or with more decimals than it can have.
    """
    items = {item.id: item for item in instrument.items}
    for name in answers:
        if name not in items:
            remedy = nearest(name, items) or f"The items are {listed(items)}."
            raise InputError(where=instrument.name, what=f"'{name}' is not an item.", remedy=remedy)
    read = (_checked(instrument, item, answers.get(item.id)) for item in instrument.items)
    given = [answer for answer in read if answer is not None]
    if len(given) < instrument.min_answered:
        why = f"{len(given)} of {len(items)} answered. {instrument.missing}"
        return Score(instrument.name, None, len(given), len(items), why=why)
    value = sum(given, Fraction()) / (len(given) if instrument.method is Method.MEAN else 1)
    return Score(instrument.name, value, len(given), len(items), band=band(instrument=instrument, value=value))


def band(*, instrument: Instrument, value: Fraction) -> str:
    """The name of the band that a score lies in, "" where the instrument has none."""
    return next((band.term for band in reversed(instrument.bands) if Fraction(band.low) <= value), "")


def _checked(instrument: Instrument, item: Item, answer: Answer) -> Fraction | None:
    """The answer as a fraction, checked against its scale."""
    if answer is None:
        return None
    if (
        not _is_number(answer)
        or not item.scale.low <= answer <= item.scale.high
        or not _fits(Decimal(answer), instrument.decimals)
    ):
        raise InputError(
            where=f"{instrument.name}: {item.id}",
            what=f"{str(Decimal(answer) if type(answer) is int else answer)[:40]} is not an answer to '{item.text}'.",
            remedy=_remedy(instrument, item),
        )
    return Fraction(answer)


def _is_number(answer: object) -> bool:
    """A float or a truth value is refused, whatever the types promised: neither is what a person wrote on the sheet."""
    return isinstance(answer, int | Decimal) and not isinstance(answer, bool) and Decimal(answer).is_finite()


def _fits(answer: Decimal, decimals: int) -> bool:
    """Whether the decimals are few enough; comparing is exact where rounding and `normalize` are not."""
    return answer == answer.quantize(Decimal(1).scaleb(-decimals))


def _remedy(instrument: Instrument, item: Item) -> str:
    number = f"number of {instrument.unit}" if instrument.unit else "whole number"
    decimals = ", with at most one decimal" if instrument.decimals else ""
    return f"Write a {number} from {item.scale.low} to {item.scale.high}{decimals}."


def change(*, instrument: Instrument, before: Score, after: Score) -> Comparison:
    """What the way from `before` to `after` amounts to. Just reaching the least important change is enough."""
    if {before.instrument, after.instrument} != {instrument.name}:
        raise ValueError(f"scores of {before.instrument} and {after.instrument} compared as {instrument.name}")
    points = percent = None
    if before.value is not None and after.value is not None:
        points = after.value - before.value
        percent = points * 100 / before.value if before.value else None
    result, reason = _judged(instrument, points, percent)
    least, error = instrument.least_important_change, instrument.measurement_error
    return Comparison(instrument.name, before, after, points, percent, result, reason, least, error, instrument.unit)


def _judged(instrument: Instrument, points: Fraction | None, percent: Fraction | None) -> tuple[Result, Reason]:
    """The result and its reason.

    The error of measurement comes last: it may only take a judgement back. A change beyond what matters and within what
    the instrument cannot see may be no change at all.
    """
    least, error = instrument.least_important_change, instrument.measurement_error
    if points is None:
        return Result.UNSAID, Reason.MISSING
    if least is None:
        return Result.UNSAID, Reason.NO_LEAST
    if percent is None and "percent" in (least.kind, error.kind if error else ""):
        return Result.UNSAID, Reason.ZERO
    if not _reaches(least, points, percent):
        return Result.UNIMPORTANT, Reason.SMALL
    if error is not None and not _reaches(error, points, percent):
        return Result.UNSAID, Reason.WITHIN_ERROR
    better = (points > 0) == (instrument.higher_is == "better")
    return (Result.BETTER if better else Result.WORSE), Reason.ENOUGH


def _reaches(threshold: Change, points: Fraction, percent: Fraction | None) -> bool:
    moved = percent if threshold.kind == "percent" else points
    return moved is not None and abs(moved) >= Fraction(threshold.value)
