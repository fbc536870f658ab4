"""The session's script: its seconds, its turns, its dose, and when there is none."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effleurage.errors import InputError
from effleurage.pathway import plan_for
from effleurage.plan.script import Last, next_dose, script, shared, technique_words
from tests.agreement.patients import FULL, NOW, Intakes, content

LIBRARY = content()
WORDS = LIBRARY.protocols.vocabulary
REACTIONS = {term.name: term.get("next") for term in WORDS.reactions}


def treatable(count, seed):
    """Plans that leave something to do."""
    intakes = Intakes(LIBRARY.protocols, random.Random(seed), moods=FULL)
    found = []
    while len(found) < count:
        made = plan_for(intake=intakes.intake(), library=LIBRARY, on=NOW)
        found += [made] if made.available else []
    return found


def borne_well(plan, planned, session):
    """Session `session` of a course in which every session before was borne without a reaction."""
    return script(plan=plan, planned=planned, session=session, last=Last(session - 1, "none") if session > 1 else None)


@pytest.fixture(scope="module")
def made():
    return treatable(12, 1)


@pytest.fixture
def one(made):
    return made[0], made[0].available[0]


def test_the_seconds_are_just_the_minutes_without_a_gap(made):
    for plan in made:
        for planned in plan.available:
            for session in (1, 2, 4, planned.course.sessions):
                found = script(plan=plan, planned=planned, session=session)
                assert sum(moment.seconds for moment in found.moments) == found.minutes * 60
                assert found.moments[0].start == 0
                assert all(moment.seconds > 0 for moment in found.moments)
                assert all(first.start + first.seconds == then.start for first, then in pairwise(found.moments))
                assert found.minutes == planned.minutes_at(found.dose) <= plan.decision.limits.minutes


def test_every_change_of_posture_is_a_turn_and_no_other_moment_is(made):
    for plan in made:
        for planned in plan.available:
            moments = script(plan=plan, planned=planned, session=1).moments
            postures = [(moment.position, moment.lying) for moment in moments]
            for (first, before), (then, after) in pairwise(zip(moments, postures, strict=True)):
                assert (before != after) is (then.kind == "turn")
                assert not (first.kind == then.kind == "turn")
            assert moments[0].kind == moments[-1].kind == "step"
            titles = dict.fromkeys(moment.title for moment in moments if moment.kind == "step")
            assert list(titles) == list(dict.fromkeys(step.title for step in planned.steps))


@pytest.mark.hazard("H17")
def test_lying_on_one_side_only_the_other_side_and_the_middle_are_touched(made, protocols):
    words, seen = protocols.vocabulary, set()
    for plan in made:
        for planned in plan.available:
            touched = []
            for moment in script(plan=plan, planned=planned, session=1).moments:
                sides = {words.region(touch.region).side for touch, _ in moment.touches}
                touched += [(moment.title, touch.region) for touch, _ in moment.touches]
                assert bool(moment.lying) is (
                    moment.position == "side_lying" and bool(sides - {"midline"} or moment.lying)
                )
                assert moment.lying not in sides
                seen.add(moment.lying)
            assert sorted(touched) == sorted(
                (step.title, touch.region) for step in planned.steps for touch in step.touches
            )
    assert {"", "left", "right"} <= seen


@pytest.mark.hazard("H09")
def test_no_touch_of_any_session_is_above_the_ceiling(made):
    for plan in made:
        for planned in plan.available:
            for session in range(1, planned.course.sessions + 1):
                for moment in borne_well(plan, planned, session).moments:
                    assert all(level <= plan.decision.limits.ceiling(touch.region) for touch, level in moment.touches)


def test_the_dose_grows_by_a_step_a_session_and_never_falls_by_itself(one):
    plan, planned = one
    scripts = [borne_well(plan, planned, session) for session in range(1, planned.course.sessions + 1)]
    assert [each.dose for each in scripts] == list(range(1, planned.course.sessions + 1))
    assert all(a.minutes <= b.minutes for a, b in pairwise(scripts))
    levels = [max(level for moment in each.moments for _, level in moment.touches) for each in scripts]
    assert levels == sorted(levels)


@pytest.mark.hazard("H04")
def test_where_nothing_is_known_of_the_last_session_the_dose_is_that_of_the_first(one):
    plan, planned = one
    found = script(plan=plan, planned=planned, session=5)
    assert (found.dose, found.minutes) == (1, planned.minutes_at(1))
    assert "nothing is known" in found.why


def test_a_locked_course_gives_no_dose_to_go_on_from():
    with pytest.raises(ValueError, match="locked"):
        Last(0, "none")


@pytest.mark.parametrize("reaction", REACTIONS)
def test_a_dose_reported_too_high_gives_no_more_than_the_session_before(one, reaction):
    plan, planned = one
    told, true = (script(plan=plan, planned=planned, session=2, last=Last(dose, reaction)) for dose in (9, 1))
    assert told.dose == true.dose <= 2


@pytest.mark.parametrize("reaction", REACTIONS)
def test_each_reaction_does_what_the_content_says(one, reaction):
    plan, planned = one
    found = script(plan=plan, planned=planned, session=4, last=Last(3, reaction))
    assert found.dose == {"grow": 4, "hold": 3, "step_back": 2, "lock": 0}[REACTIONS[reaction]]
    assert found.locked is (REACTIONS[reaction] == "lock")
    assert found.why


@pytest.mark.hazard("H30")
@pytest.mark.parametrize("reaction", [name for name, step in REACTIONS.items() if step == "lock"])
def test_an_alarming_reaction_locks_the_course_and_names_whom_to_see(one, reaction):
    plan, planned = one
    found = script(plan=plan, planned=planned, session=2, last=Last(1, reaction))
    assert found.locked
    assert (found.moments, found.minutes, found.dose) == ((), 0, 0)
    assert found.refer


def test_the_first_dose_cannot_step_back_and_none_is_ahead_of_its_session():
    assert next_dose(session=2, last=Last(1, "bruise"), vocabulary=WORDS)[0] == 1
    assert next_dose(session=3, last=Last(3, "none"), vocabulary=WORDS)[0] == 3


@pytest.mark.parametrize("session", [0, -1, 999])
def test_a_session_outside_the_course_is_refused(one, session):
    with pytest.raises(InputError, match="there is no number"):
        script(plan=one[0], planned=one[1], session=session)


def test_a_reaction_that_nobody_knows_is_refused(one):
    with pytest.raises(InputError, match="'bruised' is not a known reaction"):
        script(plan=one[0], planned=one[1], session=2, last=Last(1, "bruised"))


@pytest.mark.hazard("H09")
def test_a_regimen_of_a_plan_that_does_not_treat_has_no_script():
    intakes = Intakes(LIBRARY.protocols, random.Random(5))
    for _ in range(60):
        made = plan_for(intake=intakes.intake(), library=LIBRARY, on=NOW)
        for planned in made.regimens:
            if planned not in made.available:
                with pytest.raises(InputError, match="leave nothing"):
                    script(plan=made, planned=planned, session=1)


def test_checks_and_stop_rules_are_those_of_the_limits(made):
    for plan in made:
        found = script(plan=plan, planned=plan.available[0], session=1)
        limits = plan.decision.limits
        assert {term.name for term in found.stop_rules} == set(limits.stop)
        timed = {term.name for term in (*found.before, *found.during, *found.after, *found.follow_up)}
        timed |= {name for moment in found.moments for name in moment.checks}
        assert timed == set(limits.checks)


@given(st.integers(60, 4000), st.lists(st.integers(1, 40), min_size=1, max_size=15))
def test_shares_sum_to_the_whole_and_each_is_within_a_second_of_its_part(seconds, shares):
    lengths = shared(seconds, shares)
    assert sum(lengths) == seconds
    assert all(abs(length - seconds * share / sum(shares)) <= 1 for length, share in zip(lengths, shares, strict=True))


def manners(regimen):
    """What content says of each technique of each step: the rhythm is that of the step's own."""
    own = {step.title: step for step in regimen.steps}
    return lambda moment, technique: (
        own[moment.title].rhythm
        if technique == own[moment.title].technique
        else f"{WORDS.term('techniques', technique)} instead of "
        f"{WORDS.term('techniques', own[moment.title].technique)}: {WORDS.terms[f'techniques.{technique}'].means}"
    )


def test_a_substitute_is_not_done_in_the_rhythm_of_the_technique_that_it_stands_for(made):
    """Skin traction is closed, hands stroke: then nobody may read of slow pulls of the finger pads."""
    replaced = 0
    for plan in made:
        for planned in plan.available:
            told = manners(planned.regimen)
            for moment in script(plan=plan, planned=planned, session=1).moments:
                used = {touch.technique for touch, _ in moment.touches}
                orders = permutations(told(moment, each) for each in used)
                assert moment.rhythm in {" ".join(order) for order in orders}
                replaced += "instead of" in moment.rhythm
    assert replaced > 20


def test_a_feeling_of_one_technique_is_expected_only_where_hands_use_it(made):
    seen = set()
    for plan in made:
        for planned in plan.available:
            found = script(plan=plan, planned=planned, session=1)
            used = {touch.technique for moment in found.moments for touch, _ in moment.touches}
            names = [term.name for term in found.expected]
            cutting = {"light_cutting"} if "connective_tissue_strokes" not in used else set()
            assert sorted(names) == sorted(set(planned.regimen.sensations) - cutting)
            if "light_cutting" in planned.regimen.sensations:
                seen.add("light_cutting" in names)
    assert seen == {True, False}


def test_where_a_step_has_several_techniques_each_stands_with_its_regions(one):
    """No rule of today's content closes a technique in one region of a step only; the next one may."""
    plan, planned = one
    moment = next(each for each in script(plan=plan, planned=planned, session=1).moments if len(each.touches) > 1)
    (first, level), (second, _), *_ = moment.touches
    several = replace(moment, touches=((first, level), (replace(second, technique="holding"), level)))
    where = [WORDS.region(touch.region).words for touch in (first, second)]
    whole = WORDS.term("techniques", first.technique)
    assert technique_words(moment, WORDS) == whole
    assert technique_words(several, WORDS) == f"{whole}: {where[0]}; Holding: {where[1]}"
    assert several.rhythm.startswith(moment.rhythm)
    assert "Holding instead of" in several.rhythm
