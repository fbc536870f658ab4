"""The summary of a course on paper: its pages are filled, and one sentence is no list."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.test import Client
from pypdf import PdfReader

from clinic.accounts.models import Role
from tests.web.asking import text
from tests.web.at_table import agree, at_table
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk
from tests.web.test_outcomes import PAIN, Somebody
from tests.web.test_plans import signed

LATER = NOW + timedelta(days=3)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)


@pytest.fixture
def somebody(house: House) -> Somebody:
    patient, plan = signed(house)
    agree(house, patient)
    return Somebody(house, patient, plan)


def pages(somebody: Somebody, audience: str) -> list[str]:
    staff = at_desk(somebody.house, Role.THERAPIST)
    answer = staff.get(f"/p/{somebody.patient.public}/outcomes/{somebody.plan.public}/{audience}.pdf")
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]


@pytest.mark.parametrize("audience", ["patient", "doctor"])
def test_no_page_stays_empty_below_because_a_drawing_does_not_fit(somebody: Somebody, audience: str) -> None:
    somebody.paper("nrs_pain", PAIN)
    starts = NOW + timedelta(hours=1)
    table = at_table(somebody.house, number=1, starts=starts, patient=somebody.patient)
    table.now = starts
    table.starts().skips(0, "patient_wish").does(1).stops("patient_asks").closes().send()
    somebody.paper("nrs_pain", {"pain": "4"}, now=NOW + timedelta(days=2))
    first = " ".join(pages(somebody, audience)[0].split())
    drawn, said = "the number at the start" in first, "These are the numbers of one person." in first
    assert drawn or said, first


def test_what_one_sentence_says_has_no_dot_before_it(somebody: Somebody) -> None:
    somebody.session(1, NOW + timedelta(hours=1))
    [first, *_rest] = pages(somebody, "doctor")
    told = first.split("Not as planned")[1].split("What was measured")[0]
    assert "No deviation from the plan was written down." in told
    assert "•" not in told


def long_of(browser: Client, name: str) -> str:
    return text(browser.get("/work/", {"list": name, "long": "yes"}, headers={"HX-Request": "true"}))


def test_the_number_of_questionnaires_due_is_fetched_although_the_list_is_not_open(somebody: Somebody) -> None:
    desk = at_desk(somebody.house, Role.FRONT_DESK)
    assert 'hx-get="?list=sheets&long=yes"' in text(desk.get("/work/"))
    assert long_of(desk, "sheets") == '<span class="count">1</span>\n'
    assert somebody.patient.family not in long_of(desk, "sheets")
    assert long_of(desk, "unknown").strip() == ""
