"""Two private links in one browser, and what a link opens by its purpose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Role
from clinic.actions.links import add_guardian, hashed
from clinic.actions.people import holder
from clinic.actions.permissions import OPENS, OWN, RIGHTS, can
from clinic.actions.plan_treatment import choose_plan, sign_plan
from clinic.portal.door import LINK
from clinic.records.models import AccessLink, Consent, FactEntry, Patient
from tests.web.asking import QUESTIONS, Form, born, enter, filled, secret_for, text
from tests.web.conftest import NOW, House
from tests.web.test_intake import staff
from tests.web.test_plans import answered

CONSENT = "/my/consents/treatment/"
BIRTH_DATES = {"Ida": (6, 5, 2014), "Jon": (7, 8, 2016)}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=5))
    return


def child(house: House, given: str) -> tuple[Patient, str]:
    """A child, and the secret of a link for the mother of both."""
    day, month, year = BIRTH_DATES[given]
    patient = house.patient(given, "Lund", date(year, month, day))
    mother = add_guardian(house.doing(Role.FRONT_DESK), public=patient.public, name="Mona Lund", relation="mother")
    return patient, secret_for(house, patient, guardian=mother.public)


def come_in(browser: Client, secret: str, given: str) -> None:
    page = browser.get(f"/i/{secret}/")
    assert browser.post(f"/i/{secret}/", {**token(page), **born(*BIRTH_DATES[given])}).status_code == 302


def token(page: object) -> Form:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', text(page))  # type: ignore[arg-type]
    return {"csrfmiddlewaretoken": found[1]} if found else {}


def hidden(page: object) -> Form:
    """The hidden fields of a page, as a browser sends them."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text(page))  # type: ignore[arg-type]
    return dict(fields)


def said_of(patient: Patient) -> int:
    return FactEntry.objects.filter(patient=patient).exclude(name="birth_date").count()


@pytest.mark.hazard("H01")
@pytest.mark.parametrize("checked", [False, True], ids=["by the field", "by the token"])
def test_answers_drawn_for_one_child_are_never_written_to_the_other(house: House, checked: bool) -> None:
    """Child 1's page is open in one tab when child 2's link is opened in another, and is sent then."""
    (ida, her_secret), (jon, his_secret) = child(house, "Ida"), child(house, "Jon")
    browser = Client(enforce_csrf_checks=checked)
    come_in(browser, her_secret, "Ida")
    first_tab = browser.get(QUESTIONS)
    come_in(browser, his_secret, "Jon")
    sent = browser.post(QUESTIONS, {**filled(first_tab), **hidden(first_tab)})
    assert sent.status_code == 409
    assert "Another link is open here now" in text(sent)
    assert "Jon" in text(sent)
    assert "Ida" not in text(sent)
    assert said_of(ida) == said_of(jon) == 0
    second_tab = browser.get(QUESTIONS)
    assert browser.post(QUESTIONS, {**filled(second_tab), **hidden(second_tab)}).status_code == 302
    assert (said_of(ida) > 0, said_of(jon) > 0) == (False, True)


@pytest.mark.hazard("H01")
def test_a_consent_drawn_for_one_child_is_never_given_for_the_other(house: House) -> None:
    (_ida, her_secret), (_jon, his_secret) = child(house, "Ida"), child(house, "Jon")
    browser, kind = Client(), "/my/consents/guardian_consent/"
    come_in(browser, her_secret, "Ida")
    first_tab = browser.get(kind)
    assert "link" in hidden(first_tab), text(first_tab)
    come_in(browser, his_secret, "Jon")
    for answer in ("yes", "no"):
        assert browser.post(kind, {**hidden(first_tab), "do": answer}).status_code == 409
    assert not Consent.objects.exists()


@pytest.mark.hazard("H01")
def test_a_form_that_names_no_link_keeps_nothing(house: House) -> None:
    patient, secret = child(house, "Ida")
    browser = Client()
    come_in(browser, secret, "Ida")
    for url in (QUESTIONS, CONSENT):
        assert browser.post(url, {**filled(browser.get(QUESTIONS)), "do": "yes"}).status_code == 409
    assert said_of(patient) == 0
    assert not Consent.objects.exists()


def test_the_way_in_changes_the_token_of_the_forms(house: House) -> None:
    patient = house.patient()
    browser = Client(enforce_csrf_checks=True)
    secret = secret_for(house, patient)
    page = browser.get(f"/i/{secret}/")
    before = browser.cookies["csrf"].value
    assert browser.post(f"/i/{secret}/", {**token(page), **born()}).status_code == 302
    assert browser.cookies["csrf"].value != before
    assert browser.post("/my/leave/", token(page)).status_code == 403, "a form of the time before sends nothing"


def link_for(house: House, patient: Patient, purpose: str) -> AccessLink:
    return AccessLink.objects.create(
        public=house.token(),
        patient=patient,
        purpose=purpose,
        secret_hash=hashed(purpose),
        made_at=NOW,
        made_by=house.people[Role.FRONT_DESK],
        expires_at=NOW + timedelta(days=9),
    )


def inside(link: AccessLink) -> Client:
    client = Client()
    session = client.session
    session[LINK] = link.public
    session.save()
    return client


def test_every_purpose_opens_rights_of_patients_and_a_portal_link_all_of_them() -> None:
    own = {right for right, roles in RIGHTS.items() if roles <= OWN}
    assert set(OPENS) == set(AccessLink.Purpose)
    assert set().union(*OPENS.values()) == OPENS[AccessLink.Purpose.PORTAL] == own


@pytest.mark.parametrize("purpose", AccessLink.Purpose)
def test_a_link_opens_what_it_is_for(house: House, purpose: str) -> None:
    patient, found = answered(house, "mild-scoliosis.yaml")
    doing = house.doing(Role.THERAPIST, fresh=True)
    made = choose_plan(doing, public=patient.public, regimen=found.plan.available[0].regimen.id)
    sign_plan(doing, public=patient.public, plan=made.public)
    link = link_for(house, patient, purpose)
    browser, wide = inside(link), purpose in ("intake", "portal")
    for url in ("/my/", QUESTIONS, "/my/plan/", "/my/plan.pdf", "/my/consents/", CONSENT):
        answer = browser.get(url)
        assert answer.status_code == (200 if wide else 403), url
        if not wide:
            assert "does not open this page" in text(answer)
            assert "Ada" not in text(answer)
    if not wide:
        sent = {"link": link.public, "asked": "sex", "q-sex": "=female", "do": "yes"}
        assert browser.post(QUESTIONS, sent).status_code == browser.post(CONSENT, sent).status_code == 403
    actor = holder(link)
    assert {right for right in RIGHTS if can(actor, right, patient)} == OPENS[AccessLink.Purpose(purpose)]


def test_the_page_where_a_link_is_made_says_what_it_opens(house: House) -> None:
    page = text(staff(house, Role.FRONT_DESK).get(reverse("desk:links", args=[house.patient().public])))
    assert "answer the questions, agree, and read the signed plan" in page


def test_the_link_of_the_questions_stays_open_for_the_plan(house: House) -> None:
    patient, found = answered(house, "mild-scoliosis.yaml")
    browser = enter(house, patient)
    doing = house.doing(Role.THERAPIST, fresh=True)
    made = choose_plan(doing, public=patient.public, regimen=found.plan.available[0].regimen.id)
    assert "There is no plan yet" in text(browser.get("/my/plan/"))
    sign_plan(doing, public=patient.public, plan=made.public)
    assert "Signed by Therapist North" in text(browser.get("/my/plan/"))
