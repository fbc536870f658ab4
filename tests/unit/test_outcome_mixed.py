"""The mixed model against published numbers, against a covariance written out in full, and against chance itself."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from math import log, pi, sqrt, tan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effleurage.outcome.matrices import inverse, lower
from effleurage.outcome.mixed import Estimate, Row, mean_change
from effleurage.outcome.quantiles import interval, normal_quantile, t_quantile, t_tail

# Yields of dyestuff from six batches (Davies and Goldsmith 1972), as in the lme4 package. Its documentation prints the
# restricted fit: mean 1527.50 with standard error 19.38, variances 1764 between batches and 2451 within.
DYESTUFF = {
    "A": (1545, 1440, 1440, 1520, 1580),
    "B": (1540, 1555, 1490, 1560, 1495),
    "C": (1595, 1550, 1605, 1510, 1560),
    "D": (1445, 1440, 1595, 1465, 1545),
    "E": (1595, 1630, 1515, 1635, 1625),
    "F": (1520, 1455, 1450, 1480, 1445),
}


def test_a_published_example_is_met_to_its_last_digit() -> None:
    found = mean_change([Row(value, batch) for batch, values in DYESTUFF.items() for value in values])
    assert found.mean == pytest.approx(1527.5)
    assert found.error == pytest.approx(19.383, abs=5e-3)
    assert found.patients == pytest.approx(1764.05, abs=1)
    assert found.rest == pytest.approx(2451.25, abs=1)
    # Balanced: the mean varies as the means of the batches do, with one degree less than there are batches.
    assert found.freedom == pytest.approx(5, abs=1e-2)


def test_one_change_each_is_the_plain_interval_of_student() -> None:
    changes = [-3, -1, 0, -2, -4, -2, 1, -3]
    found = mean_change([Row(change, str(at)) for at, change in enumerate(changes)])
    error = sqrt(sum((change + 1.75) ** 2 for change in changes) / 7 / 8)
    assert (found.mean, found.error, found.freedom) == pytest.approx((-1.75, error, 7))
    assert (found.low, found.high) == pytest.approx((-1.75 - 2.3646 * error, -1.75 + 2.3646 * error), abs=1e-4)


# ---- the same by another route: the covariance of all rows written out, and inverted as it stands


def dense(rows: Sequence[Row], a: float, b: float) -> list[list[float]]:
    return [
        [
            (one is other) + a * (one.patient == other.patient) + b * (one.therapist == other.therapist != "")
            for other in rows
        ]
        for one in rows
    ]


def eliminated(matrix: Sequence[Sequence[float]]) -> tuple[list[list[float]], float]:
    """The inverse and the log-determinant, by Gauss and Jordan with the largest pivot."""
    size = len(matrix)
    work = [[*line, *(float(i == j) for j in range(size))] for i, line in enumerate(matrix)]
    determinant = 0.0
    for at in range(size):
        best = max(range(at, size), key=lambda row: abs(work[row][at]))
        work[at], work[best] = work[best], work[at]
        pivot = work[at][at]
        determinant += log(abs(pivot))
        work[at] = [value / pivot for value in work[at]]
        for row in range(size):
            if row != at and work[row][at]:
                factor = work[row][at]
                work[row] = [value - factor * other for value, other in zip(work[row], work[at], strict=True)]
    return [line[size:] for line in work], determinant


def by_hand(rows: Sequence[Row], a: float, b: float) -> tuple[float, float, float, float]:
    """Minus twice the restricted log-likelihood (less a constant), mean, standard error and rest at these ratios."""
    inverted, determinant = eliminated(dense(rows, a, b))
    y = [row.change for row in rows]
    ones = sum(map(sum, inverted))
    mean = sum(value * sum(line) for value, line in zip(y, inverted, strict=True)) / ones
    left = [value - mean for value in y]
    rest = sum(left[i] * left[j] * inverted[i][j] for i in range(len(y)) for j in range(len(y))) / (len(y) - 1)
    return (len(y) - 1) * log(rest) + determinant + log(ones), mean, sqrt(rest / ones), rest


def made(seed: int, *, therapists: int) -> list[Row]:
    chance = random.Random(seed)
    patients = [chance.gauss(0, 1.2) for _ in range(6)]
    hands = [chance.gauss(0, 1) for _ in range(therapists)]
    rows = []
    for number in range(13):
        patient, hand = number % 6 if number < 6 else chance.randrange(6), chance.randrange(therapists or 1)
        own = patients[patient] + (hands[hand] if hands else 0)
        rows.append(Row(own + chance.gauss(-1, 0.8), f"p{patient}", f"t{hand}" if hands else ""))
    return rows


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("therapists", [0, 3])
def test_the_fit_is_that_of_the_whole_covariance(seed: int, therapists: int) -> None:
    rows = made(seed, therapists=therapists)
    found = mean_change(rows)
    a, b = found.patients / found.rest, found.therapists / found.rest
    best, mean, error, rest = by_hand(rows, a, b)
    assert (found.mean, found.error, found.rest) == pytest.approx((mean, error, rest), rel=1e-6)
    # Nowhere on a grid over all ratios is the likelihood any higher.
    shares = [step / 10 for step in range(10)]
    for s, t in product(shares, shares if therapists else [0.0]):
        assert by_hand(rows, s / (1 - s), t / (1 - t))[0] >= best - 1e-6
    # Nor close by.
    for s, t in product((0.97, 1.03), repeat=2):
        assert by_hand(rows, a * s, b * t)[0] >= best - 1e-6


def satterthwaite(rows: Sequence[Row], found: Estimate) -> float:
    """The degrees of freedom from exact derivatives by the variances, where ours are differences."""
    size = range(len(rows))
    parts = {
        found.rest: [[float(i == j) for j in size] for i in size],
        found.patients: [[float(rows[i].patient == rows[j].patient) for j in size] for i in size],
        found.therapists: [[float(rows[i].therapist == rows[j].therapist) for j in size] for i in size],
    }
    live = [part for variance, part in parts.items() if variance > 1e-6]
    whole = [[sum(v * part[i][j] for v, part in parts.items()) for j in size] for i in size]
    inverted, _ = eliminated(whole)
    sums = [sum(line) for line in inverted]
    ones = sum(sums)
    shrunk = [[inverted[i][j] - sums[i] * sums[j] / ones for j in size] for i in size]
    y = [row.change for row in rows]
    residual = times(shrunk, y)
    through = [product_of(shrunk, part) for part in live]
    bent = [
        [
            -sum(one[i][j] * other[j][i] for i in size for j in size)
            + 2 * dot(times(part, residual), times(shrunk, times(others, residual)))
            for other, others in zip(through, live, strict=True)
        ]
        for one, part in zip(through, live, strict=True)
    ]
    slope = [dot(sums, times(part, sums)) / ones**2 for part in live]
    spread, _ = eliminated(bent)
    variance = sum(2 * slope[i] * spread[i][j] * slope[j] for i in range(len(live)) for j in range(len(live)))
    return 2 / ones**2 / variance


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    return [dot(line, vector) for line in matrix]


def product_of(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> list[list[float]]:
    columns = list(zip(*other, strict=True))
    return [[dot(line, column) for column in columns] for line in one]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("therapists", [0, 3])
def test_the_degrees_of_freedom_are_those_of_exact_derivatives(seed: int, therapists: int) -> None:
    rows = made(seed, therapists=therapists)
    found = mean_change(rows)
    exact = satterthwaite(rows, found)
    assert found.freedom == pytest.approx(min(max(exact, 1), 5), rel=2e-3)


# ---- against chance


def drawn(
    chance: random.Random, *, patients: int, between: float, therapists: int = 0, apart: float = 0, within: float = 1
) -> list[Row]:
    """Changes around -1: one to three courses a patient, each with a therapist by lot."""
    hands = [chance.gauss(0, apart) for _ in range(therapists)]
    rows = []
    for number in range(patients):
        own = chance.gauss(-1, between)
        for _ in range(chance.choice((1, 1, 2, 3))):
            hand = chance.randrange(therapists or 1)
            shift = hands[hand] if hands else 0
            rows.append(Row(own + shift + chance.gauss(0, within), str(number), f"t{hand}" if hands else ""))
    return rows


def covering(times_drawn: int, seed: int, *, digits: int = 9, **how) -> float:
    chance = random.Random(seed)
    sets = (drawn(chance, **how) for _ in range(times_drawn))
    found = [mean_change([replace(row, change=round(row.change, digits)) for row in rows]) for rows in sets]
    return sum(each.low <= -1 <= each.high for each in found) / times_drawn


@pytest.mark.parametrize("patients, between, seed", [(8, 1.0, 1), (14, 2.0, 3)])
def test_the_interval_holds_the_truth_as_often_as_it_says(patients: int, between: float, seed: int) -> None:
    assert 0.93 <= covering(1000, seed, patients=patients, between=between) <= 0.97


def test_the_interval_holds_for_whole_points_of_which_many_are_alike() -> None:
    assert 0.93 <= covering(1000, 2, patients=10, between=1.5, within=0.4, digits=0) <= 0.97


def test_where_patients_do_not_differ_the_interval_is_rather_too_wide() -> None:
    # A variance cannot be estimated below 0, so that on average it is found too large here. That is the careful side.
    assert 0.95 <= covering(400, 6, patients=12, between=0.0) <= 0.99


def test_the_interval_also_holds_where_therapists_differ() -> None:
    # Fewer draws, since each takes longer.
    assert covering(60, 4, patients=20, between=0.7, therapists=5, apart=0.7) >= 0.9


def test_taking_courses_for_patients_would_claim_too_much() -> None:
    chance = random.Random(5)
    held = 0
    for _ in range(400):
        rows = drawn(chance, patients=12, between=2.0)
        apart = [Row(row.change, str(at)) for at, row in enumerate(rows)]
        found = mean_change(apart)
        held += found.low <= -1 <= found.high
    assert held / 400 < 0.93


# ---- laws

CHANGES = st.lists(
    st.tuples(st.integers(-10, 10), st.sampled_from("abcdefgh"), st.sampled_from("xyz")), min_size=6, max_size=20
).filter(lambda rows: len({patient for _, patient, _ in rows}) > 2 and len({change for change, *_ in rows}) > 1)


def estimated(rows: Sequence[tuple[float, str, str]], *, shift: float = 0, scale: float = 1) -> Estimate:
    return mean_change([Row(change * scale + shift, patient, hand) for change, patient, hand in rows])


@settings(max_examples=15, deadline=None)
@given(CHANGES, st.integers(-50, 50), st.sampled_from([0.5, 3, -2]))
def test_shifting_and_scaling_the_changes_shifts_and_scales_the_interval(rows, shift, scale) -> None:
    one, other = estimated(rows), estimated(rows, shift=shift, scale=scale)
    ends = sorted((one.low * scale + shift, one.high * scale + shift))
    size = abs(scale) * (one.high - one.low) + 1e-9
    assert other.mean == pytest.approx(one.mean * scale + shift, abs=1e-3 * size)
    assert [other.low, other.high] == pytest.approx(ends, abs=5e-3 * size)


@settings(max_examples=15, deadline=None)
@given(CHANGES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, chance) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert estimated(shuffled) == estimated(rows)


@pytest.mark.parametrize("rows", [[], [Row(1, "a")], [Row(1, "a"), Row(2, "a")]])
def test_one_patient_has_no_mean_with_an_interval(rows) -> None:
    with pytest.raises(ValueError, match="no mean with an interval"):
        mean_change(rows)


def test_changes_that_are_all_alike_have_no_spread() -> None:
    found = mean_change([Row(-2, name) for name in "abcd"])
    assert (found.mean, found.error, found.low, found.high) == (-2, 0, -2, -2)


def test_a_patient_who_always_changes_alike_leaves_nothing_within() -> None:
    found = mean_change([Row(change, name) for name, change in (("a", -1), ("b", -3), ("c", 0)) for _ in range(3)])
    assert found.mean == pytest.approx(-4 / 3, abs=1e-6)
    assert found.freedom <= 2
    assert found.error == pytest.approx(sqrt(7 / 3 / 3), rel=1e-3)


# ---- quantiles

TABLE = [(5, 2.570582), (7, 2.364624), (10, 2.228139), (30, 2.042272), (120, 1.979930)]


@pytest.mark.parametrize("freedom, value", TABLE)
def test_quantiles_of_student_as_in_the_printed_tables(freedom: float, value: float) -> None:
    assert t_quantile(0.975, freedom) == pytest.approx(value, abs=1e-6)
    assert t_quantile(0.025, freedom) == -t_quantile(0.975, freedom)


@pytest.mark.parametrize("p", [0.6, 0.9, 0.975, 0.999, 0.99999])
def test_quantiles_with_one_and_two_degrees_have_a_formula(p: float) -> None:
    assert t_quantile(p, 1) == pytest.approx(tan(pi * (p - 0.5)))
    assert t_quantile(p, 2) == pytest.approx((2 * p - 1) / sqrt(2 * p * (1 - p)))


@given(st.floats(0.01, 0.99), st.floats(1, 500))
def test_a_quantile_has_its_share_above_it(p: float, freedom: float) -> None:
    value = t_quantile(p, freedom)
    assert t_tail(abs(value), freedom) == pytest.approx(min(p, 1 - p), abs=1e-10)
    assert abs(value) >= abs(normal_quantile(p)) - 1e-12


def test_with_endless_degrees_student_is_normal() -> None:
    assert t_quantile(0.975, float("inf")) == normal_quantile(0.975) == pytest.approx(1.959964, abs=1e-6)
    assert t_quantile(0.5, 3) == 0
    assert interval(0, 1) == pytest.approx((-1.959964, 1.959964), abs=1e-6)


@pytest.mark.parametrize("p, freedom", [(0, 3), (1, 3), (0.5, 0)])
def test_there_is_no_quantile_of_nothing(p: float, freedom: float) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        t_quantile(p, freedom)


def test_a_matrix_that_is_not_positive_definite_has_no_triangle() -> None:
    assert lower([[1, 2], [2, 1]]) is None
    assert inverse([[0.0]]) is None
