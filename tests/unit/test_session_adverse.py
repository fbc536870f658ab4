"""Harm is noticed: its grades, the clinic's limit, and what a late report means, whoever makes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effleurage.errors import InputError
from effleurage.protocol.lattice import Verdict
from effleurage.session.adverse import (
    GRADES,
    Grade,
    Reported,
    StopLimit,
    count,
    meaning_of_reaction,
    meaning_of_stop,
    stops,
)
from tests.session_table import PROTOCOLS, WORDS

REACTIONS = {term.name: term for term in WORDS.reactions}
STOPS = {term.name: term for term in WORDS.stop_rules}
NOW_RANK = WORDS.urgencies[-1].name


def reported(protocol: str, *grades: Grade | None) -> list[Reported]:
    return [Reported(protocol, grade) for grade in grades]


def test_each_grade_has_words_and_a_source_that_the_content_knows():
    assert set(GRADES) == set(Grade)
    for grade in Grade:
        assert grade.words
        assert grade.means
        assert GRADES[grade].source in PROTOCOLS.sources


@pytest.mark.hazard("H30")
def test_a_protocol_stops_when_it_exceeds_the_clinics_limit_and_not_before():
    limit = [StopLimit(Grade.MODERATE, 2)]
    two = reported("osteoporosis", Grade.MODERATE, Grade.MAJOR, Grade.MILD, Grade.MILD)
    assert stops(two, limit) == ()
    assert stops([*two, *reported("scoliosis", Grade.MAJOR)], limit) == ()
    assert stops([*two, *reported("osteoporosis", Grade.MODERATE)], limit) == ("osteoporosis",)


@pytest.mark.hazard("H30")
def test_an_event_that_nobody_has_graded_counts_as_grave():
    assert stops(reported("scoliosis", None), [StopLimit(Grade.MAJOR, 0)]) == ("scoliosis",)
    assert count(reported("scoliosis", None, Grade.MILD), protocol="scoliosis", grade=Grade.MAJOR) == 1


def test_without_a_limit_nothing_stops_and_without_events_neither():
    assert stops(reported("scoliosis", *[Grade.MAJOR] * 50), []) == ()
    assert stops([], [StopLimit(Grade.MILD, 0)]) == ()
    with pytest.raises(ValueError, match="0 or more"):
        StopLimit(Grade.MILD, -1)


EVENTS = st.lists(
    st.builds(Reported, st.sampled_from(["one", "two", "three"]), st.none() | st.sampled_from(list(Grade))), max_size=12
)
LIMITS = st.lists(st.builds(StopLimit, st.sampled_from(list(Grade)), st.integers(0, 4)), max_size=3)


@given(EVENTS, EVENTS, LIMITS, LIMITS)
@pytest.mark.hazard("H30")
def test_one_more_event_or_limit_never_lets_a_protocol_go_on(some, more, limits, others):
    stopped = set(stops(some, limits))
    assert stopped <= set(stops([*some, *more], limits))
    assert stopped <= set(stops(some, [*limits, *others]))
    assert stops([*some, *more], limits) == stops([*more, *some], limits)


@pytest.mark.hazard("H30")
@pytest.mark.parametrize("days", [0, 1, 3, 30])
def test_weakness_of_the_legs_is_an_emergency_on_any_day(days):
    found = meaning_of_reaction("new_weakness", days=days, vocabulary=WORDS)
    assert (found.verdict, found.emergency, found.locks) == (Verdict.EMERGENCY, True, True)
    assert [(target.name, urgency.name) for target, urgency in found.refer] == [("emergency_department", "immediately")]


@pytest.mark.parametrize("days", [0, 3])
@pytest.mark.parametrize("name", REACTIONS)
@pytest.mark.hazard("H30")
def test_a_reaction_means_what_the_content_says(name, days):
    term, found = REACTIONS[name], meaning_of_reaction(name, days=days, vocabulary=WORDS)
    assert found.locks is (term.get("next") == "lock")
    assert found.emergency is (NOW_RANK in term.get("refer"))
    assert not found.locks or found.verdict >= Verdict.WITHHOLD
    assert bool(found.refer) is bool(term.get("refer"))
    if term.get("next") == "grow":
        assert found.verdict is Verdict.GO
    if term.get("next") == "step_back":
        assert found.verdict is Verdict.MODIFIED


@pytest.mark.parametrize("name", STOPS)
@pytest.mark.hazard("H30")
def test_a_stop_rule_means_what_the_content_says(name):
    found = meaning_of_stop(name, vocabulary=WORDS)
    assert found.locks is (STOPS[name].get("alarming") == "yes")
    assert found.emergency is (NOW_RANK in STOPS[name].get("refer"))
    assert (found.verdict >= Verdict.WITHHOLD) is found.locks


def test_what_nobody_knows_is_refused_in_words():
    with pytest.raises(InputError, match="not a known reaction"):
        meaning_of_reaction("new_weaknes", days=3, vocabulary=WORDS)
    with pytest.raises(InputError, match="Did you mean 'crack'"):
        meaning_of_stop("cracks", vocabulary=WORDS)
    with pytest.raises(InputError, match="before the session"):
        meaning_of_reaction("none", days=-1, vocabulary=WORDS)
