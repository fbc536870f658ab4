"""The pages that show most of a patient ask no more often than a page may, counted as `make bench` does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from bench.clinic_pages import Counted
from bench.clinic_run import QUERIES
from clinic.accounts.models import Role
from clinic.actions.documents import add_document, review_document
from clinic.actions.outcomes import Sheet, answer_instrument
from clinic.actions.set_aside import set_aside
from clinic.records.journal import verify
from clinic.records.models import AdverseEvent, AuditEvent, Contact, Document, Override, Patient, TreatmentPlan
from clinic.records.standing import standing
from effleurage.decision.aside import Hold, hold
from tests.web.at_table import at_table, given
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk
from tests.web.test_merge import unite
from tests.web.test_notes import sign
from tests.web.test_plans import signed

PAGES = {
    "patient": "",
    "plan": "plan/",
    "sign": "plan/{made}/sign/",
    "aside": "decision/aside/{aside}/end/",
    "consents": "consents/",
    "consent": "consents/treatment/",
    "documents": "documents/",
    "document": "documents/{letter}/",
    "merge": "merge/",
    "unite": "merge/{other}/",
    "separate": "merge/{part}/undo/",
}
ALARMING = "new_bone_pain"
LEADS = {"merge", "unite", "separate"}


@dataclass(frozen=True)
class Scene:
    """A patient with a signed plan, a letter that was read and a rule set aside, and who may be the same person."""

    who: Patient
    made: TreatmentPlan
    aside: Override
    letter: Document
    other: Patient

    def address(self, path: str) -> str:
        names = ("made", "aside", "letter", "other")
        found = {name: getattr(self, name).public for name in names}
        return f"/p/{self.who.public}/{path.format(**found, part=found['other'])}"


@pytest.fixture
def scene(house: House, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=5))
    who, made = signed(house)
    doing, public = house.doing(Role.THERAPIST), who.public
    holding = standing(who, now=NOW).decision.holding
    rule = next(each.id for each in holding if hold(each) is Hold.SOFT)
    aside = set_aside(
        doing, public=public, rule=rule, reason="examined", text="Looked at today and found not to be so."
    )
    letter = add_document(doing, public=public, kind="letter", title="Dr. Imagined", data=b"%PDF-1.7\nletter")
    review_document(doing, public=public, document=letter.public, text="Nothing new.")
    return Scene(who, made, aside, letter, house.patient())


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_the_database_no_more_often_than_a_page_may(house: House, scene: Scene, page: str) -> None:
    if page == "separate":
        unite(house, scene.who, scene.other)
    browser = at_desk(house, Role.CLINICAL_LEAD if page in LEADS else Role.THERAPIST)
    assert asked(browser, scene.address(PAGES[page])) <= QUERIES


def asked(browser: Client, url: str) -> int:
    """How often a page asks the database, but for the first time in a session: that asks for the second factor too."""
    browser.get(url)
    with connection.execute_wrapper(counter := Counted()):
        assert browser.get(url).status_code == 200, url
    return counter.number


def test_two_records_read_on_one_page_leave_a_row_each_in_an_unbroken_chain(house: House, scene: Scene) -> None:
    browser = at_desk(house, Role.CLINICAL_LEAD)
    last = AuditEvent.objects.latest("number").number
    assert browser.get(scene.address(PAGES["unite"])).status_code == 200
    rows = AuditEvent.objects.filter(number__gt=last, event="record.read").order_by("number")
    who, other = scene.who, scene.other
    told = [(who.pk, f"merge:{other.public}"), (other.pk, f"merge:{who.public}")]
    assert list(rows.values_list("patient", "about")) == told
    assert verify() == []


SESSION = {
    "sessions": "sessions/",
    "session": "sessions/{session}/",
    "signed": "sessions/{signed}/",
    "note": "sessions/{session}/note/",
    "sign_note": "sessions/{session}/note/sign/",
    "addition": "sessions/{signed}/note/add/addendum/",
    "contact": "contact/{contact}/",
    "outcomes": "outcomes/",
    "sheet": "outcomes/nrs_pain/",
    "tablet": "outcomes/tablet/",
    "report": "harm/",
}
HOUSE = {"harm": "/harm/", "event": "/harm/{event}/", "work": "/work/", "results": "/results/"}


@pytest.fixture
def after(house: House, monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, str]]:
    """Somebody with a signed note, a session that was stopped with alarm, what followed from it, and a sheet filled in;
    the patient's address, and the names of what hangs on them.
    """
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=5))
    first = given(house)
    sign(house, first.session)
    patient = first.session.patient
    second = at_table(house, number=2, starts=NOW + timedelta(days=3), patient=patient)
    second.starts().does(0).closes(ALARMING, "It hurts where it never did.").send()
    sheet = Sheet("nrs_pain", {"pain": "7"}, "paper")
    answer_instrument(house.doing(Role.FRONT_DESK), public=patient.public, sheet=sheet)
    return f"/p/{patient.public}/", {
        "session": second.session.public,
        "signed": first.session.public,
        "contact": Contact.objects.filter(patient=patient).latest("pk").public,
        "event": AdverseEvent.objects.latest("pk").public,
    }


@pytest.mark.parametrize("page", [*SESSION, *HOUSE])
def test_a_page_about_sessions_asks_no_more_often_than_a_page_may(
    house: House, after: tuple[str, dict[str, str]], page: str
) -> None:
    patient, names = after
    browser = at_desk(house, Role.CLINICAL_LEAD if page in HOUSE else Role.THERAPIST)
    url = HOUSE[page].format(**names) if page in HOUSE else patient + SESSION[page].format(**names)
    assert asked(browser, url) <= QUERIES
