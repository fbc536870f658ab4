"""Too strict is a fault, and so is too lax: what whole patients get, from somebody unknown to a healthy adult with a
curve.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from effleurage.decision.decide import decide
from effleurage.facts.answers import Answer, Intake, Items
from effleurage.facts.derive import derive
from effleurage.facts.kinds import Bad, Kind
from effleurage.pathway import plan_for
from effleurage.plan.plan import plan
from effleurage.protocol.evaluate import truth
from effleurage.protocol.lattice import Verdict
from effleurage.protocol.nodes import ALWAYS
from tests.agreement.patients import NOW, content

LIBRARY = content()
PROTOCOLS = LIBRARY.protocols
TABLE = PROTOCOLS.facts
WORDS = PROTOCOLS.vocabulary
CASES = {case.name: case for case in LIBRARY.cases}
HEALTHY = CASES["A healthy adult of 41 gets the whole baseline and nothing is refused"].intake
CURVES = ("cervical", "thoracic", "thoracolumbar", "lumbar", "sacral")


def with_answers(intake: Intake, **values) -> Intake:
    for name, value in values.items():
        intake = intake.with_answer(name, None if value is None else Answer(value, NOW, "patient"))
    return intake


def planned(intake, on=NOW):
    return plan_for(intake=intake, library=LIBRARY, on=on)


@pytest.mark.hazard("H04")
def test_nobody_is_treated_of_whom_nothing_is_known():
    made = planned(Intake("nobody", NOW))
    assert made.decision.verdict not in (Verdict.GO, Verdict.MODIFIED)
    assert not made.decision.may_treat
    assert made.available == ()


def test_a_healthy_adult_may_be_treated():
    decision = planned(HEALTHY).decision
    assert decision.may_treat
    assert decision.settled


def meant(step, facts) -> bool:
    """Whether a step is meant for somebody, as content writes it."""
    return (step.when is None or truth(step.when, facts) is True) and (
        step.unless is None or truth(step.unless, facts) is not True
    )


# A curve to the left at chest level is unusual, and a doctor looks first: SCO-S5-LEFT-THORACIC.
@pytest.mark.parametrize(
    "part, side",
    [(part, side) for part in CURVES for side in ("left", "right") if (part, side) != ("thoracic", "left")],
)
def test_a_mild_stable_curve_with_no_flag_gets_the_whole_regimen(part, side):
    made = planned(
        with_answers(
            HEALTHY, scoliosis=True, cobb_angle=150 if TABLE["cobb_angle"].decimals else 15, **{f"curve_{part}": side}
        )
    )
    regimen = next(each for each in made.available if each.regimen.id == f"scoliosis-{part}")
    assert made.decision.verdict <= Verdict.MODIFIED
    assert [step.id for step in regimen.steps] == [
        step.id for step in regimen.regimen.steps if meant(step, made.decision.facts)
    ]
    assert [
        cut.words
        for cut in regimen.cuts
        if cut.kind in ("region", "position", "technique", "minutes", "side", "spacing")
    ] == []
    assert max(regimen.minutes) == 40


@pytest.mark.parametrize("regimen", LIBRARY.regimens, ids=[regimen.id for regimen in LIBRARY.regimens])
def test_a_healthy_adult_would_get_every_step_of_every_regimen(regimen):
    """As if it were offered: nothing in what holds for everyone closes a step."""
    curves = {f"curve_{part}": "right" for part in CURVES if regimen.id == f"scoliosis-{part}"}
    intake = with_answers(HEALTHY, **curves, **({"scoliosis": True} if curves else {}))
    decision = decide(facts=derive(intake=intake, table=TABLE, on=NOW), protocols=PROTOCOLS)
    made = next(each for each in plan(decision=decision, regimens=[replace(regimen, offered=ALWAYS)]).regimens)
    assert [step.id for step in made.steps] == [step.id for step in regimen.steps if meant(step, decision.facts)]
    assert [cut.words for cut in made.cuts if cut.kind in ("region", "position", "technique", "minutes", "side")] == []


def test_a_fusion_healed_and_cleared_gets_massage_around_it():
    name = next(name for name in CASES if "fusion" in name.lower() and "cleared" in name.lower())
    made = planned(CASES[name].intake, CASES[name].on)
    assert made.decision.may_treat
    assert made.available
    assert all(each.steps for each in made.available)


@pytest.mark.parametrize("regimen", LIBRARY.regimens, ids=[regimen.id for regimen in LIBRARY.regimens])
def test_fifteen_minutes_for_the_first_two_or_three_sessions_then_growing(regimen):
    """To 40 with traditional and Swedish massage; reflex massage has its own shorter sessions."""
    minutes = regimen.minutes
    assert list(minutes) == sorted(minutes)
    assert minutes.count(15) in (2, 3)
    assert minutes[:2] == (15, 15)
    assert minutes[-1] == 40 if regimen.type in ("traditional", "swedish") else 30 <= minutes[-1] <= 40


@pytest.mark.parametrize("regimen", LIBRARY.regimens, ids=[regimen.id for regimen in LIBRARY.regimens])
def test_smooth_first_and_deeper_later(regimen):
    assert all(list(step.pressure) == sorted(step.pressure) for step in regimen.steps)
    assert regimen.steps[0].technique == "effleurage"
    assert all(step.pressure[0] <= 2 for step in regimen.steps)


FLAGS = [fact.name for fact in TABLE.facts if fact.batch in ("emergency", "red_flags") and fact.bad is Bad.YES]


@pytest.mark.hazard("H06")
@pytest.mark.parametrize("flag", FLAGS)
def test_every_red_flag_alone_stops_the_plan(flag):
    made = planned(with_answers(HEALTHY, **{flag: True}))
    assert made.available == (), flag
    assert made.referrals, flag
    assert made.referrals[0].certain, flag


@pytest.mark.hazard("H06")
@pytest.mark.parametrize("flag", FLAGS)
def test_a_red_flag_that_was_not_answered_stops_the_plan_as_well(flag):
    assert planned(with_answers(HEALTHY, **{flag: None})).available == (), flag


@pytest.mark.hazard("H03")
@pytest.mark.parametrize("days", [89, 90, 91, 365])
def test_an_old_intake_is_no_licence(days):
    """The flags of the day are good for a day: whoever answered earlier is asked again before anybody touches."""
    made = planned(HEALTHY, HEALTHY.on + timedelta(days=days))
    assert made.available == ()
    assert made.decision.facts.stale


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("flag", FLAGS)
def test_news_in_the_middle_of_a_session_closes_what_was_open(flag):
    assert planned(HEALTHY).decision.may_treat
    assert not planned(with_answers(HEALTHY, **{flag: True})).decision.may_treat


TABLE_POSITIONS = ("prone", "supine", "side_lying")


@pytest.mark.hazard("H11")
@pytest.mark.parametrize("minutes, lies", [(0, False), (1, False), (29, False), (30, True), (31, True)])
def test_nobody_lies_down_within_half_an_hour_of_alendronic_acid(minutes, lies):
    answers = {
        "medicines": Items(("alendronic_acid",), complete=True),
        "takes_oral_bisphosphonate": True,
        "takes_bone_medicine": True,
        "bone_tablet_taken_at": NOW - timedelta(minutes=minutes),
        "fasting_since_bone_tablet": False,
    }
    decision = planned(with_answers(HEALTHY, **answers)).decision
    closed = [position for position in TABLE_POSITIONS if position in decision.limits.positions]
    assert (closed == []) is lies, closed
    if not lies:
        assert closed == list(TABLE_POSITIONS)


@pytest.mark.hazard("H26")
@pytest.mark.parametrize(
    "born, day, minor",
    [
        ((2008, 11, 22), (2026, 11, 21), True),
        ((2008, 11, 22), (2026, 11, 22), False),
        ((2008, 2, 29), (2026, 2, 28), True),
        ((2008, 2, 29), (2026, 3, 1), False),
        ((2004, 2, 29), (2022, 2, 28), True),
    ],
)
def test_a_minor_needs_a_guardian_until_the_eighteenth_birthday(born, day, minor):
    on = NOW.replace(year=day[0], month=day[1], day=day[2])
    answers = {
        name: Answer(answer.value, on, answer.origin)
        for name, answer in HEALTHY.answers.items()
        if TABLE[name].kind is not Kind.DATE
    }
    answers["birth_date"] = Answer(NOW.replace(year=born[0], month=born[1], day=born[2], hour=0), on, "patient")
    made = planned(Intake("a birthday", on, answers), on)
    assert made.decision.may_treat is not minor
    assert ("guardian_present" in made.decision.limits.consents) is minor


@pytest.mark.hazard("H26")
def test_a_consent_taken_back_stops_at_once():
    assert not planned(with_answers(HEALTHY, can_give_consent=False)).decision.may_treat
