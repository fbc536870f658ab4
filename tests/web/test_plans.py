"""From a decision to a signed plan, and what makes it unusable."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from clinic.accounts.models import Role
from clinic.actions.answer_questions import answer_questions, correct_fact
from clinic.actions.plan_treatment import choose_plan, lock_plan, release_plan, sign_plan
from clinic.actions.policies import why_not_use
from clinic.actions.set_aside import agree, set_aside, take_back
from clinic.records.facts import local
from clinic.records.journal import verify
from clinic.records.models import Patient, PatientState, PlanLock, TreatmentPlan
from clinic.records.replay import replay
from clinic.records.standing import PlanState, Standing, standing
from effleurage.decision.aside import Hold, hold
from effleurage.errors import InputError
from effleurage.facts.answers import Answer
from effleurage.facts.read_intake import read_intake_file
from effleurage.protocol.lattice import Verdict
from tests.web.conftest import NOW, House

EXAMPLES = Path(__file__).parents[2] / "examples"


def answered(house: House, example: str) -> tuple[Patient, Standing]:
    """A patient who said what an example says, today."""
    patient = house.patient()
    on = local(NOW, house.location.zone)
    table = standing(patient, now=NOW).library.protocols.facts
    intake = read_intake_file(EXAMPLES / example, table, on=on + timedelta(days=400))
    answers = {
        name: Answer(answer.value, on, answer.origin) for name, answer in intake.answers.items() if name != "birth_date"
    }
    found = answer_questions(house.doing(Role.THERAPIST), public=patient.public, answers=answers)
    assert found is not None
    return patient, found


def signed(house: House, example: str = "mild-scoliosis.yaml") -> tuple[Patient, TreatmentPlan]:
    patient, found = answered(house, example)
    doing = house.doing(Role.THERAPIST, fresh=True)
    made = choose_plan(doing, public=patient.public, regimen=found.plan.available[0].regimen.id)
    sign_plan(doing, public=patient.public, plan=made.public)
    return patient, made


def test_a_plan_is_chosen_signed_and_comes_out_the_same_byte_for_byte(house: House) -> None:
    patient, made = signed(house)
    now = standing(patient, now=NOW)
    assert now.plan_state is PlanState.SIGNED
    assert list(replay()) == []
    assert verify() == []
    assert made.document_hash == made.signature.document_hash


def test_a_plan_cannot_be_signed_without_signing_in_again(house: House) -> None:
    patient, found = answered(house, "mild-scoliosis.yaml")
    made = choose_plan(house.doing(Role.THERAPIST), public=patient.public, regimen=found.plan.available[0].regimen.id)
    with pytest.raises(InputError, match="sign in again"):
        sign_plan(house.doing(Role.THERAPIST), public=patient.public, plan=made.public)


@pytest.mark.hazard("H14")
def test_a_plan_cannot_be_signed_after_a_competence_has_run_out(house: House) -> None:
    patient, found = answered(house, "mild-scoliosis.yaml")
    doing = house.doing(Role.THERAPIST, fresh=True)
    made = choose_plan(doing, public=patient.public, regimen=found.plan.available[0].regimen.id)
    house.people[Role.THERAPIST].competences.update(until=local(NOW, house.location.zone).date() - timedelta(days=1))
    with pytest.raises(InputError, match="training"):
        sign_plan(doing, public=patient.public, plan=made.public)
    house.people[Role.THERAPIST].competences.update(until=local(NOW, house.location.zone).date())
    sign_plan(doing, public=patient.public, plan=made.public)


def test_a_plan_without_the_patients_consent_cannot_be_used(house: House) -> None:
    patient, _ = signed(house)
    assert any("Not agreed" in reason for reason in why_not_use(standing(patient, now=NOW)))


@pytest.mark.hazard("H10")
def test_a_new_red_flag_locks_the_plan_in_the_same_act(house: House) -> None:
    patient, made = signed(house)
    before = standing(patient, now=NOW)
    withhold = next(
        rule
        for rule in before.library.protocols.rules
        if rule.limit.verdict is Verdict.WITHHOLD and before.library.protocols.facts.by_name.get(rule.text)
    )
    answer = Answer(True, before.on, "patient")
    correct_fact(
        house.doing(Role.THERAPIST), public=patient.public, name=withhold.text, answer=answer, why="Told today."
    )
    assert standing(patient, now=NOW).plan_state is PlanState.LOCKED
    assert PlanLock.objects.get(plan=made).kind == PlanLock.Kind.NEW_FACT
    with pytest.raises(InputError, match=r"stays|no longer"):
        release_plan(
            house.doing(Role.CLINICAL_LEAD), public=patient.public, plan=made.public, reason="I think it is fine again."
        )


def test_old_answers_alone_do_not_make_a_plan_outdated_but_it_cannot_be_used(house: House) -> None:
    patient, _ = signed(house)
    later = standing(patient, now=NOW + timedelta(days=3))
    assert later.plan_state is PlanState.SIGNED
    assert any("questions are open" in reason for reason in why_not_use(later))


def test_a_clinician_locks_a_plan_and_the_lead_releases_it(house: House) -> None:
    patient, made = signed(house)
    lock_plan(house.doing(Role.THERAPIST), public=patient.public, plan=made.public, reason="Fever since this morning.")
    assert standing(patient, now=NOW).plan_state is PlanState.LOCKED
    release_plan(
        house.doing(Role.CLINICAL_LEAD), public=patient.public, plan=made.public, reason="No fever, seen by the doctor."
    )
    assert standing(patient, now=NOW).plan_state is PlanState.SIGNED
    assert verify() == []


def soft_and_hard(found: Standing) -> dict[Hold, list[str]]:
    rules: dict[Hold, list[str]] = {}
    for rule in found.decision.holding:
        rules.setdefault(hold(rule), []).append(rule.id)
    return rules


@pytest.mark.hazard("H12")
@pytest.mark.parametrize("text", ["", "ok", "..................", "aaaaaaaaaaaaaaaaaaaaa", "ok ok ok ok ok ok ok"])
def test_a_rule_is_not_set_aside_without_a_reason_that_says_something(house: House, text: str) -> None:
    patient, found = answered(house, "both-conditions.yaml")
    rule = soft_and_hard(found)[Hold.SOFT][0]
    with pytest.raises(InputError, match="too short"):
        set_aside(house.doing(Role.THERAPIST), public=patient.public, rule=rule, reason="examined", text=text)


def test_a_soft_rule_set_aside_counts_until_it_is_taken_back_or_its_facts_change(house: House) -> None:
    patient, found = answered(house, "both-conditions.yaml")
    doing = house.doing(Role.THERAPIST)
    rule = soft_and_hard(found)[Hold.SOFT][0]
    made = set_aside(
        doing,
        public=patient.public,
        rule=rule,
        reason="doctor_agreed",
        text="Letter of the rheumatologist, 20 November.",
    )
    assert rule in standing(patient, now=NOW).decision.aside
    take_back(doing, public=patient.public, override=made.public, text="The letter was about somebody else.")
    assert standing(patient, now=NOW).decision.aside == ()
    assert verify() == []


@pytest.mark.hazard("H12")
def test_a_hard_stop_needs_a_second_person_who_is_somebody_else(house: House) -> None:
    patient = house.patient()
    before = standing(patient, now=NOW)
    rule = next(
        rule
        for rule in before.library.protocols.rules
        if rule.limit.verdict is Verdict.WITHHOLD and before.library.protocols.facts.by_name.get(rule.text)
    )
    answer_questions(
        house.doing(Role.THERAPIST), public=patient.public, answers={rule.text: Answer(True, before.on, "patient")}
    )
    text = "Looked at by the doctor this morning, all clear."
    made = set_aside(house.doing(Role.THERAPIST), public=patient.public, rule=rule.id, reason="examined", text=text)
    assert standing(patient, now=NOW).decision.aside == ()
    with pytest.raises(InputError, match="somebody else"):
        agree(house.doing(Role.THERAPIST), public=patient.public, override=made.public, text=text)
    agree(house.doing(Role.CLINICAL_LEAD), public=patient.public, override=made.public, text=text)
    assert standing(patient, now=NOW).decision.aside == (rule.id,)


def test_nobody_sets_an_emergency_aside(house: House) -> None:
    patient = house.patient()
    before = standing(patient, now=NOW)
    rule = next(
        rule
        for rule in before.library.protocols.rules
        if rule.limit.verdict is Verdict.EMERGENCY and before.library.protocols.facts.by_name.get(rule.text)
    )
    answer_questions(
        house.doing(Role.THERAPIST), public=patient.public, answers={rule.text: Answer(True, before.on, "patient")}
    )
    with pytest.raises(InputError, match="nothing is set aside"):
        set_aside(
            house.doing(Role.CLINICAL_LEAD), public=patient.public, rule=rule.id, reason="examined",
            text="I know this patient well, it is nothing.",
        )  # fmt: skip


@pytest.mark.hazard("H03")
@pytest.mark.parametrize("days, seconds, usable", [(89, 0, True), (90, 0, True), (90, 1, False), (91, 0, False)])
def test_a_plan_waits_once_what_was_said_at_the_intake_is_older_than_ninety_days(
    house: House, days: int, seconds: int, usable: bool
) -> None:
    """What is asked again at each visit was asked again just now; the rest is as old as the intake."""
    patient, _ = signed(house)
    later = replace(house.doing(Role.THERAPIST), now=NOW + timedelta(days=days, seconds=seconds))
    found = standing(patient, now=later.now)
    table, on = found.library.protocols.facts, local(later.now, house.location.zone)
    again = {
        name: Answer(answer.value, on, answer.origin)
        for name, answer in found.intake.answers.items()
        if (good_for := table[name].stale_days) is not None and good_for < 90
    }
    answer_questions(later, public=patient.public, answers=again)
    reasons = why_not_use(standing(patient, now=later.now))
    assert any("questions are open" in reason for reason in reasons) is not usable, reasons
    state = PatientState.objects.get(patient=patient)
    assert state.may_treat is usable
    assert (state.questions > 0) is not usable
