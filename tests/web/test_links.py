"""Private links at the desk: shown once, kept as a fingerprint, closed for good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from clinic.accounts.models import Role
from clinic.actions.links import hashed
from clinic.records.journal import verify
from clinic.records.models import AccessLink, AuditEvent, Guardian
from tests.web.asking import born, enter, text
from tests.web.conftest import NOW, House
from tests.web.test_intake import staff


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=5))
    return


def test_a_new_link_is_shown_once_and_nowhere_stored(house: House) -> None:
    patient = house.patient()
    desk = staff(house, Role.FRONT_DESK)
    made = desk.post(f"/p/{patient.public}/links/", {"purpose": "intake"})
    page = text(made)
    found = re.search(r"http://testserver/i/([\w-]+)/", page)
    assert found
    secret = found[1]
    assert len(secret) >= 22
    assert "no-store" in made["Cache-Control"]
    assert "<svg" in page
    assert 'style="' not in page
    link = AccessLink.objects.get()
    assert link.secret_hash == hashed(secret)
    assert link.expires_at - link.made_at == timedelta(days=14)
    assert secret not in text(desk.get(f"/p/{patient.public}/links/"))
    assert not any(secret in f"{event.about}{event.why}" for event in AuditEvent.objects.all())
    assert all(secret not in str(session.get_decoded()) for session in Session.objects.all())
    assert Client().post(f"/i/{secret}/", born()).status_code == 302
    assert verify() == []


@pytest.mark.hazard("H01")
def test_the_printed_sheet_bears_neither_name_nor_date_of_birth(house: House) -> None:
    patient = house.patient()
    page = text(staff(house, Role.FRONT_DESK).post(f"/p/{patient.public}/links/", {"purpose": "portal"}))
    sheet = re.sub(r'<div class="no-print">.*?</div>\s*(?=<header|</div>|<section)', "", page, flags=re.DOTALL)
    card = re.search(r'<section class="card">.*?</section>', sheet, flags=re.DOTALL)
    assert card
    assert "Ada" not in card[0]
    assert "Berg" not in card[0]
    assert "1951" not in card[0]


def test_a_closed_link_closes_at_once_for_who_is_inside(house: House) -> None:
    patient = house.patient()
    inside = enter(house, patient)
    assert inside.get("/my/").status_code == 200
    link = AccessLink.objects.get()
    desk = staff(house, Role.FRONT_DESK)
    assert "Close" in text(desk.get(f"/p/{patient.public}/links/"))
    assert desk.post(f"/p/{patient.public}/links/{link.public}/revoke/").status_code == 302
    assert inside.get("/my/").status_code == 403
    assert verify() == []


@pytest.mark.hazard("H01")
def test_a_link_of_another_patient_or_clinic_cannot_be_closed_or_made(house: House, other_house: House) -> None:
    mine, theirs = house.patient(), other_house.patient()
    enter(other_house, theirs)
    link = AccessLink.objects.get()
    desk = staff(house, Role.FRONT_DESK)
    assert desk.post(f"/p/{mine.public}/links/{link.public}/revoke/").status_code == 404
    assert desk.post(f"/p/{theirs.public}/links/{link.public}/revoke/").status_code == 404
    assert desk.post(f"/p/{theirs.public}/links/", {"purpose": "intake"}).status_code == 404
    link.refresh_from_db()
    assert link.revoked_at is None
    assert AccessLink.objects.count() == 1


def test_a_guardian_is_entered_and_gets_a_link_of_their_own(house: House) -> None:
    patient = house.patient()
    desk = staff(house, Role.FRONT_DESK)
    assert desk.post(f"/p/{patient.public}/guardian/", {"name": "Mona Lund", "relation": "mother"}).status_code == 302
    guardian = Guardian.objects.get()
    assert "Mona Lund (mother)" in text(desk.get(f"/p/{patient.public}/links/"))
    made = desk.post(f"/p/{patient.public}/links/", {"purpose": "portal", "guardian": guardian.public})
    assert made.status_code == 200
    assert AccessLink.objects.get().guardian == guardian
    assert verify() == []


def test_coming_in_by_a_link_signs_the_staff_out_of_that_browser(house: House) -> None:
    patient = house.patient()
    desk = staff(house, Role.FRONT_DESK)
    page = text(desk.post(f"/p/{patient.public}/links/", {"purpose": "intake"}))
    secret = re.search(r"/i/([\w-]+)/", page)
    assert secret
    desk.post(f"/i/{secret[1]}/", born())
    assert desk.get("/my/").status_code == 200
    assert desk.get(f"/p/{patient.public}/links/").status_code == 302
