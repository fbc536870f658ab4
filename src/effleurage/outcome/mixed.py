"""The mean of changes of which several may come from one patient, and many from one therapist: a linear mixed model.

change = mean + patient + therapist + rest, the last three at random around 0. The variances are those of restricted
maximum likelihood (REML; Patterson and Thompson 1971), found by profile: once the ratios of the variances of patients
(a) and of therapists (b) to that of the rest are given, everything else has a formula, and only the two are searched.

With only patients, the covariance is made of one block a patient, whose inverse is known. Therapists come in through
Woodbury's identity, at the cost of one small matrix with a row for each. Both need only sums over rows, formed once.
The interval takes Student's distribution with Satterthwaite's degrees of freedom (as lmerTest does), and never more of
them than there are patients less one: patients are the sample, not their courses.

Floats are right here: what is estimated is itself uncertain in its first or second digit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, product
from math import log, sqrt
from statistics import fmean
from statistics import variance as sample_variance
from typing import Final

from effleurage.outcome.matrices import Matrix, Vector, inverse, log_determinant, lower, outer_sum, solved
from effleurage.outcome.quantiles import interval

NEAREST: Final = 1 - 1e-4
"""The largest share of the variance that may lie between groups: beyond, nothing would be left within."""
FINEST: Final = 2e-5
"""How finely that share is searched for."""
Ratios = tuple[float, float]
Shares = tuple[float, float]
Variances = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One change, with whose it is. An empty therapist stands for none being looked at."""

    change: float
    patient: str
    therapist: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean change with standard error and 95 % interval, in points of the scale; and the three variances."""

    mean: float
    error: float
    freedom: float
    low: float
    high: float
    patients: float
    therapists: float
    rest: float


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the likelihood needs: `whole` over all rows, `by_size` over the patients with so many rows.

    Both are the products of (1, change, one column a therapist) with itself, the second of the patients' sums.
    """

    rows: int
    sizes: tuple[tuple[int, int], ...]
    whole: Matrix
    by_size: tuple[Matrix, ...]


@dataclass(frozen=True, slots=True)
class _Fit:
    """At given ratios: the log-determinant of the covariance, and 1'V1, 1'Vy, y'Vy with V its inverse; rest = 1."""

    log_determinant: float
    ones: float
    mixed: float
    squares: float

    @property
    def residual(self) -> float:
        return max(self.squares - self.mixed * self.mixed / self.ones, 0.0)


def mean_change(rows: Sequence[Row]) -> Estimate:
    """The mean change and its interval. Raises ValueError with fewer than two patients.

    Patients or therapists who occur but once each cannot be told from the rest, and are not looked for.

    >>> found = mean_change([Row(change, patient) for change, patient in ((-2, "a"), (-1, "b"), (-3, "c"), (-2, "d"))])
    >>> round(found.mean, 3), round(found.low, 3), round(found.high, 3), round(found.freedom, 3)
    (-2.0, -3.299, -0.701, 3.0)
    """
    # In a fixed order, so that the order in which rows arrive cannot change the last digit.
    ordered = sorted(rows, key=lambda row: (row.patient, row.therapist, row.change))
    patients = len({row.patient for row in ordered})
    if patients < 2:
        raise ValueError(f"{patients} patients have no mean with an interval")
    centre = fmean(row.change for row in ordered)
    unit = sqrt(fmean((row.change - centre) ** 2 for row in ordered))
    if unit <= 1e-9 * max(1.0, abs(centre)):
        return Estimate(centre, 0.0, patients - 1.0, centre, centre, 0.0, 0.0, 0.0)
    found = _standardised([replace(row, change=(row.change - centre) / unit) for row in ordered])
    low, high = interval(centre + found.mean * unit, found.error * unit, found.freedom)
    return Estimate(
        mean=centre + found.mean * unit,
        error=found.error * unit,
        freedom=found.freedom,
        low=low,
        high=high,
        patients=found.patients * unit**2,
        therapists=found.therapists * unit**2,
        rest=found.rest * unit**2,
    )


def _standardised(rows: Sequence[Row]) -> Estimate:
    """The estimate, still without its interval, of changes around 0 with a spread of 1."""
    patients, therapists = (len({key(row) for row in rows}) for key in (_patient, _therapist))
    sums = _sums(rows)
    shares = _best(sums, (patients < len(rows), 1 < therapists < len(rows)))
    # Where nothing is left within patients (or therapists), they are the rows, and their means the changes.
    if shares[1] == NEAREST:
        return _of_means(rows, _therapist)
    if shares[0] == NEAREST:
        return _of_means(rows, _patient)
    ratios = _ratios(shares)
    fit = _fit(sums, ratios)
    rest = fit.residual / (sums.rows - 1)
    variances = (rest, rest * ratios[0], rest * ratios[1])
    freedom = min(_freedom(sums, variances), patients - 1.0)
    return Estimate(fit.mixed / fit.ones, sqrt(rest / fit.ones), freedom, 0.0, 0.0, variances[1], variances[2], rest)


def _patient(row: Row) -> str:
    return row.patient


def _therapist(row: Row) -> str:
    return row.therapist


def _of_means(rows: Sequence[Row], key: Callable[[Row], str]) -> Estimate:
    """The mean of the groups' means, by the variance between these."""
    means = [fmean(row.change for row in group) for _, group in groupby(sorted(rows, key=key), key)]
    variance, freedom = sample_variance(means), len(means) - 1.0
    parts = (0.0, variance) if key is _therapist else (variance, 0.0)
    return Estimate(fmean(means), sqrt(variance / len(means)), freedom, 0.0, 0.0, *parts, 0.0)


def _sums(rows: Sequence[Row]) -> _Sums:
    names = sorted({row.therapist for row in rows} - {""})
    columns = {name: 2 + at for at, name in enumerate(names)}
    width = 2 + len(columns)
    lines, totals = [], defaultdict[str, list[float]](lambda: [0.0] * width)
    sizes = Counter(row.patient for row in rows)
    for row in rows:
        line = [1.0, row.change, *([0.0] * len(columns))]
        if row.therapist:
            line[columns[row.therapist]] = 1.0
        lines.append(line)
        totals[row.patient] = [one + other for one, other in zip(totals[row.patient], line, strict=True)]
    counts = sorted(Counter(sizes.values()).items())
    by_size = [outer_sum([totals[name] for name in totals if sizes[name] == size], width) for size, _ in counts]
    return _Sums(len(rows), tuple(counts), outer_sum(lines, width), tuple(by_size))


def _fit(sums: _Sums, ratios: Ratios) -> _Fit:
    a, b = ratios
    weights = [a / (1 + a * size) for size, _ in sums.sizes]
    held = [list(line) for line in sums.whole]
    for weight, part in zip(weights, sums.by_size, strict=True):
        held = [
            [x - weight * y for x, y in zip(one, other, strict=True)] for one, other in zip(held, part, strict=True)
        ]
    determinant = sum(count * log(1 + a * size) for size, count in sums.sizes)
    ones, mixed, squares = held[0][0], held[0][1], held[1][1]
    if b == 0 or len(held) == 2:
        return _Fit(determinant, ones, mixed, squares)
    first, second = held[0][2:], held[1][2:]
    triangle = lower([[b * cell + (i == j) for j, cell in enumerate(line[2:])] for i, line in enumerate(held[2:])])
    if triangle is None:
        raise ValueError("a covariance that is none: the ratios were moved too far below 0")
    one, other = solved(triangle, first), solved(triangle, second)
    return _Fit(
        log_determinant=determinant + log_determinant(triangle),
        ones=ones - b * _dot(first, one),
        mixed=mixed - b * _dot(first, other),
        squares=squares - b * _dot(second, other),
    )


def _dot(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _profile(sums: _Sums, ratios: Ratios) -> float:
    """Minus twice the restricted log-likelihood at the best mean and rest for these ratios, less a constant."""
    fit, freedom = _fit(sums, ratios), sums.rows - 1
    return freedom * log(max(fit.residual, 1e-300) / freedom) + fit.log_determinant + log(fit.ones)


def _best(sums: _Sums, free: tuple[bool, bool]) -> Shares:
    """The shares at which the likelihood is highest: from the best point of a grid, by ever smaller steps.

    A share s = a / (1 + a) runs from 0 to 1 where a ratio has no end.
    """
    axes = [[NEAREST * step / 8 for step in range(9)] if each else [0.0] for each in free]
    worth = {(s, t): _profile(sums, _ratios((s, t))) for s, t in product(*axes)}
    best = min(worth, key=lambda at: (worth[at], at))
    least, step = worth[best], NEAREST / 16
    ways = [
        way
        for way in product((-1, 0, 1), repeat=2)
        if any(way) and all(f or not w for f, w in zip(free, way, strict=True))
    ]
    while step > FINEST:
        near = [(_moved(best[0], step * one), _moved(best[1], step * other)) for one, other in ways]
        tried = [(_profile(sums, _ratios(at)), at) for at in near]
        value, at = min(tried, default=(least, best))
        if value < least - 1e-13:
            least, best = value, at
        else:
            step /= 2
    return best


def _moved(share: float, by: float) -> float:
    return min(max(share + by, 0.0), NEAREST)


def _ratios(shares: Shares) -> Ratios:
    return shares[0] / (1 - shares[0]), shares[1] / (1 - shares[1])


def _freedom(sums: _Sums, variances: Variances) -> float:
    """Satterthwaite's degrees of freedom of the mean: 2 v^2 over the variance of v, v being the mean's own variance.

    A variance at its end, 0, is taken as known. Where the likelihood is too flat to say how sure the variances are, one
    degree is all that is claimed.
    """
    live = [at for at, variance in enumerate(variances) if variance > 1e-6 * sum(variances)]
    steps = [1e-3 * variances[at] + 1e-5 * sum(variances) for at in live]

    def at(*moves: float) -> Variances:
        moved = list(variances)
        for index, step, move in zip(live, steps, moves, strict=True):
            moved[index] += step * move
        return moved[0], moved[1], moved[2]

    size = range(len(live))
    ways = [tuple(float(i == j) for j in size) for i in size]
    slope = [_slope(lambda x: _variance(sums, at(*x)), way) / step for way, step in zip(ways, steps, strict=True)]
    bent = [
        [_bend(lambda x: _deviance(sums, at(*x)), ways[i], ways[j]) / (steps[i] * steps[j]) for j in size] for i in size
    ]
    spread = inverse(bent)
    if spread is None:
        return 1.0
    uncertain = 2 * sum(slope[i] * spread[i][j] * slope[j] for i in size for j in size)
    return max(2 * _variance(sums, variances) ** 2 / uncertain, 1.0) if uncertain > 0 else 1.0


def _slope(of: Callable[[Vector], float], way: Vector) -> float:
    return (of(way) - of([-move for move in way])) / 2


def _bend(of: Callable[[Vector], float], one: Vector, other: Vector) -> float:
    """The second derivative in two directions, by the four corners around the middle."""
    corners = [(i * j, [i * x + j * y for x, y in zip(one, other, strict=True)]) for i in (1, -1) for j in (1, -1)]
    return sum(sign * of(corner) for sign, corner in corners) / 4


def _variance(sums: _Sums, variances: Variances) -> float:
    """The variance of the estimated mean."""
    rest, patients, therapists = variances
    return rest / _fit(sums, (patients / rest, therapists / rest)).ones


def _deviance(sums: _Sums, variances: Variances) -> float:
    """Minus twice the restricted log-likelihood at these variances, less a constant."""
    rest, patients, therapists = variances
    fit = _fit(sums, (patients / rest, therapists / rest))
    return (sums.rows - 1) * log(rest) + fit.log_determinant + log(fit.ones) + fit.residual / rest
