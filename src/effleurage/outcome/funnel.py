"""A funnel: the mean change of each therapist's patients against how many they are, with the limits of chance.

Of therapists who do alike, one in twenty lies beyond the inner limits and one in five hundred beyond the outer ones
(Spiegelhalter, Stat Med 2005;24:1185). A point outside asks a question and answers none: patients are not shared out by
lot. Whoever shows it shows it to the clinical lead alone; keys stand for therapists, and who may read whose name is not
decided here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import sqrt
from statistics import fmean
from typing import Final

from effleurage.language import sentence
from effleurage.outcome.clinic import CourseRow
from effleurage.outcome.quantiles import normal_quantile
from effleurage.outcome.suppress import Tally, covered, rounded

INNER, OUTER = 0.95, 0.998
FUNNEL_CAVEATS: Final = (
    sentence(
        "Therapists treat different patients. A point outside the limits is a question to look into, not an answer."
    ),
    sentence("Of twenty therapists who do alike, about one lies outside the inner limits by chance."),
    sentence("Therapists with fewer than 8 patients are not shown, and the number of patients is rounded to 5."),
)


class Place(Enum):
    """Where a point lies, as a sentence."""

    WITHIN = sentence("within the limits")
    BEYOND_INNER = sentence("outside the inner limits")
    BEYOND_OUTER = sentence("outside the outer limits")


@dataclass(frozen=True, slots=True)
class Limits:
    """The control limits at one number of patients, in points of the scale."""

    patients: int
    outer_low: float
    inner_low: float
    inner_high: float
    outer_high: float


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One therapist. `patients` is rounded; `place` was found with the exact number."""

    therapist: str
    patients: int
    mean: float
    place: Place


@dataclass(frozen=True, slots=True)
class Funnel:
    """`centre` is the mean over all patients, `spread` their standard deviation within therapists, in points.

    `withheld` says whether there are therapists who are not shown.
    """

    instrument: str
    centre: float
    spread: float
    points: tuple[FunnelPoint, ...]
    withheld: bool

    def limits(self, patients: int) -> Limits:
        """
        >>> Funnel("nrs_pain", -2.0, 2.0, (), False).limits(25).inner_low
        -2.78...
        """
        return limits(centre=self.centre, spread=self.spread, patients=patients)


def limits(*, centre: float, spread: float, patients: int) -> Limits:
    """The limits within which the mean of so many patients lies in 95 % and in 99.8 % of cases, by the normal curve."""
    inner, outer = (normal_quantile((1 + share) / 2) * spread / sqrt(patients) for share in (INNER, OUTER))
    return Limits(patients, centre - outer, centre - inner, centre + inner, centre + outer)


def funnel(*, courses: Iterable[CourseRow], instrument: str) -> Funnel | None:
    """The funnel of one instrument over these courses, None where no two therapists may be shown.

    The caller chooses courses that can be compared: one condition, one regimen. Each patient counts once with each
    therapist, by the mean of their changes there, so that a patient with many courses weighs no more than another.
    """
    by_therapist = _means(courses, instrument)
    tallies = tuple(Tally(name, tuple(sorted(means))) for name, means in sorted(by_therapist.items()))
    shown = covered(tallies)
    if len(shown) < 2:
        return None
    groups = {name: [means[patient] for patient in sorted(means)] for name, means in by_therapist.items()}
    centre, spread = _centre(groups), _spread(groups)
    points = tuple(_point(tally.name, groups[tally.name], centre, spread) for tally in shown)
    return Funnel(instrument, round(centre, 2), round(spread, 2), points, withheld=len(shown) < len(tallies))


def _means(courses: Iterable[CourseRow], instrument: str) -> dict[str, dict[str, float]]:
    """The mean change of each patient, by therapist."""
    found: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for course in courses:
        change = course.change(instrument)
        if course.therapist and change is not None:
            found[course.therapist][course.patient].append(float(change))
    return {name: {key: fmean(sorted(own)) for key, own in patients.items()} for name, patients in found.items()}


def _centre(groups: Mapping[str, Sequence[float]]) -> float:
    return fmean(mean for name in sorted(groups) for mean in groups[name])


def _spread(groups: Mapping[str, Sequence[float]]) -> float:
    """Pooled within therapists, so that one who stands apart does not widen the limits that show it."""
    squares = sum((mean - fmean(means)) ** 2 for _, means in sorted(groups.items()) for mean in means)
    return sqrt(squares / (sum(map(len, groups.values())) - len(groups)))


def _point(therapist: str, means: Sequence[float], centre: float, spread: float) -> FunnelPoint:
    mean, at = fmean(means), limits(centre=centre, spread=spread, patients=len(means))
    place = Place.WITHIN
    if not at.outer_low <= mean <= at.outer_high:
        place = Place.BEYOND_OUTER
    elif not at.inner_low <= mean <= at.inner_high:
        place = Place.BEYOND_INNER
    return FunnelPoint(therapist, rounded(len(means)), round(mean, 2), place)
