"""What became of the clinic's courses, by condition and regimen: how many, how many to the end, and the mean change.

Nothing here says why: there is no group without treatment, those who stay differ from those who leave, and people
come when they feel worst (`CAVEATS`).

Three things keep one patient from being worked out of the table. Every count has gone through `suppress`, and where the
count of a mean is withheld, so is the mean. Means and intervals lie on a grid (`coarse`), since with its digits a mean
tells how many are behind it. And whatever is shown changes by eight patients at once or not at all (`_blocks`), since
two tables can be subtracted from each other: who comes after the last whole block waits, and is in no number. How a
block is divided, to the end or early, with a score or without, only the rounding of the counts hides.

The blocks are worked out from the days on which things became known, so that nothing has to be kept of what was shown.
They hold as long as the past does. A score that is corrected, or a record that reaches the clinic a quarter late,
changes a block that was shown already, and then the grid is all that stands between one patient and two tables.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby
from math import ceil, floor
from operator import itemgetter
from typing import Final

from effleurage.language import sentence
from effleurage.outcome.mixed import Row, mean_change
from effleurage.outcome.suppress import Released, Tally, enough, release

GRID: Final = Fraction(1, 4)
"""Means are shown as multiples of it, in points of the scale."""
HALF_WIDTHS: Final = Fraction(1, 2)
"""Intervals reach so far to each side of the shown mean, or twice, three times ... as far."""
LEAST_THERAPISTS: Final = 5
"""So many therapists with at least two patients each before differences between them are estimated (ours, status D)."""
CAVEATS: Final = (
    sentence("There is no group without massage to compare with: what would have happened without it is not known."),
    sentence("People come when they feel worst, and often feel better for a while then, whatever is done."),
    sentence(
        "Only courses with a first and a last score are in the mean. Those who ended early may have fared otherwise."
    ),
    sentence(
        "Regimens are given to different people. A difference between two lines may be one between their patients."
    ),
    sentence("Nothing is shown of fewer than 8 patients, and counts are rounded to 5."),
    sentence("Means are rounded to a quarter of a point, and each interval is widened to match."),
    sentence(
        "A line, or a mean, changes only when 8 patients or more are new in it. Until then who is new is not counted,"
        " and a new score counts as missing. A total is shown only when all of its lines are."
    ),
)
"""What stands beside the table, always."""


@dataclass(frozen=True, slots=True)
class Measured:
    """First and last score of one course by one instrument; None where there is none.

    `known` is the day on which the later of the two came to the clinic, which may be long after it was filled in.
    """

    instrument: str
    first: Fraction | None
    last: Fraction | None
    known: date | None

    def __post_init__(self) -> None:
        if (self.change is None) != (self.known is None):
            raise ValueError(f"a change of {self.change} that is known since {self.known}")

    @property
    def change(self) -> Fraction | None:
        return None if self.first is None or self.last is None else self.last - self.first


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One course that has ended. Patient and therapist by key, never by name.

    `known` is the day since which it counts as ended. `reason` says why it ended before its last session, "" where
    nobody knows; a completed course has none.
    """

    patient: str
    therapist: str
    condition: str
    regimen: str
    began: date
    ended: date
    known: date
    completed: bool
    reason: str
    measures: tuple[Measured, ...]

    def __post_init__(self) -> None:
        if not self.began <= self.ended <= self.known or (self.completed and self.reason):
            days = f"from {self.began} to {self.ended}, known {self.known}"
            raise ValueError(f"a course {days}, completed and left for '{self.reason}'")
        if len({each.instrument for each in self.measures}) < len(self.measures):
            raise ValueError("a course has one first and one last score by each instrument")

    def measured(self, instrument: str) -> Measured | None:
        return next((each for each in self.measures if each.instrument == instrument), None)

    def change(self, instrument: str) -> Fraction | None:
        found = self.measured(instrument)
        return found.change if found else None


@dataclass(frozen=True, slots=True)
class MeanChange:
    """Mean of last less first score with its 95 % interval, in points, on the grid of `coarse`."""

    mean: float
    low: float
    high: float
    with_therapists: bool


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One instrument: courses with and without both scores, and the mean change. None is withheld."""

    instrument: str
    scored: int | None
    unscored: int | None
    change: MeanChange | None


@dataclass(frozen=True, slots=True)
class RegimenLine:
    """One regimen for one condition. Counts are of courses, rounded; None is withheld.

    `left_told` and `left_untold` are those that ended early, with and without a reason that is known.
    """

    condition: str
    regimen: str
    courses: int | None
    completed: int | None
    left: int | None
    left_told: int | None
    left_untold: int | None
    measures: tuple[MeasureLine, ...]


@dataclass(frozen=True, slots=True)
class ConditionLine:
    condition: str
    courses: int | None
    regimens: tuple[RegimenLine, ...]


@dataclass(frozen=True, slots=True)
class ClinicView:
    """The whole table. `caveats` are English sentences, said through the language of the page."""

    courses: int | None
    conditions: tuple[ConditionLine, ...]
    caveats: tuple[str, ...] = CAVEATS


# ---- what may be counted by now


@dataclass(frozen=True, slots=True)
class Block:
    """Courses that came into a line together, in the quarter of a year in which they were enough."""

    quarter: int
    courses: tuple[CourseRow, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One regimen as it is published: its courses, and of each instrument those that are in the mean.

    Without courses it is a line of which nothing may be shown yet.
    """

    regimen: str
    courses: tuple[CourseRow, ...]
    scored: Mapping[str, tuple[CourseRow, ...]]


def published(*, regimen: str, courses: Iterable[CourseRow]) -> Line:
    """What of these courses of one regimen may be counted by now."""
    known = tuple(courses)
    blocks = _blocks((_quarter(each.known), each) for each in known)
    return Line(regimen, _all(blocks), {name: _scored(name, blocks) for name in _instruments(known)})


def _blocks(dated: Iterable[tuple[int, CourseRow]]) -> list[Block]:
    """Courses by the quarter in which they became known, in blocks of eight patients or more: a block takes whole
    quarters, as many as it needs, and those after the last one wait.

    What comes later can only lengthen the list. So of the tables of two quarters the earlier has the first blocks of
    the later, and all that their difference can tell is of whole blocks.
    """
    found: list[Block] = []
    waiting: tuple[CourseRow, ...] = ()
    for quarter, group in groupby(sorted(dated, key=itemgetter(0)), key=itemgetter(0)):
        waiting = (*waiting, *(course for _, course in group))
        if enough(_patients(waiting)):
            found.append(Block(quarter, waiting))
            waiting = ()
    return found


def _scored(instrument: str, line: Sequence[Block]) -> tuple[CourseRow, ...]:
    """Those of a line whose change is in the mean: as many blocks as leave out nobody, or eight patients at least.

    A few that are left out would come back as the line less its mean, so the last blocks wait with them. The next block
    of the line makes the rest large enough, so that what was shown once is never taken back.
    """
    blocks = _blocks(_scores(instrument, line))
    for count in range(len(blocks), 0, -1):
        scored = _all(blocks[:count])
        rest = _less(_all(line), scored)
        if not rest or enough(_patients(rest)):
            return scored
    return ()


def _scores(instrument: str, line: Sequence[Block]) -> Iterator[tuple[int, CourseRow]]:
    """The courses of a line that have a change, each with the quarter since which both are known.

    A score that was there before its course was counted is dated by the course: it would join a block that was shown
    without it.
    """
    for block in line:
        for course in block.courses:
            measured = course.measured(instrument)
            if measured is not None and measured.known is not None:
                yield max(block.quarter, _quarter(measured.known)), course


def _quarter(day: date) -> int:
    return day.year * 4 + (day.month - 1) // 3


def _all(blocks: Iterable[Block]) -> tuple[CourseRow, ...]:
    return tuple(course for block in blocks for course in block.courses)


def _less(courses: Iterable[CourseRow], scored: Iterable[CourseRow]) -> tuple[CourseRow, ...]:
    """The rest of a line. Courses that are equal have the same day, and so stand in the same block."""
    inside = set(scored)
    return tuple(course for course in courses if course not in inside)


# ---- the table


def clinic_view(*, courses: Iterable[CourseRow]) -> ClinicView:
    """The table over all courses that had ended by the end of a quarter, the first ones included, as they were known
    then; the order in which they come does not matter.
    """
    by_condition: defaultdict[str, defaultdict[str, list[CourseRow]]] = defaultdict(lambda: defaultdict(list))
    for course in courses:
        by_condition[course.condition][course.regimen].append(course)
    groups = {
        name: {regimen: published(regimen=regimen, courses=rows) for regimen, rows in sorted(regimens.items())}
        for name, regimens in sorted(by_condition.items())
    }
    whole = release(_total("", [_total(name, map(_tally, lines.values())) for name, lines in groups.items()]))
    return ClinicView(whole.count, tuple(_condition(released, groups[released.name]) for released in whole.rows))


def _total(name: str, rows: Iterable[Tally]) -> Tally:
    """A line without courses covers nothing, so that no total stands over it."""
    lines = tuple(rows)
    return Tally(name, tuple(key for line in lines for key in line.patients), rows=lines)


def _tally(line: Line) -> Tally:
    """The counts of one line, with each way in which it is divided."""
    courses = line.courses
    ended = (_part("completed", [c for c in courses if c.completed]), _left([c for c in courses if not c.completed]))
    scored = (_halves(courses, inside) for inside in line.scored.values())
    return Tally(line.regimen, _patients(courses), splits=(ended, *scored))


def _left(courses: Sequence[CourseRow]) -> Tally:
    told = (_part("told", [c for c in courses if c.reason]), _part("untold", [c for c in courses if not c.reason]))
    return Tally("left", _patients(courses), splits=(told,))


def _halves(courses: Sequence[CourseRow], scored: Sequence[CourseRow]) -> tuple[Tally, ...]:
    """Those in the mean and those who are not. Where all are in it, there is nobody for a second count to tell of."""
    rest = _less(courses, scored)
    return (_part("scored", scored), _part("unscored", rest)) if rest else (_part("scored", scored),)


def _part(name: str, courses: Sequence[CourseRow]) -> Tally:
    return Tally(name, _patients(courses))


def _patients(courses: Iterable[CourseRow]) -> tuple[str, ...]:
    return tuple(course.patient for course in courses)


def _instruments(courses: Iterable[CourseRow]) -> list[str]:
    return sorted({each.instrument for course in courses for each in course.measures})


def _condition(released: Released, lines: Mapping[str, Line]) -> ConditionLine:
    found = tuple(_regimen(released.name, row, lines[row.name]) for row in released.rows)
    return ConditionLine(released.name, released.count, found)


def _regimen(condition: str, released: Released, line: Line) -> RegimenLine:
    (completed, left), *scored = released.splits
    ((told, untold),) = left.splits
    return RegimenLine(
        condition=condition,
        regimen=released.name,
        courses=released.count,
        completed=completed.count,
        left=left.count,
        left_told=told.count,
        left_untold=untold.count,
        measures=tuple(_measure(*each, parts) for each, parts in zip(line.scored.items(), scored, strict=True)),
    )


def _measure(instrument: str, courses: Sequence[CourseRow], parts: Sequence[Released]) -> MeasureLine:
    scored, *rest = (part.count for part in parts)
    pairs = [(course, course.change(instrument)) for course in courses]
    rows = [Row(float(change), course.patient, course.therapist) for course, change in pairs if change is not None]
    return MeasureLine(instrument, scored, rest[0] if rest else None, change=None if scored is None else _mean(rows))


def _mean(rows: Sequence[Row]) -> MeanChange:
    """The mean of a line that may be shown."""
    apart = _therapists_apart(rows)
    found = mean_change(rows if apart else [Row(row.change, row.patient) for row in rows])
    return MeanChange(*coarse(found.mean, found.low, found.high), with_therapists=apart)


def coarse(mean: float, low: float, high: float) -> tuple[float, float, float]:
    """A mean and its interval as they may be shown: so coarse that they tell no more of how many are behind them than
    the rounded count beside them does.

    "About 10" are 8 to 12 patients. Whole changes of n patients have a mean of k/n: -1.27 is -14/11 and fits none of
    the others. The means that n patients can have lie 1/n apart, so on a grid of 1/8 every n from 8 on has one that is
    rounded to each place. The grid is 1/4, which holds for changes in steps of two as well and needs no third decimal.

    The interval reaches equally far to both sides of the shown mean, and so far that it covers the true one. Ends that
    were rounded each for itself would tell on which side of the place the mean lies. With reaches in steps of 1/4,
    about ten patients could have the shortest around a whole mean only if all of them changed by the same, which would
    tell of each; in steps of 1/2 others have it too. For about 10, 15 and 20 the tests try every n, with every sum of
    changes and of their squares.

    All this is in points, whatever the instrument. None has a step above a point: items are whole numbers or have one
    decimal, and scores are their sums or means. Where the step is smaller (a mean of three items, centimetres) the
    means lie closer still. The grid does not shrink with it, as a scale with a decimal may be read in whole numbers.

    >>> coarse(-14 / 11, -1.93, -0.62), coarse(-2, -2, -2)
    ((-1.25, -2.25, -0.25), (-2.0, -2.5, -1.5))
    """
    place = floor(Fraction(mean) / GRID + Fraction(1, 2)) * GRID
    reach = max(place - Fraction(low), Fraction(high) - place)
    half = max(ceil(reach / HALF_WIDTHS), 1) * HALF_WIDTHS
    return float(place), float(place - half), float(place + half)


def _therapists_apart(rows: Sequence[Row]) -> bool:
    pairs = {(row.therapist, row.patient) for row in rows if row.therapist}
    seen = Counter(therapist for therapist, _ in pairs)
    return all(row.therapist for row in rows) and sum(count >= 2 for count in seen.values()) >= LEAST_THERAPISTS
