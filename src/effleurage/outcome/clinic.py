"""What became of the clinic's courses, by condition and regimen: how many, how many to the end, and the mean change.

Nothing here says why: there is no group without treatment, those who stay differ from those who leave, and people
come when they feel worst (`CAVEATS`). Every number has gone through `suppress`; means are kept to two decimals, since
with all of its digits a mean would tell how many patients are behind it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from effleurage.language import sentence
from effleurage.outcome.mixed import Row, mean_change
from effleurage.outcome.suppress import Released, Tally, enough, release

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
)
"""What stands beside the table, always."""


@dataclass(frozen=True, slots=True)
class Measured:
    """First and last score of one course by one instrument; None where there is none."""

    instrument: str
    first: Fraction | None
    last: Fraction | None

    @property
    def change(self) -> Fraction | None:
        return None if self.first is None or self.last is None else self.last - self.first


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One course that has ended. Patient and therapist by key, never by name.

    `reason` says why it ended before its last session, "" where nobody knows; a completed course has none.
    """

    patient: str
    therapist: str
    condition: str
    regimen: str
    began: date
    ended: date
    completed: bool
    reason: str
    measures: tuple[Measured, ...]

    def __post_init__(self) -> None:
        if self.ended < self.began or (self.completed and self.reason):
            raise ValueError(f"a course from {self.began} to {self.ended}, completed and left for '{self.reason}'")
        if len({each.instrument for each in self.measures}) < len(self.measures):
            raise ValueError("a course has one first and one last score by each instrument")

    def change(self, instrument: str) -> Fraction | None:
        return next((each.change for each in self.measures if each.instrument == instrument), None)


@dataclass(frozen=True, slots=True)
class MeanChange:
    """Mean of last less first score with its 95 % interval, in points; no ends where all changed by the same."""

    mean: float
    low: float | None
    high: float | None
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


def clinic_view(*, courses: Iterable[CourseRow]) -> ClinicView:
    """The table over courses that have ended; the order in which they come does not matter."""
    by_condition: defaultdict[str, defaultdict[str, list[CourseRow]]] = defaultdict(lambda: defaultdict(list))
    for course in courses:
        by_condition[course.condition][course.regimen].append(course)
    groups = {name: dict(sorted(regimens.items())) for name, regimens in sorted(by_condition.items())}
    whole = release(
        _total("", [_total(name, [_tally(r, c) for r, c in rows.items()]) for name, rows in groups.items()])
    )
    lines = [_condition(released, groups[released.name]) for released in whole.rows]
    return ClinicView(whole.count, tuple(lines))


def _total(name: str, rows: Sequence[Tally]) -> Tally:
    return Tally(name, tuple(key for row in rows for key in row.patients), rows=tuple(rows))


def _tally(regimen: str, courses: Sequence[CourseRow]) -> Tally:
    """The counts of one line, with each way in which it is divided."""
    ended = (_part("completed", [c for c in courses if c.completed]), _left([c for c in courses if not c.completed]))
    scored = (_scored(name, courses) for name in _instruments(courses))
    return Tally(regimen, _patients(courses), splits=(ended, *scored))


def _left(courses: Sequence[CourseRow]) -> Tally:
    told = (_part("told", [c for c in courses if c.reason]), _part("untold", [c for c in courses if not c.reason]))
    return Tally("left", _patients(courses), splits=(told,))


def _scored(instrument: str, courses: Sequence[CourseRow]) -> tuple[Tally, Tally]:
    with_both = [course for course in courses if course.change(instrument) is not None]
    without = [course for course in courses if course.change(instrument) is None]
    return _part("scored", with_both), _part("unscored", without)


def _part(name: str, courses: Sequence[CourseRow]) -> Tally:
    return Tally(name, _patients(courses))


def _patients(courses: Iterable[CourseRow]) -> tuple[str, ...]:
    return tuple(course.patient for course in courses)


def _instruments(courses: Iterable[CourseRow]) -> list[str]:
    return sorted({each.instrument for course in courses for each in course.measures})


def _condition(released: Released, groups: Mapping[str, Sequence[CourseRow]]) -> ConditionLine:
    lines = tuple(_regimen(released.name, row, groups[row.name]) for row in released.rows)
    return ConditionLine(released.name, released.count, lines)


def _regimen(condition: str, released: Released, courses: Sequence[CourseRow]) -> RegimenLine:
    (completed, left), *scored = released.splits
    ((told, untold),) = left.splits
    names = _instruments(courses)
    return RegimenLine(
        condition=condition,
        regimen=released.name,
        courses=released.count,
        completed=completed.count,
        left=left.count,
        left_told=told.count,
        left_untold=untold.count,
        measures=tuple(_measure(name, parts, courses) for name, parts in zip(names, scored, strict=True)),
    )


def _measure(instrument: str, parts: Sequence[Released], courses: Sequence[CourseRow]) -> MeasureLine:
    scored, unscored = parts
    pairs = [(course, course.change(instrument)) for course in courses]
    rows = [Row(float(change), course.patient, course.therapist) for course, change in pairs if change is not None]
    return MeasureLine(instrument, scored.count, unscored.count, change=_mean(rows))


def _mean(rows: Sequence[Row]) -> MeanChange | None:
    """The mean of a line that may be shown."""
    if not enough([row.patient for row in rows]):
        return None
    apart = _therapists_apart(rows)
    found = mean_change(rows if apart else [Row(row.change, row.patient) for row in rows])
    low, high = (round(found.low, 2), round(found.high, 2)) if found.error else (None, None)
    return MeanChange(round(found.mean, 2), low, high, with_therapists=apart)


def _therapists_apart(rows: Sequence[Row]) -> bool:
    pairs = {(row.therapist, row.patient) for row in rows if row.therapist}
    seen = Counter(therapist for therapist, _ in pairs)
    return all(row.therapist for row in rows) and sum(count >= 2 for count in seen.values()) >= LEAST_THERAPISTS
