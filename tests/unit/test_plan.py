"""The plan never goes beyond the limits, and names for each cut the rules that made it."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from effleurage.facts.answers import Answer
from effleurage.pathway import plan_for
from effleurage.plan.plan import plan
from effleurage.protocol.lattice import Verdict
from tests.agreement.patients import FULL, NOW, Intakes, content

LIBRARY = content()
PROTOCOLS = LIBRARY.protocols
WORDS = PROTOCOLS.vocabulary
PAIRS = {"left": "right", "right": "left"}


def plans(count, seed, **more):
    intakes = Intakes(PROTOCOLS, random.Random(seed), **more)
    for _ in range(count):
        intake = intakes.intake()
        yield intake, plan_for(intake=intake, library=LIBRARY, on=NOW)


def check(made, planned):
    """Everything that must hold of one planned regimen."""
    limits, source = made.decision.limits, planned.regimen
    order = [step.id for step in source.steps]
    assert [order.index(step.id) for step in planned.steps] == sorted(order.index(step.id) for step in planned.steps)
    assert all(minutes <= limits.minutes for minutes in planned.minutes)
    assert all(one <= other for one, other in zip(planned.minutes, source.minutes, strict=True))
    assert planned.course.spacing_days >= max(limits.spacing_days, source.course.spacing_days)
    assert planned.course.sessions == source.course.sessions
    for step in planned.steps:
        meant = source.steps[order.index(step.id)]
        assert step.share == meant.share
        assert step.position not in limits.positions
        assert step.position in (meant.position, *meant.otherwise)
        assert step.touches
        for touch in step.touches:
            assert WORDS.region(touch.region).base in {
                WORDS.region(one).base for base in meant.regions for one in WORDS.regions_of(base)
            }
            assert limits.allows(touch.technique, touch.region)
            assert touch.technique in (meant.technique, *meant.instead)
            assert all(1 <= level <= limits.ceiling(touch.region) for level in touch.pressure)
            assert all(level <= intended for level, intended in zip(touch.pressure, meant.pressure, strict=True))


@pytest.mark.hazard("H09")
@pytest.mark.parametrize("shard", range(4))
def test_nothing_of_any_plan_goes_beyond_the_limits(shard):
    for _, made in [*plans(60, 100 + shard), *plans(40, 200 + shard, moods=FULL)]:
        for planned in made.regimens:
            check(made, planned)
        if made.decision.limits.verdict > Verdict.MODIFIED:
            assert made.available == ()


@pytest.mark.parametrize("shard", range(2))
def test_every_cut_names_rules_that_apply_and_that_make_it(shard):
    seen = set()
    for _, made in [*plans(40, 300 + shard), *plans(40, 400 + shard, moods=FULL)]:
        applying = {rule.id for rule in (*made.decision.holding, *made.decision.open)}
        for planned in made.regimens:
            for cut in planned.cuts:
                seen.add(cut.kind)
                assert set(cut.rules) <= applying
                assert cut.words
                assert cut.rules or cut.kind == "side", cut
                assert all(_takes(PROTOCOLS.by_id[rule].limit, cut, planned) for rule in cut.rules), cut
    assert {"region", "pressure", "technique", "position", "minutes"} <= seen


def _takes(limit, cut, planned) -> bool:
    """Whether the rule alone would have taken something of the kind from this step."""
    step = next((step for step in planned.regimen.steps if step.id == cut.step), None)
    singles = [name for base in step.regions for name in WORDS.regions_of(base)] if step else []
    return {
        "minutes": lambda: limit.minutes < max(planned.regimen.minutes),
        "spacing": lambda: limit.spacing_days > planned.regimen.course.spacing_days,
        "position": lambda: step.position in limit.positions,
        "region": lambda: any(limit.ceiling(region) == 0 for region in singles),
        "pressure": lambda: any(limit.ceiling(region) < max(step.pressure) for region in singles),
        "technique": lambda: any(not limit.allows(step.technique, region) for region in singles),
    }[cut.kind]()


def mirrored(intake):
    """The same patient in a mirror: every choice of a side turned round."""
    for name, answer in list(intake.answers.items()):
        if PROTOCOLS.facts[name].curve and answer.value in PAIRS:
            intake = intake.with_answer(name, Answer(PAIRS[answer.value], answer.on, answer.origin))
    return intake


# A curve to the left at chest level waits for a doctor; here the doctor has looked.
CLEARED = {fact.name: True for fact in PROTOCOLS.facts.facts if fact.name.endswith("clearance_given")}


def curved(**sides):
    """A healthy adult, but for curves; None is a side that nobody has told."""
    intake = next(case.intake for case in LIBRARY.cases if "nothing is refused" in case.name)
    for name, value in {"scoliosis": True, "cobb_angle": 150, **CLEARED, **sides}.items():
        intake = intake.with_answer(name, None if value is None else Answer(value, NOW, "therapist"))
    return intake, plan_for(intake=intake, library=LIBRARY, on=NOW)


CURVES = tuple(fact.name for fact in PROTOCOLS.facts.facts if fact.curve)


@pytest.mark.hazard("H17")
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("side", PAIRS)
def test_mirrored_twice_is_the_same_and_once_swaps_concave_and_convex(curve, side):
    intake, made = curved(**{curve: side})
    assert mirrored(mirrored(intake)).answers[curve].value == side
    other = plan_for(intake=mirrored(intake), library=LIBRARY, on=NOW)
    checked = 0
    for one, two in zip(made.regimens, other.regimens, strict=True):
        for step in (
            step
            for step in one.regimen.steps
            if step.side in ("concave", "convex") and PROTOCOLS.facts[curve].curve == step.curve
        ):
            here, there = (_sides(planned, step.id) - {"midline"} for planned in (one, two))
            assert here <= ({side} if step.side == "convex" else {PAIRS[side]})
            assert there <= ({PAIRS[side]} if step.side == "convex" else {side})
            checked += bool(here and there)
    assert checked


def _sides(planned, step_id):
    return {WORDS.region(touch.region).side for step in planned.steps if step.id == step_id for touch in step.touches}


@pytest.mark.hazard("H17")
@pytest.mark.parametrize("curve", CURVES)
def test_a_side_that_is_not_known_is_not_guessed(curve):
    cuts = [
        (planned, cut) for planned in curved(**{curve: None})[1].regimens for cut in planned.cuts if cut.kind == "side"
    ]
    assert cuts
    assert all(cut.step not in [step.id for step in planned.steps] for planned, cut in cuts)


def test_referrals_come_with_what_is_certain_first_and_the_most_urgent_before_the_others():
    for _, made in plans(60, 20):
        for one, other in pairwise(made.referrals):
            assert (not one.certain, -one.rank) <= (not other.certain, -other.rank)
        assert all(referral.rules for referral in made.referrals)


@pytest.mark.hazard("H07")
def test_a_plan_names_the_hash_of_its_content():
    made = next(plans(1, 21))[1]
    assert made.hash == PROTOCOLS.hash


def test_without_regimens_nothing_is_offered():
    made = next(plans(1, 22))[1]
    assert plan(decision=made.decision, regimens=()).available == ()


def test_a_cut_says_what_is_done_instead_or_that_nothing_is():
    said = set()
    for _, made in plans(25, 23, moods=FULL):
        for planned in made.regimens:
            given = {
                (step.id, WORDS.region(touch.region).words): touch.technique
                for step in planned.steps
                for touch in step.touches
            }
            for cut in (cut for cut in planned.cuts if cut.kind == "technique"):
                where, words = cut.words.split(": ")
                taken = given.get((cut.step, where))
                named = f"{WORDS.term('techniques', taken)} instead of " if taken else "no "
                assert words.startswith(named), cut
                said.add(bool(taken))
    assert True in said


def test_where_no_position_is_open_each_step_is_left_out_once_and_the_positions_are_named():
    flag = next(fact.name for fact in PROTOCOLS.facts.facts if fact.batch)
    closed = curved(**{flag: True})[1]
    assert closed.decision.verdict is Verdict.EMERGENCY
    assert closed.regimens
    for planned in closed.regimens:
        assert not planned.steps
        lost = [cut for cut in planned.cuts if cut.kind == "position"]
        assert lost
        assert len({cut.step for cut in lost}) == len(lost)
        assert all("left out, as neither" in cut.words and "is open." in cut.words and cut.rules for cut in lost)
