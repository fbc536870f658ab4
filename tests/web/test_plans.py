"""From a decision to a signed plan, and what makes it unusable."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from clinic.accounts.models import Role
from clinic.actions.answer_questions import answer_questions, correct_fact
from clinic.actions.plan_treatment import choose_plan, lock_plan, release_plan, sign_plan
from clinic.actions.policies import why_not_use
from clinic.actions.set_aside import agree, set_aside, take_back
from clinic.paper.issued import plan_paper
from clinic.portal.home import counts
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


@pytest.mark.hazard("H10")
def test_a_lock_outlives_a_new_choice_until_the_lead_releases_it(house: House) -> None:
    patient, made = signed(house)
    doing = house.doing(Role.THERAPIST, fresh=True)
    lock_plan(doing, public=patient.public, plan=made.public, reason="Fever since this morning.")
    anew = choose_plan(doing, public=patient.public, regimen=made.regimen)
    assert standing(patient, now=NOW).plan_state is PlanState.LOCKED
    with pytest.raises(InputError, match="locked"):
        sign_plan(doing, public=patient.public, plan=anew.public)
    lead = house.doing(Role.CLINICAL_LEAD)
    for act in (lock_plan, release_plan):
        with pytest.raises(InputError, match="later plan"):
            act(lead, public=patient.public, plan=made.public, reason="No fever, seen by the doctor.")
    release_plan(lead, public=patient.public, plan=anew.public, reason="No fever, seen by the doctor.")
    sign_plan(doing, public=patient.public, plan=anew.public)
    assert standing(patient, now=NOW).plan_state is PlanState.SIGNED


@pytest.mark.hazard("H27")
def test_a_locked_plan_is_printed_as_one_not_to_be_used_and_the_safety_sheet_knows_what_is_new(house: House) -> None:
    patient, made = signed(house)
    before = paper_words(patient, made, "safety")
    told = Answer(True, local(NOW, house.location.zone), "patient")
    correct_fact(house.doing(Role.THERAPIST), public=patient.public, name="feverish", answer=told, why="Told today.")
    for audience in ("therapist", "patient", "safety"):
        words = paper_words(patient, made, audience)
        assert "Not to be used on the day it was printed" in words
        assert "The plan is locked: a new fact" in words
    verdict = standing(patient, now=NOW).plan.verdict.words
    assert verdict in paper_words(patient, made, "safety")
    assert verdict not in before


def paper_words(patient: Patient, made: TreatmentPlan, audience: str) -> str:
    body = plan_paper(standing(patient, now=NOW), made, audience, NOW).content
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(body)).pages)


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
    denied = {rule.text: Answer(False, before.on, "therapist")}
    answer_questions(house.doing(Role.THERAPIST), public=patient.public, answers=denied)
    with pytest.raises(InputError, match="changed since"):
        agree(house.doing(Role.CLINICAL_LEAD), public=patient.public, override=made.public, text=text)
    answer_questions(
        house.doing(Role.THERAPIST), public=patient.public, answers={rule.text: Answer(True, before.on, "patient")}
    )
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


@pytest.mark.hazard("H03")
def test_a_plan_that_leans_on_one_answer_too_old_to_count_is_not_used_though_massage_may_be_given(house: House) -> None:
    """Everything but the surgeon's clearance was said again just now."""
    patient, _ = signed(house, "healed-fusion.yaml")
    later = replace(house.doing(Role.THERAPIST), now=NOW + timedelta(days=181))
    table, on = standing(patient, now=NOW).library.protocols.facts, local(later.now, house.location.zone)
    again = {
        name: Answer(answer.value, on, answer.origin)
        for name, answer in standing(patient, now=NOW).intake.answers.items()
        if table[name].stale_days is not None and name != "surgeon_clearance_given"
    }
    answer_questions(later, public=patient.public, answers=again)
    found = standing(patient, now=later.now)
    assert found.plan.may_treat
    assert found.plan_state is PlanState.SIGNED
    assert any("too old to count" in reason for reason in why_not_use(found))
    assert not counts(found)
    assert PatientState.objects.get(patient=patient).may_treat is False
