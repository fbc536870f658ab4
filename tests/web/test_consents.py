"""Consents: to which words, by whom, and that a no holds from the moment it is said."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import DatabaseError, transaction
from django.test import Client

from clinic.accounts.models import Role
from clinic.actions.consents import (
    Said,
    give_consent,
    left_alone,
    needs_guardian,
    publish_consent_text,
    withdraw_consent,
    wordings,
)
from clinic.actions.frame import Doing
from clinic.actions.links import add_guardian, make_link
from clinic.actions.people import holder
from clinic.actions.permissions import NotAllowed, NotFound
from clinic.actions.policies import missing_consents, why_not_use
from clinic.records.consents import given_consents
from clinic.records.content import in_force
from clinic.records.journal import verify
from clinic.records.models import AuditEvent, Consent, ConsentText, FactEntry, Guardian, Notice, Patient, PlanLock
from clinic.records.speech import spoken
from clinic.records.standing import PlanState, standing
from effleurage.errors import InputError
from tests.web.asking import enter, text
from tests.web.conftest import NOW, House
from tests.web.test_plans import signed

LATER = NOW + timedelta(minutes=5)


def staff_client(house: House, role: Role) -> Client:
    """A browser in which somebody of the staff is signed in."""
    user = house.people[role]
    TOTP.activate(user, generate_totp_secret())
    client = Client()
    client.force_login(user)
    return client


def mark(patient: Patient, kind: str, language: str = "en") -> str:
    return wordings(patient.clinic_id, spoken(in_force(patient.clinic_id), language))[kind].mark


def said(
    patient: Patient, kind: str, *, how: str = "paper", guardian: Guardian | None = None, regions: tuple[str, ...] = ()
) -> Said:
    name = guardian.public if guardian else ""
    return Said(how=how, guardian=name, mark=mark(patient, kind), language="en", regions=regions)


def on_phone(house: House, patient: Patient, guardian: Guardian | None = None, now: datetime = LATER) -> Doing:
    """Somebody who came in by a private link."""
    made = make_link(
        house.doing(Role.FRONT_DESK),
        public=patient.public,
        purpose="portal",
        guardian=guardian.public if guardian else "",
    )
    return Doing(actor=holder(made.link), now=now, token=house.token, via="test")


def minor(house: House, born: date = date(2012, 5, 10)) -> tuple[Patient, Guardian]:
    patient = house.patient("Ida", "Lund", born)
    doing = house.doing(Role.FRONT_DESK)
    return patient, add_guardian(doing, public=patient.public, name="Gerda Lund", relation="mother")


def agreed(house: House, patient: Patient) -> None:
    for kind in ("treatment", "chest_touch", "abdomen_touch", "buttock_touch"):
        give_consent(house.doing(Role.FRONT_DESK), public=patient.public, kind=kind, said=said(patient, kind))


def test_a_plan_can_be_used_once_everything_needed_is_agreed_to(house: House) -> None:
    patient, _plan = signed(house)
    before = len(AuditEvent.objects.all())
    agreed(house, patient)
    assert AuditEvent.objects.count() == before + 4
    assert missing_consents(standing(patient, now=NOW)) == []
    assert why_not_use(standing(patient, now=NOW)) == []
    assert verify() == []


def test_the_words_agreed_to_stay_when_new_ones_are_published(house: House) -> None:
    patient = house.patient()
    first = give_consent(
        house.doing(Role.FRONT_DESK), public=patient.public, kind="treatment", said=said(patient, "treatment")
    )
    words = "You agree to the massage that we have explained to you."
    made = publish_consent_text(house.doing(Role.CLINICAL_LEAD), kind="treatment", language="en", text=words)
    assert (first.text.version, made.version) == (1, 2)
    assert given_consents(patient)["treatment"].text == first.text
    with transaction.atomic(), pytest.raises(DatabaseError):
        ConsentText.objects.filter(pk=first.text_id).update(text="something else")
    second = give_consent(
        house.doing(Role.FRONT_DESK), public=patient.public, kind="treatment", said=said(patient, "treatment")
    )
    assert second.text == made
    assert verify() == []


def test_nobody_agrees_to_words_that_changed_after_they_were_read(house: House) -> None:
    patient = house.patient()
    read = said(patient, "treatment")
    words = "You agree to the massage that we have explained to you."
    publish_consent_text(house.doing(Role.OWNER), kind="treatment", language="en", text=words)
    with pytest.raises(InputError, match="have changed"):
        give_consent(house.doing(Role.FRONT_DESK), public=patient.public, kind="treatment", said=read)
    assert not Consent.objects.exists()


def test_only_lead_and_owner_write_the_words_and_only_new_ones(house: House) -> None:
    for role in (Role.FRONT_DESK, Role.THERAPIST):
        with pytest.raises(NotAllowed):
            publish_consent_text(
                house.doing(role), kind="treatment", language="en", text="Any words at all, long enough."
            )
    with pytest.raises(InputError, match="too short"):
        publish_consent_text(house.doing(Role.OWNER), kind="treatment", language="en", text="Yes.")
    words = wordings(house.clinic.pk, in_force(house.clinic.pk))["treatment"].text
    with pytest.raises(InputError, match="hold already"):
        publish_consent_text(house.doing(Role.OWNER), kind="treatment", language="en", text=words)
    with pytest.raises(NotFound):
        publish_consent_text(
            house.doing(Role.OWNER), kind="anything", language="en", text="Any words at all, long enough."
        )


@pytest.mark.hazard("H26")
def test_a_withdrawal_locks_the_plan_in_the_same_act_and_lead_and_desk_are_told(house: House) -> None:
    patient, plan = signed(house)
    agreed(house, patient)
    acts = AuditEvent.objects.count()
    doing = on_phone(house, patient)
    withdraw_consent(doing, public=patient.public, kind="chest_touch", said=Said(how="link"))
    assert AuditEvent.objects.count() == acts + 2  # the link, and the one act
    found = standing(patient, now=LATER)
    assert found.plan_state is PlanState.LOCKED
    assert PlanLock.objects.get(plan=plan).kind == PlanLock.Kind.CONSENT
    assert any("locked" in reason for reason in why_not_use(found))
    told = Notice.objects.filter(kind=Notice.Kind.LOCKED, patient=patient).values_list("role", flat=True)
    assert set(told) == {Role.CLINICAL_LEAD, Role.FRONT_DESK}
    patient.state.refresh_from_db()
    assert (patient.state.plan, patient.state.may_treat) == ("locked", False)
    assert verify() == []


@pytest.mark.hazard("H26")
def test_a_minors_plan_needs_the_guardian_whose_consent_is_also_the_fact_of_the_rules(house: House) -> None:
    patient, mother = minor(house)
    found = standing(patient, now=NOW)
    assert needs_guardian(found)
    assert any("guardian" in name.lower() for name in missing_consents(found))
    doing = on_phone(house, patient, mother)
    give_consent(
        doing, public=patient.public, kind="guardian_consent", said=said(patient, "guardian_consent", how="link")
    )
    fact = standing(patient, now=LATER).chart.current()["guardian_consent_given"]
    assert (fact.state, fact.value, fact.entered_name) == (FactEntry.State.GIVEN, {"yes": True}, "Gerda Lund")
    withdraw_consent(doing, public=patient.public, kind="guardian_consent", said=Said(how="link"))
    found = standing(patient, now=LATER)
    assert found.chart.current()["guardian_consent_given"].value == {"yes": False}
    assert not found.plan.may_treat
    assert "guardian_consent" not in given_consents(patient)
    assert verify() == []


@pytest.mark.hazard("H26")
def test_a_minor_cannot_give_the_guardians_consent_nor_is_it_given_by_word_of_mouth(house: House) -> None:
    patient, mother = minor(house)
    with pytest.raises(InputError, match="speaks for the patient"):
        give_consent(
            on_phone(house, patient), public=patient.public, kind="guardian_consent",
            said=said(patient, "guardian_consent", how="link"),
        )  # fmt: skip
    with pytest.raises(InputError, match="in writing"):
        give_consent(
            house.doing(Role.FRONT_DESK), public=patient.public, kind="guardian_consent",
            said=said(patient, "guardian_consent", how="spoken", guardian=mother),
        )  # fmt: skip
    assert not Consent.objects.exists()


@pytest.mark.hazard("H26")
@pytest.mark.parametrize(
    "born,last_day",
    [
        (date(2008, 11, 23), date(2026, 11, 22)),
        (date(2008, 2, 29), date(2026, 2, 28)),
        (date(2012, 2, 29), date(2030, 2, 28)),
    ],
)
def test_a_guardian_decides_to_the_last_day_before_the_birthday_by_the_clock_of_the_place(
    house: House, born: date, last_day: date
) -> None:
    patient, mother = minor(house, born)
    doing = on_phone(house, patient, mother)
    # The clinic lies in Kyiv, in winter two hours ahead: the day there ends at 22:00 UTC.
    end = datetime(last_day.year, last_day.month, last_day.day, 21, 59, tzinfo=UTC)
    for now, minor_still in ((end, True), (end + timedelta(minutes=2), False)):
        assert needs_guardian(standing(patient, now=now)) is minor_still
        words = said(patient, "guardian_consent", how="link")
        act = Doing(actor=doing.actor, now=now, token=house.token, via="test")
        if minor_still:
            give_consent(act, public=patient.public, kind="guardian_consent", said=words)
        else:
            with pytest.raises(InputError, match="decide for themselves"):
                give_consent(act, public=patient.public, kind="guardian_consent", said=words)


@pytest.mark.hazard("H26")
def test_a_former_guardian_neither_gives_nor_takes_back(house: House) -> None:
    patient = house.patient()
    doing = house.doing(Role.FRONT_DESK)
    mother = add_guardian(doing, public=patient.public, name="Gerda", relation="mother")
    give_consent(doing, public=patient.public, kind="treatment", said=said(patient, "treatment"))
    with pytest.raises(InputError, match="decides for themselves"):
        withdraw_consent(
            on_phone(house, patient, mother), public=patient.public, kind="treatment", said=Said(how="link")
        )
    with pytest.raises(InputError, match="decide for themselves"):
        give_consent(
            doing, public=patient.public, kind="chest_touch", said=said(patient, "chest_touch", guardian=mother)
        )
    assert set(given_consents(patient)) == {"treatment"}


def test_a_guardian_of_somebody_else_does_not_exist_here(house: House) -> None:
    patient, _mother = minor(house)
    _other, stranger = minor(house)
    with pytest.raises(NotFound):
        give_consent(
            house.doing(Role.FRONT_DESK), public=patient.public, kind="guardian_consent",
            said=said(patient, "guardian_consent", guardian=stranger),
        )  # fmt: skip


def test_what_a_doctor_gives_cannot_be_given_by_anybody_else(house: House) -> None:
    patient = house.patient()
    for doing in (house.doing(Role.CLINICAL_LEAD), on_phone(house, patient)):
        with pytest.raises(InputError, match="letter"):
            give_consent(
                doing, public=patient.public, kind="medical_clearance", said=said(patient, "medical_clearance")
            )


def test_another_patients_link_reaches_no_consent_of_this_one(house: House) -> None:
    patient, other = house.patient(), house.patient("Eva", "Holm")
    with pytest.raises(NotFound):
        give_consent(on_phone(house, other), public=patient.public, kind="treatment", said=said(patient, "treatment"))


def test_a_part_newly_left_alone_locks_a_plan_that_touches_it(house: House) -> None:
    patient, plan = signed(house)
    agreed(house, patient)
    touched = re.search(r'"touches": \[\["(\w+)"', plan.document)
    assert touched is not None
    wish = said(patient, "treatment", how="link", regions=(touched[1],))
    give_consent(on_phone(house, patient), public=patient.public, kind="treatment", said=wish)
    assert left_alone(given_consents(patient)) == {touched[1]}
    assert standing(patient, now=LATER).plan_state is PlanState.LOCKED
    wrong = said(patient, "treatment", regions=("elbow_of_nobody",))
    with pytest.raises(InputError, match="part of the body"):
        give_consent(house.doing(Role.FRONT_DESK), public=patient.public, kind="treatment", said=wrong)
    assert verify() == []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)


@pytest.mark.usefixtures("clock")
def test_a_patient_agrees_one_by_one_on_the_phone_and_takes_one_back(house: House) -> None:
    patient = house.patient()
    client = enter(house, patient, purpose="portal")
    answer = client.get("/my/consents/")
    assert answer.status_code == 200
    assert "Consent to treatment" in text(answer)
    assert "medical" not in text(answer).lower()
    at = "/my/consents/treatment/"
    for _round in range(4):
        page = client.get(at)
        found = re.search(r'name="mark" value="(\w+)"', page.content.decode())
        assert found is not None
        answer = client.post(at, {"mark": found[1], "language": "en", "do": "yes", "regions": []})
        assert answer.status_code == 302, text(answer)
        at = answer.headers["Location"]
    assert at == "/my/consents/"
    assert len(given_consents(patient)) == 4
    client.post("/my/consents/chest_touch/", {"do": "no"})
    assert set(given_consents(patient)) == {"treatment", "abdomen_touch", "buttock_touch"}
    assert client.get("/my/consents/medical_clearance/").status_code == 404
    assert verify() == []


@pytest.mark.usefixtures("clock")
def test_the_desk_records_on_paper_and_sees_nothing_of_the_doctors_letters(house: House) -> None:
    patient, _plan = signed(house, "both-conditions.yaml")
    desk, carer = staff_client(house, Role.FRONT_DESK), staff_client(house, Role.THERAPIST)
    page = f"/p/{patient.public}/consents/"
    assert "missing" in text(desk.get(page))
    assert "Doctor informed" in text(carer.get(page))
    assert "Doctor informed" not in text(desk.get(page))
    assert desk.get(f"{page}doctor_informed/").status_code == 404
    form = {
        "mark": mark(patient, "treatment"),
        "language": "en",
        "who": "patient",
        "how": "paper",
        "regions": ["abdomen"],
    }
    assert desk.post(f"{page}treatment/", form).status_code == 302
    assert left_alone(given_consents(patient)) == {"abdomen"}
    assert "Abdomen" in text(desk.get(page))
    assert 'class="body-map"' in text(carer.get(page))
    assert desk.post(f"{page}treatment/", {"do": "withdraw"}).status_code == 422
    back = {"do": "withdraw", "back-who": "patient", "back-how": "spoken"}
    assert desk.post(f"{page}treatment/", back).status_code == 302
    assert given_consents(patient) == {}
    assert verify() == []


@pytest.mark.usefixtures("clock")
def test_the_lead_publishes_words_on_a_page_that_the_desk_does_not_reach(house: House) -> None:
    lead, desk = staff_client(house, Role.CLINICAL_LEAD), staff_client(house, Role.FRONT_DESK)
    assert desk.get("/consents/texts/").status_code == 403
    assert "Consent to treatment" in text(lead.get("/consents/texts/"))
    words = "You agree to the massage that we have explained to you."
    assert lead.post("/consents/texts/treatment/en/", {"text": words}).status_code == 302
    assert lead.post("/consents/texts/treatment/en/", {"text": words}).status_code == 422
    assert ConsentText.objects.get().text == words


@pytest.mark.hazard("H26")
@pytest.mark.usefixtures("clock")
def test_who_takes_a_consent_back_at_the_desk_and_how_stands_on_record(house: House) -> None:
    patient, mother = minor(house)
    give_consent(
        house.doing(Role.FRONT_DESK), public=patient.public, kind="guardian_consent",
        said=said(patient, "guardian_consent", guardian=mother),
    )  # fmt: skip
    desk, page = staff_client(house, Role.FRONT_DESK), f"/p/{patient.public}/consents/guardian_consent/"
    assert "Gerda Lund (mother)" in text(desk.get(page))
    form = {"do": "withdraw", "back-who": mother.public, "back-how": "letter"}
    assert desk.post(page, form).status_code == 302
    row = Consent.objects.latest("pk")
    assert (row.given, row.by, row.guardian, row.how) == (False, "Gerda Lund", mother, "letter")
    assert verify() == []


@pytest.mark.hazard("H26")
def test_who_speaks_for_nobody_any_more_takes_nothing_back_at_the_desk(house: House) -> None:
    patient, doing = house.patient(), house.doing(Role.FRONT_DESK)
    mother = add_guardian(doing, public=patient.public, name="Gerda", relation="mother")
    give_consent(doing, public=patient.public, kind="treatment", said=said(patient, "treatment"))
    with pytest.raises(InputError, match="decides for themselves"):
        withdraw_consent(
            doing, public=patient.public, kind="treatment", said=Said(how="spoken", guardian=mother.public)
        )


def test_a_number_taken_meanwhile_binds_nobody_to_words_they_did_not_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = house.patient()

    def taken(clinic_id: int, kind: str, language: str) -> int:
        """Between looking at the words and writing them down, somebody publishes others under the next number."""
        row = ConsentText(clinic_id=clinic_id, kind=kind, language=language, version=1, text="Other words.", at=NOW)
        row.save()
        return row.version

    monkeypatch.setattr("clinic.actions.consents._next", taken)
    with pytest.raises(InputError, match="have changed"):
        give_consent(
            house.doing(Role.FRONT_DESK), public=patient.public, kind="treatment", said=said(patient, "treatment")
        )
    assert not Consent.objects.exists()
