"""Changes in words, series with their caveats, what is due, and the summary of a course."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effleurage.language import ENGLISH
from effleurage.outcome.change import Yardstick, shown, told
from effleurage.outcome.due import RHYTHM, Due, Moment, State, Taken, due
from effleurage.outcome.instrument import Change
from effleurage.outcome.score import change, score
from effleurage.outcome.series import Caveat, Reading, Series, caveat_words, series
from effleurage.outcome.summary import HONEST, Given, summary
from effleurage.translation import pseudo, speak
from tests.agreement.patients import content
from tools.languages import _in_code

LIBRARY = content()
OTHER = pseudo(LIBRARY)
SHIPPED = {each.name: each for each in LIBRARY.instruments}
START = datetime.fromisoformat("2026-11-02T09:00")
SESSIONS = tuple(START + timedelta(days=3 * number, hours=1) for number in range(10))


def sheet(instrument, *answers):
    return score(instrument=instrument, answers=dict(zip((i.id for i in instrument.items), answers, strict=True)))


def over_time(name, *days, sessions=SESSIONS, instrument=None) -> Series:
    """A series of one answer a time: (days after the start, answer)."""
    found = instrument or SHIPPED[name]
    readings = [
        Reading(START + timedelta(days=day), sheet(found, *[answer] * len(found.items))) for day, answer in days
    ]
    return series(instrument=found, readings=readings, sessions=sessions)


# ---- a change in words


def said(name, before, after, instrument=None):
    found = instrument or SHIPPED[name]
    scores = (sheet(found, *answers) for answers in (before, after))
    return told(comparison=change(instrument=found, before=next(scores), after=next(scores)))


def test_a_change_is_told_with_its_amount_its_reason_and_the_status_of_its_yardstick() -> None:
    found = said("nrs_pain", (7,), (5,))
    assert (found.direction, found.amount) == ("better", "from 7 to 5: 2 lower")
    assert found.why == "At least the least important change, 2 points."
    assert found.yardsticks == (Yardstick("least change that matters", "2 points", "C", "FARRAR"),)


NOISY = replace(SHIPPED["nrs_pain"], measurement_error=Change(Decimal(3), "points", "N", "FARRAR"))


@pytest.mark.parametrize(
    "name, before, after, direction, amount",
    [
        ("nrs_pain", (7,), (9,), "worse", "from 7 to 9: 2 higher"),
        ("nrs_pain", (7,), (6,), "no change that matters", "from 7 to 6: 1 lower"),
        ("nrs_pain", (7,), (7,), "no change that matters", "7, the same as before"),
        ("nrs_pain", (7,), (None,), "not known", ""),
        ("peg", (7, 7, 6), (5, 5, 4), "better", "from 6.7 to 4.7: 2 lower (30 %)"),
        ("standing_height", (Decimal("163.5"),), (161,), "worse", "from 163.5 to 161 cm: 2.5 lower"),
        ("nrs_fatigue", (9,), (2,), "not known", "from 9 to 2: 7 lower"),
        ("peg", (0, 0, 0), (3, 3, 3), "not known", "from 0 to 3: 3 higher"),
    ],
)
def test_the_direction_is_a_word_and_never_a_guess(name, before, after, direction, amount) -> None:
    found = said(name, before, after)
    assert (found.direction, found.amount) == (direction, amount)


def test_a_change_within_the_error_of_measuring_is_called_so() -> None:
    found = said("", (7,), (5,), NOISY)
    assert found.direction == "no change beyond the error of measuring"
    assert [(each.what, each.amount, each.status) for each in found.yardsticks] == [
        ("least change that matters", "2 points", "C"),
        ("error of measuring", "3 points", "N"),
    ]


@given(st.fractions(min_value=-300, max_value=300, max_denominator=60))
def test_a_number_is_shown_to_the_nearest_tenth(value) -> None:
    assert abs(Fraction(shown(value)) - value) <= Fraction(1, 20)
    assert not shown(value).endswith(".0")
    assert Fraction(shown(-value)) == -Fraction(shown(value))
    assert shown(value) != "-0"


# ---- a series


def test_the_start_is_the_last_number_before_the_first_session() -> None:
    found = over_time("nrs_pain", (-7, 9), (0, 6), (12, 3), (30, 4))
    assert (found.baseline.value, found.last.value, found.best.value) == (6, 4, 3)
    assert [point.held for point in found.points] == [0, 0, 4, 10]
    assert found.change.points == -2


def test_a_score_of_the_minute_of_a_session_is_before_it() -> None:
    minute = Reading(SESSIONS[1], sheet(SHIPPED["nrs_pain"], 5))
    assert series(instrument=SHIPPED["nrs_pain"], readings=[minute], sessions=SESSIONS).points[0].held == 1


def test_where_higher_is_better_the_best_is_the_highest() -> None:
    found = over_time("standing_height", (0, 160), (9, 162), (30, 161))
    assert found.best.value == 162


def test_a_number_that_is_missing_is_no_start_no_end_and_not_the_best() -> None:
    found = over_time("nrs_pain", (0, None), (6, 5), (30, None))
    assert found.baseline == found.last == found.best
    assert found.change is None
    assert caveat_words(found) == ("2 of 3 times there is no number, because answers are missing.",)


CASES = [
    # Mid-scale, three numbers, many sessions: only that it is one person.
    ("nrs_pain", [(0, 7), (9, 6), (30, 5)], []),
    # The worst quarter of 0 to 10 begins at 7.5.
    ("nrs_pain", [(0, 8), (9, 6), (30, 5)], [Caveat.BAD_START]),
    ("nrs_pain", [(0, 10), (9, 6), (30, 5)], [Caveat.BAD_START, Caveat.BEGAN_WORST]),
    ("nrs_pain", [(0, 0), (9, 1), (30, 2)], [Caveat.BEGAN_BEST]),
    ("nrs_pain", [(0, 5), (9, 1), (30, 0)], [Caveat.NOW_BEST]),
    ("nrs_pain", [(0, 5), (9, 9), (30, 10)], [Caveat.NOW_WORST]),
    ("nrs_pain", [(0, 5), (30, 4)], [Caveat.FEW_POINTS]),
    ("nrs_pain", [(0, 5), (9, None), (12, 4), (30, 4)], [Caveat.MISSING]),
    ("nrs_pain", [(4, 5), (9, 4), (30, 4)], [Caveat.LATE_START]),
    ("nrs_pain", [(-9, 7), (0, 5), (1, 4)], [Caveat.ONE_SESSION]),
    ("nrs_pain", [(4, 5), (4.5, 4)], [Caveat.NO_SESSION, Caveat.LATE_START, Caveat.FEW_POINTS]),
    # Higher is better: the ends change places. The range of a measurement tells nothing of what is bad.
    ("standing_height", [(0, 51), (9, 52), (30, 53)], []),
    ("standing_height", [(0, 50), (9, 52), (30, 53)], [Caveat.BEGAN_WORST]),
]


@pytest.mark.parametrize("name, days, caveats", CASES)
def test_caveats_are_chosen_by_the_numbers(name, days, caveats) -> None:
    assert over_time(name, *days).caveats == (Caveat.ONE_PERSON, *caveats)


def test_every_caveat_has_its_case() -> None:
    assert {caveat for *_, caveats in CASES for caveat in caveats} | {Caveat.ONE_PERSON} == set(Caveat)


def test_scores_of_one_moment_or_of_another_instrument_make_no_series() -> None:
    with pytest.raises(ValueError, match="one moment"):
        over_time("nrs_pain", (0, 5), (0, 6))
    reading = Reading(START, sheet(SHIPPED["nrs_fatigue"], 5))
    with pytest.raises(ValueError, match="another instrument"):
        series(instrument=SHIPPED["nrs_pain"], readings=[reading], sessions=())


@given(
    st.lists(st.tuples(st.integers(-9, 60), st.one_of(st.none(), st.integers(0, 10))), unique_by=lambda row: row[0]),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_scores_are_stored_does_not_matter(days, chance) -> None:
    one = over_time("nrs_pain", *days)
    chance.shuffle(days)
    assert over_time("nrs_pain", *days, sessions=SESSIONS[::-1]) == one
    assert (one.change is None) == (one.baseline == one.last)


# ---- what is due

MEASURES = ("nrs_pain", "peg")
AFTER = START + timedelta(days=40)


def states(*, held=(), taken=(), planned=10, ended=False) -> list[str]:
    rows = due(measures=MEASURES[:1], planned=planned, held=held, taken=taken, ended=ended)
    assert [row.moment for row in rows] == [Moment.FIRST, Moment.LAST]
    return [row.state.name for row in rows]


FIRST, LATE, END = (Taken("nrs_pain", at) for at in (START, SESSIONS[4], AFTER))


@pytest.mark.parametrize(
    "how, wanted",
    [
        ({}, ["DUE", "LATER"]),
        ({"taken": [FIRST]}, ["DONE", "LATER"]),
        ({"held": SESSIONS[:1], "taken": [FIRST]}, ["DONE", "LATER"]),
        ({"held": SESSIONS[:1]}, ["MISSED", "LATER"]),
        ({"held": SESSIONS[:3], "taken": [LATE]}, ["MISSED", "LATER"]),
        ({"held": SESSIONS[:9], "taken": [FIRST]}, ["DONE", "LATER"]),
        ({"held": SESSIONS, "taken": [LATE]}, ["MISSED", "DUE"]),
        ({"held": SESSIONS[:1], "taken": [Taken("nrs_pain", SESSIONS[0])]}, ["DONE", "LATER"]),
        ({"held": SESSIONS, "taken": [FIRST]}, ["DONE", "DUE"]),
        ({"held": SESSIONS, "taken": [FIRST, LATE]}, ["DONE", "DUE"]),
        ({"held": SESSIONS, "taken": [END, FIRST]}, ["DONE", "DONE"]),
        ({"held": SESSIONS[:4], "taken": [FIRST], "ended": True}, ["DONE", "DUE"]),
        ({"ended": True}, ["MISSED", "MISSED"]),
        ({"taken": [FIRST], "ended": True}, ["DONE", "MISSED"]),
        ({"held": SESSIONS[:1], "taken": [FIRST], "planned": 1}, ["DONE", "DUE"]),
        ({"taken": [replace(FIRST, instrument="peg")]}, ["DUE", "LATER"]),
    ],
)
def test_each_instrument_is_due_before_the_first_session_and_at_the_end(how, wanted) -> None:
    assert states(**how) == wanted


def test_all_measures_of_a_regimen_are_due_in_its_order() -> None:
    for regimen in LIBRARY.regimens:
        rows = due(measures=regimen.measures, planned=regimen.course.sessions, held=(), taken=())
        assert rows[0] == Due(regimen.measures[0], Moment.FIRST, State.DUE)
        assert [row.instrument for row in rows[::2]] == list(regimen.measures)


def test_the_rhythm_is_named_as_our_own_choice() -> None:
    assert (RHYTHM.key, RHYTHM.status) == ("project", "D")
    assert RHYTHM.key in LIBRARY.protocols.sources


def test_a_course_without_sessions_is_refused() -> None:
    with pytest.raises(ValueError, match="one session"):
        due(measures=MEASURES, planned=0, held=(), taken=())


# ---- the summary


def whole(library=LIBRARY, given=None):
    speak = library.protocols.language
    instruments = {each.name: each for each in library.instruments}
    claims = [claim for claim in library.claims if claim.folder == "scoliosis"]
    rows = given if given is not None else [Given(at, 30, 25 if at == SESSIONS[2] else 30) for at in SESSIONS[:8]]
    measures = (
        over_time("nrs_pain", (0, 8), (12, 6), (30, 5), instrument=instruments["nrs_pain"]),
        over_time("trunk_rotation", (0, 6), (30, None), instrument=instruments["trunk_rotation"]),
    )
    title = library.regimens[0].title
    return summary(title=title, planned=10, given=rows, measures=measures, claims=claims, language=speak)


def test_a_summary_says_what_was_planned_held_and_measured() -> None:
    found = whole()
    assert found.course == (
        "Planned: 10 sessions. Held: 8.",
        "First session: 2 November 2026. Last session: 23 November 2026.",
        "Minutes of massage in these sessions: 235; planned: 240.",
    )
    assert found.deviations == ("No deviation from the plan was written down.",)
    assert found.reactions == ("No reaction was written down.",)
    assert found.honest == HONEST
    pain, rotation = found.measures
    assert (pain.first, pain.last, pain.direction) == ("8", "5", "lower is better")
    assert (pain.change.direction, pain.change.amount) == ("better", "from 8 to 5: 3 lower")
    assert len(pain.caveats) == 2
    assert (rotation.first, rotation.last, rotation.change) == ("6°", "not known", None)
    assert rotation.no_change == "There are no two numbers to compare."


def test_deviations_and_reactions_are_counted() -> None:
    given = [
        Given(SESSIONS[0], 20, 20, ("A step was skipped.",), ("Dizziness",)),
        Given(SESSIONS[1], 20, 10, ("Stopped early.", "A step was skipped."), ("Dizziness",)),
    ]
    found = whole(given=given[::-1])
    assert found.deviations == ("A step was skipped (2 times).", "Stopped early.")
    assert found.reactions == ("Dizziness (2 times)",)


@pytest.mark.parametrize("code, words", [("uk", "Запаморочення (2 рази)"), ("ru", "Головокружение (2 раза)")])
def test_how_often_is_said_in_the_languages_of_the_house(code: str, words: str) -> None:
    there = speak(LIBRARY, code)
    dizzy = there.protocols.vocabulary.term("reactions", "dizzy")
    given = [Given(at, 20, 20, ("Broken off.",), (dizzy,)) for at in SESSIONS[:2]]
    assert whole(there, given).reactions == (words,)


def test_a_course_of_which_nothing_was_held_says_so_and_no_more() -> None:
    found = whole(given=[])
    assert found.course == ("Planned: 10 sessions. None was held.",)
    assert found.deviations == found.reactions == ()


def test_every_hope_stands_with_its_grade_beside_the_measure_or_apart() -> None:
    found = whole()
    claims = {claim.claim: claim for claim in LIBRARY.claims if claim.folder == "scoliosis"}
    pain, rotation = found.measures
    assert {hope.claim for hope in rotation.hopes} == {"Massage reduces or stops the curve"}
    assert {hope.grade for hope in pain.hopes} == {"weak"}
    hopes = [*pain.hopes, *rotation.hopes, *found.other_hopes]
    assert {hope.claim for hope in hopes} == set(claims)
    assert all((hope.grade, hope.say) == (claims[hope.claim].grade, claims[hope.claim].say) for hope in hopes)


def test_minutes_below_none_are_refused() -> None:
    with pytest.raises(ValueError, match="minutes"):
        Given(START, 20, -1)


# ---- the words

SOURCE = Path(__file__).parents[2] / "src" / "effleurage"
OURS = sorted([*(SOURCE / "outcome").glob("*.py"), *(SOURCE / "render").glob("chart*.py")])
CAUSAL = re.compile(
    r"\b(?:because of|thanks to|due to|owing to|on account of|as a result|result(?:s|ed)? (?:of|in|from)|caus\w+|"
    r"effects?|effective\w*|works?|worked|help(?:s|ed|ful)?|led to|leads? to|brought about|achiev\w+|success\w*|"
    r"cur(?:e|es|ed)|heal(?:s|ed)?|reliev\w+|improv\w+|respon(?:d|se)\w*|makes?|made)\b",
    re.IGNORECASE,
)


@cache
def sentences() -> dict[str, str]:
    return {text: path.name for path in OURS for text in _in_code(ast.parse(path.read_text("utf-8")))}


def test_no_sentence_says_that_anything_came_of_anything() -> None:
    assert len(sentences()) > 60
    assert {text: name for text, name in sentences().items() if CAUSAL.search(text)} == {}


@pytest.mark.parametrize("text", ["Better because of it.", "The massage helped.", "It works.", "an effect of massage"])
def test_the_search_for_causes_finds_them(text) -> None:
    assert CAUSAL.search(text)


def test_sentences_are_short_enough_to_be_read() -> None:
    assert [text for text in sentences() for part in re.split(r"[.:;] ?", text) if len(part.split()) > 20] == []


def english_left(values) -> list[str]:
    return [text for text in values if re.search(r"[A-Za-z]{3,}", text.replace("FARRAR", ""))]


def test_the_summary_of_the_made_up_language_holds_no_english() -> None:
    found = whole(OTHER)
    assert found.honest != HONEST
    said_words = [found.title, *found.course, *found.deviations, *found.reactions, found.honest]
    for each in found.measures:
        said_words += [each.title, each.measures, each.direction, each.first, each.last, each.no_change, *each.caveats]
        said_words += [hope.say for hope in each.hopes]
        if each.change:
            said_words += [each.change.direction, each.change.amount, each.change.why]
            said_words += [text for row in each.change.yardsticks for text in (row.what, row.amount)]
    assert english_left(said_words) == []
    assert ENGLISH.is_english
