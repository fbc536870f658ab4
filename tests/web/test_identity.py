"""Who somebody is: the number they get, and putting it right without undoing what somebody else has just put right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from clinic.accounts.models import Role
from clinic.actions.edit_patient import edit_patient, identity
from clinic.actions.register_patient import Person, next_number
from clinic.actions.settings_change import ChangedMeanwhile
from clinic.records.models import FactEntry, Patient
from effleurage.errors import InputError
from tests.web.asking import text
from tests.web.conftest import NOW, House
from tests.web.test_consents import staff_client

ADA = Person("Ada", "Berg", date(1951, 4, 12))
TYPED = {"given": "Ada", "family": "Berg", "birth_date": "12.4.1951", "language": "en"}


@pytest.mark.parametrize("last, following", [("P-00041", "P-00042"), ("P-99999", "P-100000"), ("P-100000", "P-100001")])
def test_the_numbers_go_on_past_the_fifth_digit(house: House, last: str, following: str) -> None:
    Patient.objects.filter(pk=house.patient().pk).update(number=last)
    Patient.objects.filter(pk=house.patient().pk).update(number="P-00007")
    assert next_number(house.clinic.pk) == following


def test_a_form_opened_before_somebody_put_the_birth_date_right_does_not_put_it_back(house: House) -> None:
    patient, doing = house.patient(), house.doing(Role.FRONT_DESK)
    opened = identity(patient)
    right = replace(ADA, birth_date=date(1952, 4, 12))
    edit_patient(doing, public=patient.public, person=right, seen=opened)
    with pytest.raises(ChangedMeanwhile) as caught:
        edit_patient(doing, public=patient.public, person=replace(ADA, phone="+380 44 1"), seen=opened)
    assert [each.name for each in caught.value.changes] == ["birth_date"]
    patient.refresh_from_db()
    assert (patient.birth_date, patient.phone) == (right.birth_date, "")
    assert FactEntry.objects.filter(patient=patient, name="birth_date").count() == 2


def test_by_hand_both_dates_are_shown_and_ones_own_is_kept_only_if_it_is_sent_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    patient, desk = house.patient(), staff_client(house, Role.FRONT_DESK)
    page = f"/p/{patient.public}/edit/"
    opened = desk.get(page).context["seen"]
    desk.post(page, {**TYPED, "birth_date": "12.4.1952", "seen": opened})
    answer = desk.post(page, {**TYPED, "phone": "+380 44 1", "seen": opened})
    assert answer.status_code == 422
    assert "Somebody else has changed this" in text(answer)
    assert "1952-04-12" in text(answer)
    patient.refresh_from_db()
    assert patient.birth_date == date(1952, 4, 12)
    again = {**TYPED, "phone": "+380 44 1", "seen": answer.context["seen"]}
    assert desk.post(page, again).status_code == 302
    patient.refresh_from_db()
    assert (patient.birth_date, patient.phone) == (ADA.birth_date, "+380 44 1")
    assert desk.post(page, TYPED).status_code == 422, "what was not seen is not overwritten"


def test_nobody_is_born_in_the_future(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    patient, tomorrow = house.patient(), NOW.date() + timedelta(days=1)
    with pytest.raises(InputError, match="future"):
        edit_patient(
            house.doing(Role.FRONT_DESK), public=patient.public,
            person=replace(ADA, birth_date=tomorrow), seen=identity(patient),
        )  # fmt: skip
    with pytest.raises(InputError, match="future"):
        house.patient(born=tomorrow)
    desk, page = staff_client(house, Role.FRONT_DESK), f"/p/{patient.public}/edit/"
    answer = desk.post(page, {**TYPED, "birth_date": f"{tomorrow:%d.%m.%Y}", "seen": desk.get(page).context["seen"]})
    assert answer.status_code == 422
    assert "This day lies in the future." in text(answer)


def test_who_is_born_today_by_the_clock_of_the_place_is_entered_before_the_day_of_the_server_begins(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    midnight = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: midnight)
    desk, form = staff_client(house, Role.FRONT_DESK), {**TYPED, "location": house.location.public}
    assert desk.post("/patients/new/", {**form, "birth_date": "22.11.2026"}).status_code == 302
    assert "future" in text(desk.post("/patients/new/", {**form, "birth_date": "23.11.2026"}))
