"""What remains of a session: never more than either script gives, than the minutes leave, or than was meant to come."""

from __future__ import annotations

import random
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from effleurage.facts.read_intake import read_intake_file
from effleurage.pathway import plan_for
from effleurage.plan.rest import Running, rest, running
from effleurage.plan.script import Last, script
from tests.agreement.patients import NOW, content

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.yaml"))
WORDS = content().protocols.vocabulary
TURN = int(WORDS.turn.get("minutes")) * 60
ROUNDS = 2


@cache
def offers():
    """Every regimen that is open to an example: (plan, its script of the fifth session)."""
    found = []
    for path in EXAMPLES:
        made = plan_for(intake=read_intake_file(path, content().protocols.facts, on=NOW), library=content(), on=NOW)
        for planned in made.available:
            once = script(plan=made, planned=planned, session=5, last=Last(4, "none"))
            found.append((made, running(script=once, planned=planned, words=WORDS)))
    return found


def pairs():
    """A session under way, and the same session under another patient's limits: what the news might leave of it."""
    scripts = [began for _, began in offers()]
    return [(one, other) for one in scripts for other in scripts if one.script.regimen == other.script.regimen]


def so_far(began, rng):
    """What was done when the news came: the first moments, the last of them perhaps in part."""
    seen = rng.randint(0, len(began.script.moments))
    steps = list(zip(began.steps, began.script.moments, strict=True))[:seen]
    places = {(step, touch.region) for step, moment in steps for touch, _ in moment.touches}
    done = {place: int(began.intended[place] * rng.choice((1, 1, rng.random()))) for place in sorted(places)}
    turns = TURN * sum(1 for step, _ in steps if not step)
    return done, sum(done.values()) + turns


def worked(running_):
    return [moment for moment in running_.script.moments if moment.kind == "step"]


@cache
def random_rests():
    return list(_random_rests(random.Random(5)))


def _random_rests(rng):
    for began, now in pairs():
        for _ in range(ROUNDS):
            done, elapsed = so_far(began, rng)
            finished = [place for place in done if rng.random() < 0.2]
            left = rest(began=began, now=now, words=WORDS, done=done, elapsed=elapsed, finished=finished)
            yield began, now, done, elapsed, finished, left


def test_there_are_sessions_to_look_at():
    assert len(offers()) > 20
    assert len(pairs()) > 2 * len(offers())


def test_before_anything_is_done_and_without_news_the_session_is_the_same():
    for _, began in offers():
        assert rest(began=began, now=began, words=WORDS, done={}, elapsed=0) == began


def test_when_all_is_done_nothing_is_left():
    for _, began in offers():
        whole = began.script.minutes * 60
        assert not rest(began=began, now=began, words=WORDS, done=began.intended, elapsed=whole).script.moments
        assert not rest(began=began, now=began, words=WORDS, done={}, elapsed=whole).script.moments
        assert not rest(began=began, now=began, words=WORDS, done={}, elapsed=0, finished=began.intended).script.moments


def test_the_seconds_of_a_moment_are_shared_by_its_touches_without_a_rest():
    for _, began in offers():
        assert sum(began.intended.values()) == sum(moment.seconds for moment in worked(began))


@pytest.mark.hazard("H09")
def test_no_region_gets_more_than_either_script_leaves_it():
    """A second more at most, as seconds are whole and touches share those of their moment evenly."""
    for began, now, done, _, finished, left in random_rests():
        most, before = now.intended, began.intended
        for place, seconds in left.intended.items():
            assert place not in finished
            assert seconds <= min(most[place], before.get(place, most[place])) - done.get(place, 0) + 1


def test_the_minutes_are_never_more_than_the_shorter_script_leaves():
    for began, now, done, elapsed, _, left in random_rests():
        used = max(elapsed, sum(done.values()))
        assert left.seconds <= max(0, min(began.script.minutes, now.script.minutes) * 60 - used)


def test_what_remains_keeps_the_touches_and_levels_of_the_new_script():
    for _, now, _, _, _, left in random_rests():
        allowed = {(step, *each) for step, m in zip(now.steps, now.script.moments, strict=True) for each in m.touches}
        for step, moment in zip(left.steps, left.script.moments, strict=True):
            assert {(step, *each) for each in moment.touches} <= allowed


def test_it_begins_at_zero_and_has_no_gap_and_a_turn_at_each_change_of_posture():
    for *_, left in random_rests():
        moments = left.script.moments
        assert not moments or moments[0].start == 0
        for one, other in pairwise(moments):
            assert one.start + one.seconds == other.start
            assert ((one.position, one.lying) != (other.position, other.lying)) is (other.kind == "turn")
        assert all(moment.seconds == TURN for moment in moments if moment.kind == "turn")
        assert all(moment.seconds > 0 for moment in moments)


def test_a_patient_who_lies_otherwise_is_turned_first():
    _, began = offers()[0]
    first = began.script.moments[0]
    lies = (first.position, first.lying)
    assert rest(began=began, now=began, words=WORDS, done={}, elapsed=0, posture=lies) == began
    turned = rest(began=began, now=began, words=WORDS, done={}, elapsed=0, posture=("seated", "")).script.moments
    assert turned[0].kind == "turn"
    assert (turned[0].position, turned[0].lying, turned[0].seconds) == (*lies, TURN)
    assert sum(moment.seconds for moment in turned) == began.script.minutes * 60


def test_too_little_time_for_a_turn_leaves_out_what_lies_behind_it():
    for _, began in offers():
        last = began.script.minutes * 60 - TURN
        left = rest(began=began, now=began, words=WORDS, done={}, elapsed=last)
        assert left.seconds <= TURN
        assert all(moment.kind == "step" for moment in left.script.moments)


def test_pressure_rises_from_nothing_once_more():
    rises = {term.name for term in WORDS.checks if term.get("moment") == "each_rise"}
    for made, began in offers():
        wanted = rises & made.decision.limits.checks
        rows = worked(began)
        done = {place: n for place, n in began.intended.items() if place[0] == began.steps[0]}
        left = rest(began=began, now=began, words=WORDS, done=done, elapsed=rows[0].seconds)
        if worked(left):
            assert wanted <= set(worked(left)[0].checks)


def test_a_locked_script_leaves_nothing():
    made, began = offers()[0]
    planned = next(each for each in made.available if each.regimen.id == began.script.regimen)
    locked = next(term.name for term in WORDS.reactions if term.get("next") == "lock")
    stopped = script(plan=made, planned=planned, session=5, last=Last(4, locked))
    now = running(script=stopped, planned=planned, words=WORDS)
    assert not rest(began=began, now=now, words=WORDS, done={}, elapsed=0).script.moments


def test_every_moment_needs_its_step():
    _, began = offers()[0]
    with pytest.raises(ValueError, match="one step for each moment"):
        Running(began.script, began.steps[1:])
