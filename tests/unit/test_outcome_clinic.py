"""The clinic's table and the funnel: what they say, and what nobody can get out of them."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import comb, floor, sqrt
from statistics import fmean, variance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effleurage.outcome.clinic import (
    GRID,
    HALF_WIDTHS,
    ClinicView,
    CourseRow,
    Line,
    MeanChange,
    Measured,
    clinic_view,
    coarse,
    published,
)
from effleurage.outcome.funnel import Place, funnel, limits
from effleurage.outcome.mixed import Row, mean_change
from effleurage.outcome.quantiles import interval
from effleurage.outcome.suppress import FEWEST, Released, Tally, covered, enough, release, rounded

DAY = date(2026, 11, 2)


def course(
    patient, *, condition="scoliosis", regimen="swedish", completed=True, reason="", change=-2, therapist="t",
    known=DAY, scored=None,
) -> CourseRow:  # fmt: skip
    """`known` is when the course had ended, `scored` when its last score came, if later."""
    last = None if change is None else Fraction(7 + change)
    measures = (Measured("nrs_pain", Fraction(7), last, None if last is None else scored or known),)
    return CourseRow(str(patient), therapist, condition, regimen, DAY, DAY, known, completed, reason, measures)


def patients(count, start=0):
    return [f"p{number}" for number in range(start, start + count)]


# ---- the table


def test_a_line_says_how_many_how_many_to_the_end_and_the_mean_with_its_interval() -> None:
    rows = [course(name, change=-(at % 5)) for at, name in enumerate(patients(21))]
    rows += [course(name, completed=False, reason="moved away", change=None) for name in patients(9, 100)]
    rows += [course(name, completed=False, change=None) for name in patients(12, 200)]
    (line,) = clinic_view(courses=rows).conditions[0].regimens
    assert (line.courses, line.completed, line.left, line.left_told, line.left_untold) == (40, 20, 20, 10, 10)
    (measure,) = line.measures
    assert (measure.scored, measure.unscored) == (20, 20)
    wanted = mean_change([Row(-(at % 5), name) for at, name in enumerate(patients(21))])
    assert (round(wanted.mean, 2), round(wanted.low, 2), round(wanted.high, 2)) == (-1.9, -2.58, -1.23)
    assert measure.change == MeanChange(-2, -3, -1, with_therapists=False)


def test_therapists_are_told_apart_only_where_there_are_enough_of_them() -> None:
    def view(therapists):
        rows = [
            course(name, change=at % 7 - 5, therapist=f"t{at % therapists}") for at, name in enumerate(patients(30))
        ]
        return clinic_view(courses=rows).conditions[0].regimens[0].measures[0].change

    assert [view(count).with_therapists for count in (1, 4, 5)] == [False, False, True]
    # Thirty with one patient each are no more than the patients themselves.
    assert not view(30).with_therapists


def test_where_all_changed_by_the_same_the_table_does_not_say_so() -> None:
    def found(*others):
        rows = [course(name, change=change) for name, change in zip(patients(9), [*others, *[-2] * 9], strict=False)]
        return clinic_view(courses=rows).conditions[0].regimens[0].measures[0].change

    assert found() == found(-3) == found(-3, -1) == MeanChange(-2, -2.5, -1.5, with_therapists=False)


@pytest.mark.parametrize("count, shown", [(7, None), (8, 10), (12, 10), (13, 15)])
def test_below_eight_patients_there_is_nothing(count, shown) -> None:
    (line,) = clinic_view(courses=[course(name) for name in patients(count)]).conditions[0].regimens
    assert line.courses == shown
    assert (line.measures[0].change is None) == (shown is None)


def test_eight_courses_of_seven_patients_are_seven_patients() -> None:
    names = [*patients(7), "p0"]
    assert clinic_view(courses=[course(name) for name in names]).courses is None


def test_a_few_who_left_are_not_told_by_those_who_stayed() -> None:
    rows = [course(name) for name in patients(37)] + [course(name, completed=False) for name in patients(3, 90)]
    (line,) = clinic_view(courses=rows).conditions[0].regimens
    assert (line.courses, line.completed, line.left) == (40, None, None)


def test_a_lone_small_line_takes_its_total_with_it_and_leaves_the_others() -> None:
    rows = [course(name) for name in patients(30)] + [course(name, regimen="reflex") for name in patients(4, 90)]
    view = clinic_view(courses=rows)
    (condition,) = view.conditions
    assert (view.courses, condition.courses) == (None, None)
    assert [line.courses for line in condition.regimens] == [None, 30]


def test_small_lines_take_their_total_with_them_though_they_would_cover_each_other() -> None:
    """With the total one would see the next quarter how many came to the small ones."""
    rows = [course(name) for name in patients(30)]
    for at, regimen in enumerate(("reflex", "traditional")):
        rows += [course(name, regimen=regimen) for name in patients(5, 100 * at + 50)]
    view = clinic_view(courses=rows)
    assert (view.courses, view.conditions[0].courses) == (None, None)
    assert [line.courses for line in view.conditions[0].regimens] == [None, 30, None]


@pytest.mark.parametrize("missing, scored, unscored", [(0, 30, None), (1, None, None), (7, None, None), (8, 30, 10)])
def test_the_mean_is_withheld_with_the_count_that_stands_behind_it(missing, scored, unscored) -> None:
    rows = [course(name) for name in patients(30)]
    rows += [course(name, change=None) for name in patients(missing, 100)]
    (measure,) = clinic_view(courses=rows).conditions[0].regimens[0].measures
    assert (measure.scored, measure.unscored) == (scored, unscored)
    assert (measure.change is None) == (scored is None)


@pytest.mark.parametrize(
    "build",
    [
        lambda: replace(course("a"), ended=date(2026, 1, 1)),
        lambda: replace(course("a"), known=date(2026, 1, 1)),
        lambda: replace(course("a").measures[0], known=None),
        lambda: replace(course("a").measures[0], last=None),
        lambda: replace(course("a"), reason="moved"),
        lambda: replace(course("a"), measures=course("a").measures * 2),
        lambda: Tally("whole", ("a", "b"), rows=(Tally("part", ("a",)),)),
    ],
)
def test_what_cannot_be_is_not_built(build) -> None:
    with pytest.raises(ValueError, match=r"."):
        build()


# ---- the attack: subtract everything from everything


@dataclass(frozen=True)
class Cell:
    """A cell of the table with what is true of it, and whether it was shown."""

    name: str
    courses: tuple[str, ...]
    count: int | None


def cells(tally: Tally, released: Released, path: str = "") -> Iterator[tuple[Cell, list[list[str]]]]:
    """Every cell with the lists of cells that make it up."""
    name = f"{path}/{tally.name}"
    groups = [(tally.rows, released.rows), *zip(tally.splits, released.splits, strict=True)]
    named = [([f"{name}.{at}" for _ in parts], parts, shown, at) for at, (parts, shown) in enumerate(groups) if parts]
    relations = [[f"{base}/{part.name}" for base, part in zip(bases, parts, strict=True)] for bases, parts, *_ in named]
    yield Cell(name, tally.patients, released.count), relations
    for bases, parts, shown, _ in named:
        for base, part, out in zip(bases, parts, shown, strict=True):
            yield from cells(part, out, base)


def solvable(equations: Sequence[Mapping[str, int]], unknown: Sequence[str]) -> set[str]:
    """The unknowns that these linear equations determine, by elimination in whole fractions."""
    rows = [[Fraction(equation.get(name, 0)) for name in unknown] for equation in equations]
    done = 0
    for column in range(len(unknown)):
        pivot = next((at for at in range(done, len(rows)) if rows[at][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for at, row in enumerate(rows):
            if at != done and row[column]:
                rows[at] = [value - row[column] * other for value, other in zip(row, rows[done], strict=True)]
        done += 1
    alone = (row for row in rows if sum(1 for value in row if value) == 1)
    return {unknown[next(at for at, value in enumerate(row) if value)] for row in alone}


def leaks(tally: Tally, released: Released) -> list[str]:
    """What somebody finds who knows every shown count exactly, as if nothing had been rounded."""
    found = [*cells(tally, released)]
    table = {cell.name: cell for cell, _ in found}
    hidden = [name for name, cell in table.items() if cell.count is None]
    relations = [(cell.name, parts) for cell, groups in found for parts in groups]
    equations = [
        {name: sign for name, sign in ((total, -1), *((part, 1) for part in parts)) if table[name].count is None}
        for total, parts in relations
    ]
    told = [name for name in solvable(equations, hidden) if len(set(table[name].courses)) < FEWEST]
    small = [name for name, cell in table.items() if cell.count is not None and len(set(cell.courses)) < FEWEST]
    return [*told, *small, *differences(table, relations)]


def differences(table: Mapping[str, Cell], relations: Sequence[tuple[str, list[str]]]) -> Iterator[str]:
    """Totals less everything shown below them, where the rest is of fewer than eight patients."""

    def rest(name: str) -> list[Cell]:
        if table[name].count is not None:
            return []
        below = [
            parts for total, parts in relations if total == name and any(table[p].count is not None for p in parts)
        ]
        return [cell for part in below[0] for cell in rest(part)] if below else [table[name]]

    for total, parts in relations:
        left = [cell for part in parts for cell in rest(part)] if table[total].count is not None else []
        if left and len({key for cell in left for key in cell.courses}) < FEWEST:
            yield f"{total} less what is shown"


def split(name: str, keys: Sequence[str], cut: int) -> Tally:
    """A line whose first `cut` courses ended early."""
    ended = (Tally("completed", tuple(keys[cut:])), Tally("left", tuple(keys[:cut])))
    return Tally(name, tuple(keys), splits=(ended,))


@st.composite
def tables(draw):
    """One to four conditions with one to four regimens each, patients shared among them, many lines small."""
    conditions = []
    for condition in range(draw(st.integers(1, 4))):
        lines = []
        for regimen in range(draw(st.integers(1, 4))):
            keys = draw(st.lists(st.integers(0, 60).map(str), min_size=1, max_size=30))
            lines.append(split(f"r{regimen}", keys, draw(st.integers(0, len(keys)))))
        conditions.append(
            Tally(f"c{condition}", tuple(key for line in lines for key in line.patients), rows=tuple(lines))
        )
    return Tally("", tuple(key for each in conditions for key in each.patients), rows=tuple(conditions))


@settings(max_examples=150, deadline=None)
@given(tables())
def test_no_subtraction_gives_fewer_than_eight_patients_away(tally) -> None:
    assert leaks(tally, release(tally)) == []


def only_the_small(tally: Tally) -> Released:
    """What one would do at first: withhold what is small, and nothing else."""
    count = rounded(len(tally.patients)) if enough(tally.patients) else None
    rows = tuple(only_the_small(row) for row in tally.rows)
    return Released(tally.name, count, rows, tuple(tuple(map(only_the_small, parts)) for parts in tally.splits))


def test_the_attack_finds_what_a_simpler_rule_gives_away() -> None:
    lines = (split("a", patients(30), 0), split("b", patients(4, 90), 0))
    table = Tally("", tuple(key for line in lines for key in line.patients), rows=lines)
    assert "/.0/b" in leaks(table, only_the_small(table))
    assert leaks(table, release(table)) == []
    # Two levels at once: both totals are large, and what they hide together is of five patients.
    tops = []
    for name, at, few in (("c", 0, 3), ("d", 100, 2)):
        large, small = split("x", patients(9, at), 0), split("y", patients(few, at + 50), 0)
        tops.append(Tally(name, (*large.patients, *small.patients), rows=(large, small)))
    whole = Tally("", tuple(key for top in tops for key in top.patients), rows=tuple(tops))
    assert leaks(whole, replace(release(whole), count=25)) == ["/ less what is shown"]
    assert leaks(whole, release(whole)) == []


@settings(max_examples=80, deadline=None)
@given(tables())
def test_every_count_that_is_shown_is_a_multiple_of_five_of_eight_patients_or_more(tally) -> None:
    for cell, _ in cells(tally, release(tally)):
        if cell.count is not None:
            assert cell.count % 5 == 0
            assert abs(cell.count - len(cell.courses)) <= 2
            assert len(set(cell.courses)) >= FEWEST


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_under_a_total_that_is_known_elsewhere_the_hidden_cover_each_other(sizes) -> None:
    tallies = [Tally(str(at), tuple(patients(size, 100 * at))) for at, size in enumerate(sizes)]
    shown = covered(tallies)
    hidden = [each for each in tallies if each not in shown]
    assert all(len(each.patients) >= FEWEST for each in shown)
    assert not hidden or not shown or (len(hidden) > 1 and sum(len(each.patients) for each in hidden) >= FEWEST)


ROWS = st.lists(
    st.tuples(
        st.integers(0, 25), st.sampled_from(("osteoporosis", "scoliosis")), st.sampled_from(("swedish", "reflex")),
        st.booleans(), st.one_of(st.none(), st.integers(-7, 3)), st.sampled_from("abc"),
    ),
    max_size=60,
)  # fmt: skip


def as_courses(rows) -> list[CourseRow]:
    return [
        course(patient, condition=condition, regimen=regimen, completed=done, change=change, therapist=therapist)
        for patient, condition, regimen, done, change, therapist in rows
    ]


def numbers(view: ClinicView) -> Iterator[int | None]:
    yield view.courses
    for condition in view.conditions:
        yield condition.courses
        for line in condition.regimens:
            yield from (line.courses, line.completed, line.left, line.left_told, line.left_untold)
            yield from (count for each in line.measures for count in (each.scored, each.unscored))


@settings(max_examples=25, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_courses_does_not_matter_and_nothing_small_is_shown(rows, chance) -> None:
    courses = as_courses(rows)
    view = clinic_view(courses=courses)
    chance.shuffle(courses)
    assert clinic_view(courses=courses) == view
    assert all(count is None or (count >= FEWEST and count % 5 == 0) for count in numbers(view))
    for line in (line for condition in view.conditions for line in condition.regimens):
        assert all((each.change is None) == (each.scored is None) for each in line.measures)


# ---- the attack on a mean: whose number of patients can have it?


def sums(count: int, below: int, most: int) -> set[tuple[int, int]]:
    """Each sum of so many whole changes from 0 to `below`, with each sum of their squares up to `most`."""
    found = {(0, 0)}
    for _ in range(count):
        found = {
            (total + each, squares + each**2)
            for total, squares in found
            for each in range(-6, 7)
            if squares + each**2 <= most
        }
    return {(total, squares) for total, squares in found if 0 <= total < below}


def interval_of(count: int, total: int, squares: int, step: int) -> tuple[float, float, float]:
    """Mean and 95 % interval of the changes of patients with one course each, in steps of 1/step points."""
    mean = total / count
    error = sqrt(max(squares - total * mean, 0) / (count - 1) / count)
    return tuple(value / step for value in (mean, *interval(mean, error, count - 1)))


def shown_as(numbers: range, most: int, step: int = 1) -> dict[tuple[float, float, float], dict[int, bool]]:
    """Everything that may be shown of so many patients, with the numbers that can have it, and whether each can have
    it with changes that are not all the same. For means from 0 to 1: the others are the same, moved by whole points.
    """
    found: defaultdict[tuple[float, float, float], dict[int, bool]] = defaultdict(dict)
    for count in numbers:
        for total, squares in sums(count, count * step, most):
            seen = coarse(*interval_of(count, total, squares, step))
            seen = tuple(value - floor(seen[0]) for value in seen)
            found[seen][count] = found[seen].get(count, False) or squares * count != total**2
    return found


def test_the_interval_of_the_attack_is_that_of_the_table() -> None:
    changes = [-3, -3, -2, 0, 1, 1, 2, -4, -1]
    found = mean_change([Row(change, name) for change, name in zip(changes, patients(9), strict=True)])
    wanted = interval_of(9, sum(changes), sum(each**2 for each in changes), 1)
    assert (found.mean, found.low, found.high) == pytest.approx(wanted)


@pytest.mark.parametrize("shown, most", [(10, 120), (15, 150), (20, 150)])
def test_every_number_of_patients_behind_a_rounded_count_can_have_the_mean_beside_it(shown, most) -> None:
    numbers = range(max(shown - 2, FEWEST), shown + 3)
    assert {rounded(count) for count in numbers} == {shown}
    # Wider intervals need larger squares than were tried.
    found = {seen: own for seen, own in shown_as(numbers, most).items() if seen[2] - seen[0] <= 1}
    assert len(found) == 8
    assert all(set(own) == set(numbers) and all(own.values()) for own in found.values())


def test_thirds_of_a_point_give_no_more_away() -> None:
    found = {seen: own for seen, own in shown_as(range(8, 13), 200, step=3).items() if seen[2] - seen[0] <= 0.5}
    assert len(found) == 4
    assert all(set(own) == set(range(8, 13)) and all(own.values()) for own in found.values())


def test_two_decimals_would_tell_how_many_they_are() -> None:
    def fits(shown: float, look: Callable[[float], float]) -> list[int]:
        return [count for count in range(8, 13) if any(look(-total / count) == shown for total in range(40))]

    assert fits(-1.27, lambda mean: round(mean, 2)) == [11]
    assert fits(-1.25, lambda mean: coarse(mean, mean, mean)[0]) == [8, 9, 10, 11, 12]
    rows = [course(name, change=-1 - (at < 3)) for at, name in enumerate(patients(11))]
    assert clinic_view(courses=rows).conditions[0].regimens[0].measures[0].change.mean == -1.25


@given(st.floats(-20, 20), st.floats(0, 20))
def test_what_is_shown_covers_the_interval_and_lies_on_the_grid(mean, half) -> None:
    place, low, high = coarse(mean, mean - half, mean + half)
    assert low <= mean - half
    assert mean + half <= high
    assert abs(place - mean) <= GRID / 2
    assert high - place == place - low
    assert (place % GRID, (high - place) % HALF_WIDTHS) == (0, 0)
    assert high - place <= half + GRID / 2 + HALF_WIDTHS


# ---- the attack on two quarters: what does the difference of two tables tell?


def day(quarter: int) -> date:
    return date(2026 + quarter // 4, quarter % 4 * 3 + 1, 15)


@st.composite
def years(draw):
    """Courses of one regimen over two years, with scores that come with their end, later, or never."""
    rows = []
    for number in range(draw(st.integers(0, 45))):
        ended, late = draw(st.integers(4, 11)), draw(st.sampled_from((0, 0, 0, 1, 3)))
        change = draw(st.one_of(st.none(), *[st.integers(-7, 3)] * 4))
        name = draw(st.sampled_from((f"n{number}", f"p{number % 20}")))
        rows.append(course(name, change=change, known=day(ended), scored=day(ended + late)))
    return rows


def as_known(courses: Sequence[CourseRow], quarter: int) -> list[CourseRow]:
    """What a clinic knew at the end of a quarter: fewer courses, and some of them without their last score yet."""

    def then(row: CourseRow) -> CourseRow:
        (measure,) = row.measures
        come = measure.known is not None and measure.known <= day(quarter)
        return row if come else replace(row, measures=(replace(measure, last=None, known=None),))

    return [then(row) for row in courses if row.known <= day(quarter)]


def behind(line: Line) -> tuple[Counter[str], Counter[tuple[str, Fraction | None]]]:
    """The patients behind the counts of a line, and the changes behind its mean with whose they are."""
    scored = line.scored.get("nrs_pain", ())
    return Counter(row.patient for row in line.courses), Counter(
        (row.patient, row.change("nrs_pain")) for row in scored
    )


def told(before: Counter, after: Counter) -> set:
    """Whose share stands alone in the difference of two sums, by subtraction: what is in one of them only."""
    return {*(after - before), *(before - after)}


@settings(max_examples=100, deadline=None)
@given(years())
def test_two_quarters_differ_by_eight_patients_or_not_at_all(courses) -> None:
    seen = [published(regimen="swedish", courses=as_known(courses, quarter)) for quarter in range(4, 15)]
    for at, earlier in enumerate(seen):
        for later in seen[at + 1 :]:
            for before, after in zip(behind(earlier), behind(later), strict=True):
                assert not before - after, "nothing is taken back"
                names = {each if isinstance(each, str) else each[0] for each in told(before, after)}
                assert not names or len(names) >= FEWEST


@settings(max_examples=50, deadline=None)
@given(years(), st.randoms(use_true_random=False))
def test_whoever_waits_changes_no_number_at_all(courses, chance) -> None:
    """Not even by being there: the table is the same without them, and with any other change of theirs."""
    line = published(regimen="swedish", courses=courses)
    waiting = Counter(courses) - Counter(line.courses)
    if not line.courses:
        return
    without = list((Counter(courses) - waiting).elements())
    other = [course(row.patient, change=chance.randint(-7, 3), known=row.known) for row in waiting.elements()]
    assert clinic_view(courses=without) == clinic_view(courses=[*without, *other]) == clinic_view(courses=courses)


@settings(max_examples=50, deadline=None)
@given(years())
def test_no_table_of_two_quarters_gives_a_number_of_one_patient(courses) -> None:
    """From the tables alone: a mean that moved, and whether fewer than eight new changes could have moved it so."""
    pages = [clinic_view(courses=as_known(courses, quarter)) for quarter in range(4, 15)]
    lines = [each.conditions[0].regimens[0] for each in pages if each.conditions]
    for earlier, later in pairwise(lines):
        (before,), (after,) = earlier.measures, later.measures
        assert before.change is None or after.change is not None, "what was shown once is shown"
        if (before.change, before.scored) != (after.change, after.scored):
            assert after.scored is not None
            assert (after.scored - (before.scored or 0)) >= FEWEST - 4, "each count is two off at most"


def test_the_attack_on_two_quarters_finds_what_a_table_without_blocks_gives_away() -> None:
    rows = [course(name, known=day(4)) for name in patients(10)]
    rows += [course("late", change=-7, known=day(5))]
    scored = [Counter((row.patient, row.change("nrs_pain")) for row in as_known(rows, quarter)) for quarter in (4, 5)]
    assert told(*scored) == {("late", Fraction(-7))}
    kept = [behind(published(regimen="swedish", courses=as_known(rows, quarter)))[1] for quarter in (4, 5)]
    assert told(*kept) == set()


def test_a_block_is_as_many_quarters_as_it_takes() -> None:
    rows = [course(name, known=day(quarter)) for quarter in range(4, 9) for name in patients(5, 10 * quarter)]
    counts = [len(published(regimen="swedish", courses=as_known(rows, quarter)).courses) for quarter in range(4, 9)]
    assert counts == [0, 10, 10, 20, 20]


def test_scores_that_come_late_wait_for_eight_of_their_own() -> None:
    rows = [course(name, known=day(4)) for name in patients(20)]
    late = [5, 6, 7, 12]
    rows += [course(name, known=day(4), scored=day(late[at // 5])) for at, name in enumerate(patients(18, 50))]

    def seen(quarter):
        (measure,) = clinic_view(courses=as_known(rows, quarter)).conditions[0].regimens[0].measures
        return measure.scored, measure.unscored

    # Five wait, ten are a block, five wait again, and go in with the last three.
    assert [seen(quarter) for quarter in (4, 5, 6, 7, 12)] == [(20, 20), (20, 20), (30, 10), (30, 10), (40, None)]


def test_a_few_without_a_score_hold_back_the_last_block_and_not_the_mean() -> None:
    rows = [course(name, change=-1, known=day(4)) for name in patients(20)]
    rows += [course(name, change=-3, known=day(5)) for name in patients(10, 50)]
    rows += [course(name, change=None, known=day(5)) for name in patients(3, 90)]

    def seen(quarter):
        (measure,) = clinic_view(courses=as_known(rows, quarter)).conditions[0].regimens[0].measures
        return measure.scored, measure.unscored, measure.change.mean

    assert (seen(4), seen(5)) == ((20, None, -1), (20, 15, -1))


# ---- the funnel


def test_the_limits_are_those_of_the_normal_curve() -> None:
    at = limits(centre=-2, spread=2.0, patients=25)
    assert (at.inner_low, at.inner_high) == pytest.approx((-2 - 1.959964 * 0.4, -2 + 1.959964 * 0.4), abs=1e-6)
    assert (at.outer_low, at.outer_high) == pytest.approx((-2 - 3.090232 * 0.4, -2 + 3.090232 * 0.4), abs=1e-6)


@pytest.mark.parametrize("patients_seen", [40, 100, 200])
@pytest.mark.parametrize("share", [0.3, 0.5])
def test_for_shares_the_limits_are_those_of_the_binomial_to_about_a_patient(patients_seen, share) -> None:
    at = limits(centre=share, spread=sqrt(share * (1 - share)), patients=patients_seen)

    def below(count: int) -> float:
        chances = (comb(patients_seen, k) * share**k * (1 - share) ** (patients_seen - k) for k in range(count + 1))
        return sum(chances)

    for low, high, tail in ((at.inner_low, at.inner_high, 0.025), (at.outer_low, at.outer_high, 0.001)):
        least = next(count for count in range(patients_seen) if below(count) >= tail)
        most = next(count for count in range(patients_seen) if below(count) >= 1 - tail)
        assert low * patients_seen == pytest.approx(least, abs=1.5)
        assert high * patients_seen == pytest.approx(most, abs=1.5)


def crowd(chance: random.Random, sizes: Sequence[int], shifts: Sequence[float]) -> list[CourseRow]:
    rows = []
    for at, (size, shift) in enumerate(zip(sizes, shifts, strict=True)):
        for number in range(size):
            change = Fraction(round(chance.gauss(-2 + shift, 2) * 100), 100)
            rows.append(replace(course(f"{at}-{number}", change=change), therapist=f"t{at}"))
    return rows


def test_of_therapists_who_do_alike_one_in_twenty_lies_outside() -> None:
    chance, places = random.Random(11), []
    for _ in range(60):
        found = funnel(courses=crowd(chance, [10, 20, 30, 40] * 5, [0] * 20), instrument="nrs_pain")
        places += [point.place for point in found.points]
    outside = sum(place is not Place.WITHIN for place in places) / len(places)
    assert 0.035 <= outside <= 0.065
    assert sum(place is Place.BEYOND_OUTER for place in places) / len(places) <= 0.006


def test_a_therapist_whose_patients_fared_otherwise_is_found() -> None:
    found = funnel(courses=crowd(random.Random(3), [40] * 12, [0] * 11 + [3]), instrument="nrs_pain")
    outer = [point.therapist for point in found.points if point.place is Place.BEYOND_OUTER]
    assert outer == ["t11"]


def test_the_centre_is_that_of_patients_and_the_spread_that_within_therapists() -> None:
    rows = crowd(random.Random(3), [40, 10], [0, 6])
    found = funnel(courses=rows, instrument="nrs_pain")
    changes = {name: [float(r.change("nrs_pain")) for r in rows if r.therapist == name] for name in ("t0", "t1")}
    assert found.centre == round(fmean([*changes["t0"], *changes["t1"]]), 2)
    # The one who stands apart does not widen the limits that show it.
    pooled = (39 * variance(changes["t0"]) + 9 * variance(changes["t1"])) / 48
    assert found.spread == round(sqrt(pooled), 2)


def test_therapists_with_few_patients_are_not_in_the_funnel() -> None:
    found = funnel(courses=crowd(random.Random(3), [40, 20, 12, 9, 5], [0] * 5), instrument="nrs_pain")
    # The five would come back as the difference to the total, so that the next smallest is hidden with them.
    assert [(point.therapist, point.patients) for point in found.points] == [("t0", 40), ("t1", 20), ("t2", 10)]
    assert found.withheld
    assert funnel(courses=crowd(random.Random(3), [40, 5, 5], [0] * 3), instrument="nrs_pain") is None
    assert funnel(courses=[], instrument="nrs_pain") is None


def test_a_patient_counts_once_with_a_therapist_however_many_courses() -> None:
    rows = crowd(random.Random(3), [20, 20], [0, 0])
    again = [replace(row, began=DAY) for row in rows[:1] for _ in range(50)]
    assert funnel(courses=[*rows, *again], instrument="nrs_pain") == funnel(courses=rows, instrument="nrs_pain")


@settings(max_examples=25, deadline=None)
@given(st.integers(-3, 3), st.randoms(use_true_random=False))
def test_a_funnel_moves_with_its_changes_and_not_with_their_order(shift, chance) -> None:
    rows = crowd(random.Random(3), [30, 20, 10], [0, 0, 1])
    one = funnel(courses=rows, instrument="nrs_pain")
    moved = [replace(r, measures=(replace(r.measures[0], last=r.measures[0].last + shift),)) for r in rows]
    chance.shuffle(moved)
    other = funnel(courses=moved, instrument="nrs_pain")
    assert other.centre == pytest.approx(one.centre + shift)
    assert other.spread == pytest.approx(one.spread)
    assert [(p.patients, p.place) for p in other.points] == [(p.patients, p.place) for p in one.points]
