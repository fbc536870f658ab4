"""Two records of one person: united, the worse news of both counts; separated, each is what it was."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest

from clinic.accounts.models import Role
from clinic.actions.answer_questions import answer_questions
from clinic.actions.consents import Said, give_consent, withdraw_consent
from clinic.actions.links import counts, make_link
from clinic.actions.merge import merge_patients, unmerge_patients
from clinic.actions.open_chart import Folded, open_chart
from clinic.actions.permissions import NotAllowed, NotFound
from clinic.actions.plan_treatment import choose_plan, lock_plan
from clinic.records.consents import given_consents, left_alone
from clinic.records.facts import local
from clinic.records.journal import verify
from clinic.records.models import AuditEvent, Patient, PatientState
from clinic.records.standing import PlanState, Standing, standing
from effleurage.errors import InputError
from effleurage.facts.answers import Answer, Given
from effleurage.facts.derive import is_stale
from effleurage.facts.kinds import Fact, Kind
from effleurage.protocol.lattice import at_least_as_strict
from tests.web.asking import FACTS, text
from tests.web.conftest import NOW, House
from tests.web.test_consents import said, staff_client
from tests.web.test_plans import signed

WHY = "Same face, same birth date, same telephone number."
SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)


def unite(house: House, kept: Patient, folded: Patient) -> None:
    doing = house.doing(Role.CLINICAL_LEAD, now=SOON)
    merge_patients(doing, public=kept.public, folded=folded.public, reason=WHY)
    folded.refresh_from_db()


def separate(house: House, kept: Patient, folded: Patient) -> None:
    doing = house.doing(Role.CLINICAL_LEAD, now=LATER)
    unmerge_patients(doing, public=kept.public, folded=folded.public, reason="Twin sisters, seen together today.")
    folded.refresh_from_db()


def say(house: House, patient: Patient, now: datetime = NOW, **values: Given) -> Standing | None:
    on = local(now, house.location.zone)
    answers = {name: Answer(value, on, FACTS[name].usual_origin) for name, value in values.items()}
    return answer_questions(house.doing(Role.THERAPIST, now=now), public=patient.public, answers=answers)


def some(fact: Fact, chance: random.Random) -> Given:
    if fact.kind is Kind.YES_NO:
        return chance.random() < 0.5
    if fact.kind is Kind.CHOICE:
        return chance.choice(fact.option_names)
    low, high = fact.plausible or fact.possible or (0, 1)
    return chance.randint(low, high)


def told(house: House, patient: Patient, chance: random.Random) -> None:
    """Answers at random; what contradicts the answers before it is refused, as it would be at the desk."""
    asked = [f for f in FACTS.facts if f.ask and f.kind in (Kind.YES_NO, Kind.CHOICE, Kind.WHOLE, Kind.DECIMAL)]
    values = {fact.name: some(fact, chance) for fact in chance.sample(asked, 14)}
    while values:
        try:
            say(house, patient, **values)
        except InputError:
            values.pop(chance.choice(sorted(values)))
        else:
            return


def picture(patient: Patient) -> tuple[object, ...]:
    """All that a record says of a patient."""
    found = standing(patient, now=LATER)
    columns = PatientState.objects.filter(patient=patient).values(
        "verdict", "may_treat", "plan", "warning_rules", "questions"
    )
    return (found.intake, found.decision.certain_word, found.decision.possible_word, found.plan_state, list(columns))


@pytest.mark.hazard("H02")
@pytest.mark.parametrize("seed", range(25))
def test_uniting_never_makes_it_milder_and_separating_gives_back_what_was(house: House, seed: int) -> None:
    chance = random.Random(seed)
    kept, folded = house.patient(), house.patient("Ada", "Bergh")
    for each in (kept, folded):
        told(house, each, chance)
    before = picture(kept), picture(folded)
    parts = [standing(each, now=LATER) for each in (kept, folded)]
    unite(house, kept, folded)
    united = standing(kept, now=LATER)
    for part in parts:
        assert at_least_as_strict(united.decision.limits, part.decision.certain)
        if certain_of(part, united):
            assert at_least_as_strict(united.decision.certain, part.decision.certain)
    separate(house, kept, folded)
    assert (picture(kept), picture(folded)) == before
    assert verify() == []


def certain_of(part: Standing, united: Standing) -> bool:
    """Whether every answer of a part still counts: none gave way to a contradiction, none is too old."""
    table = part.library.protocols.facts
    stale = any(is_stale(answer, table[name], part.on) for name, answer in part.intake.answers.items())
    return not stale and not united.intake.contradictions


@pytest.mark.hazard("H02")
def test_a_risk_in_the_other_half_counts_as_soon_as_the_two_are_one(house: House) -> None:
    kept, folded = house.patient(), house.patient()
    say(house, kept, osteoporosis_diagnosed=False)
    say(house, folded, osteoporosis_diagnosed=True)
    acts = AuditEvent.objects.count()
    unite(house, kept, folded)
    assert AuditEvent.objects.count() == acts + 1
    assert standing(kept, now=LATER).intake.answers["osteoporosis_diagnosed"].value is True
    separate(house, kept, folded)
    assert standing(kept, now=LATER).intake.answers["osteoporosis_diagnosed"].value is False
    assert AuditEvent.objects.count() == acts + 2
    assert verify() == []


@pytest.mark.hazard("H02")
def test_a_measurement_and_a_record_that_denies_it_are_both_open_until_it_is_asked_again(house: House) -> None:
    kept, folded = house.patient(), house.patient()
    say(house, kept, bone_density_measured=False)
    say(house, folded, bone_density_measured=True, t_score_measured=True, t_score_hip=-30)
    unite(house, kept, folded)
    found = standing(kept, now=LATER)
    assert found.intake.answers["t_score_hip"].value == -30
    assert "bone_density_measured" in found.intake.contradictions
    assert at_least_as_strict(found.decision.limits, standing(folded, now=LATER).decision.limits)
    say(house, kept, SOON + timedelta(seconds=1), bone_density_measured=True)
    assert standing(kept, now=LATER).intake.contradictions == {}


@pytest.mark.hazard("H02")
def test_the_plans_of_both_wait_and_the_folded_one_comes_back_as_it_was(house: House) -> None:
    folded, plan = signed(house)
    kept, _plan = signed(house, "both-conditions.yaml")
    Patient.objects.filter(pk=folded.pk).update(birth_date=kept.birth_date)
    link = make_link(house.doing(Role.FRONT_DESK), public=folded.public, purpose="portal").link
    before = standing(folded, now=LATER).plan_state
    assert before is PlanState.SIGNED
    unite(house, kept, folded)
    assert standing(folded, now=LATER).plan_state is PlanState.LOCKED
    link.refresh_from_db()
    assert not counts(link, LATER)
    assert not PatientState.objects.filter(patient=folded).exists()
    separate(house, kept, folded)
    assert standing(folded, now=LATER).plan_state is before
    assert standing(folded, now=LATER).treatment == plan
    assert verify() == []


@pytest.mark.hazard("H02")
def test_separating_does_not_open_a_plan_that_an_earlier_lock_of_the_patient_holds(house: House) -> None:
    folded, plan = signed(house)
    why = "Fever since this morning, to be looked at."
    lock_plan(house.doing(Role.THERAPIST), public=folded.public, plan=plan.public, reason=why)
    choose_plan(house.doing(Role.THERAPIST), public=folded.public, regimen=plan.regimen)
    kept = house.patient()
    unite(house, kept, folded)
    separate(house, kept, folded)
    assert standing(folded, now=LATER).plan_state is PlanState.LOCKED


@pytest.mark.hazard("H02")
def test_if_something_was_said_in_between_both_plans_wait_after_they_are_separated(house: House) -> None:
    folded, _plan = signed(house)
    kept, _other = signed(house)
    unite(house, kept, folded)
    say(house, kept, SOON + timedelta(seconds=1), osteoporosis_diagnosed=True)
    separate(house, kept, folded)
    assert standing(kept, now=LATER).plan_state is PlanState.LOCKED
    assert standing(folded, now=LATER).plan_state is PlanState.LOCKED
    assert verify() == []


@pytest.mark.hazard("H02")
def test_nothing_can_be_done_with_a_folded_record_and_its_pages_lead_to_the_kept_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    folded, _plan = signed(house)
    kept = house.patient()
    unite(house, kept, folded)
    with pytest.raises(Folded):
        open_chart(house.doing(Role.THERAPIST), public=folded.public, right="chart.read", about="facts")
    with pytest.raises(Folded):
        choose_plan(house.doing(Role.THERAPIST), public=folded.public, regimen="any")
    answer = staff_client(house, Role.THERAPIST).get(f"/p/{folded.public}/documents/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/p/{kept.public}/documents/")


def test_chains_and_rings_of_records_are_refused(house: House) -> None:
    one, two, three = (house.patient() for _ in range(3))
    unite(house, one, two)
    with pytest.raises(InputError, match="Other records are folded"):
        unite(house, three, one)
    with pytest.raises(InputError, match="folded into another"):
        unite(house, three, two)
    with pytest.raises(InputError, match="same record"):
        unite(house, one, one)
    unite(house, one, three)
    assert set(one.parts.all()) == {two, three}


def test_only_the_lead_unites_and_only_within_the_clinic_and_with_a_reason(house: House, other_house: House) -> None:
    one, two, foreign = house.patient(), house.patient(), other_house.patient()
    lead = house.doing(Role.CLINICAL_LEAD)
    for role in (Role.FRONT_DESK, Role.THERAPIST):
        with pytest.raises(NotAllowed):
            merge_patients(house.doing(role), public=one.public, folded=two.public, reason=WHY)
    with pytest.raises(NotFound):
        merge_patients(lead, public=one.public, folded=foreign.public, reason=WHY)
    with pytest.raises(NotFound):
        unmerge_patients(lead, public=one.public, folded=two.public, reason=WHY)
    with pytest.raises(InputError, match="too short"):
        merge_patients(lead, public=one.public, folded=two.public, reason="ok")


def test_by_hand_two_records_are_found_compared_united_and_separated(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    kept, folded = house.patient(), house.patient("Ada", "Bergh", date(1951, 4, 12))
    say(house, kept, osteoporosis_diagnosed=False)
    say(house, folded, osteoporosis_diagnosed=True)
    lead = staff_client(house, Role.CLINICAL_LEAD)
    page = f"/p/{kept.public}/merge/"
    assert folded.number in text(lead.get(page))
    assert folded.number in text(lead.get(page, {"q": "bergh"}))
    both = text(lead.get(f"{page}{folded.public}/"))
    assert "Will count" in both
    assert lead.post(f"{page}{folded.public}/", {"reason": "ok"}).status_code == 422
    assert lead.post(f"{page}{folded.public}/", {"reason": WHY}).status_code == 302
    assert "Separate again" in text(lead.get(page))
    assert lead.post(f"{page}{folded.public}/undo/", {"reason": WHY}).status_code == 302
    folded.refresh_from_db()
    assert folded.merged_into is None
    assert staff_client(house, Role.THERAPIST).get(page).status_code == 403


def wants_alone(house: House, patient: Patient, now: datetime, *regions: str) -> None:
    give_consent(
        house.doing(Role.FRONT_DESK, now=now), public=patient.public, kind="treatment",
        said=said(patient, "treatment", regions=regions),
    )  # fmt: skip


@pytest.mark.hazard("H02")
@pytest.mark.parametrize("kept_first", [True, False])
def test_what_either_record_wants_left_alone_stays_so_until_the_person_is_asked_again(
    house: House, kept_first: bool
) -> None:
    kept, folded = house.patient(), house.patient()
    wishes = [(kept, ("abdomen",)), (folded, ("sternum",))]
    for patient, regions in wishes if kept_first else reversed(wishes):
        wants_alone(house, patient, NOW, *regions)
    unite(house, kept, folded)
    assert left_alone(given_consents(kept)) == {"abdomen", "sternum"}
    wants_alone(house, kept, SOON + timedelta(seconds=1), "abdomen")
    assert left_alone(given_consents(kept)) == {"abdomen"}
    separate(house, kept, folded)
    assert left_alone(given_consents(folded)) == {"sternum"}


@pytest.mark.hazard("H02")
@pytest.mark.parametrize("withdrawn", ["kept", "folded"])
@pytest.mark.parametrize("first", ["kept", "folded"])
def test_a_no_in_either_record_counts_until_the_person_is_asked_again(house: House, withdrawn: str, first: str) -> None:
    pair = {"kept": house.patient(), "folded": house.patient()}
    for name in (first, *(pair.keys() - {first})):
        wants_alone(house, pair[name], NOW)
        if name == withdrawn:
            doing = house.doing(Role.FRONT_DESK)
            withdraw_consent(doing, public=pair[name].public, kind="treatment", said=Said(how="spoken"))
    unite(house, pair["kept"], pair["folded"])
    assert "treatment" not in given_consents(pair["kept"])
    wants_alone(house, pair["kept"], SOON + timedelta(seconds=1))
    assert "treatment" in given_consents(pair["kept"])


@pytest.mark.hazard("H02")
def test_what_only_one_of_the_two_agreed_to_stays_agreed_to(house: House) -> None:
    kept, folded = house.patient(), house.patient()
    wants_alone(house, folded, NOW, "abdomen")
    unite(house, kept, folded)
    assert left_alone(given_consents(kept)) == {"abdomen"}
