"""A new patient. Who is likely the same person is shown before, since a second record hides what the first one
knows.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Final

from django.db.models import Q
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from clinic.accounts.models import Clinic, Location, Role
from clinic.actions.answer_questions import enter
from clinic.actions.frame import Doing, act, note
from clinic.actions.permissions import check, not_found
from clinic.records.facts import chart, local
from clinic.records.models import Care, Patient
from clinic.records.state import refresh_state
from effleurage.errors import InputError
from effleurage.facts.answers import Answer

ALIKE: Final = 0.8
"""How alike two names must be (0 to 1) to be shown as perhaps the same person, where the birth date agrees."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is, as the form gives it."""

    given: str
    family: str
    birth_date: date
    phone: str = ""
    email: str = ""
    language: str = "en"


def search_key(*words: str) -> str:
    """Names as they are searched: small letters, without accents.

    >>> search_key("Zoë", "Łuczak-O'Brien")
    "zoe łuczak-o'brien"
    """
    flat = unicodedata.normalize("NFKD", " ".join(words).casefold())
    return "".join(letter for letter in flat if not unicodedata.combining(letter)).strip()


def likely_same(clinic_id: int, person: Person) -> list[Patient]:
    """Patients of the clinic who may be this person: same birth date (or day and month exchanged) and a name that is
    alike, or the same name, telephone or e-mail address.
    """
    born = person.birth_date
    days = Q(birth_date=born)
    if born.day <= 12:
        days |= Q(birth_date=date(born.year, born.day, born.month))
    key = search_key(person.given, person.family)
    reach = Q(search=key)
    reach |= Q(phone=person.phone) if person.phone else Q()
    reach |= Q(email__iexact=person.email) if person.email else Q()
    rows = Patient.objects.filter(days | reach, clinic=clinic_id, merged_into=None)
    found = rows.select_related("location", "state")[:50]
    return [each for each in found if _alike(each, key) or each.birth_date != born or _reached(each, person)]


def _alike(patient: Patient, key: str) -> bool:
    return SequenceMatcher(None, patient.search, key).ratio() >= ALIKE


def _reached(patient: Patient, person: Person) -> bool:
    return bool(person.phone and patient.phone == person.phone) or bool(
        person.email and patient.email.lower() == person.email.lower()
    )


@act("patient.register")
def register_patient(doing: Doing, *, person: Person, location: str) -> Patient:
    """Enters a patient at a location; the birth date becomes their first fact, and a therapist joins the care team."""
    check(doing.actor, "patient.register")
    at = Location.objects.select_related("clinic").filter(public=location, clinic=doing.actor.clinic_id).first()
    if at is None or at.pk not in doing.actor.locations(Role.FRONT_DESK, Role.THERAPIST, Role.CLINICAL_LEAD):
        raise not_found()
    check_born(person, local(doing.now, at.zone).date())
    patient = Patient.objects.create(
        public=doing.token(),
        clinic=at.clinic,
        location=at,
        number=next_number(at.clinic_id),
        search=search_key(person.given, person.family),
        made_at=doing.now,
        **{name: getattr(person, name) for name in ("given", "family", "birth_date", "phone", "email", "language")},
    )
    born = datetime.combine(person.birth_date, datetime.min.time())
    answer = Answer(born, local(doing.now, at.zone), "patient", "registration")
    entry = enter(doing, patient, "birth_date", answer, chart(patient))
    if Role.THERAPIST in doing.actor.at(at.pk):
        Care.objects.create(patient=patient, user_id=doing.actor.account, since=doing.now)
    refresh_state(patient, doing.now)
    note(doing, patient=patient, about=f"patient:{patient.public}", sealed=[entry])
    return patient


def check_born(person: Person, today: date) -> None:
    """Raises InputError for a birth date that lies in the future."""
    if person.birth_date > today:
        raise InputError(
            where=_("Date of birth"), what=_("This day lies in the future."), remedy=_("Look at the page again.")
        )


def next_number(clinic_id: int) -> str:
    """The next number of a clinic's patients, as people read it aloud: 'P-00042'. Two desks wait for each other.

    Only the clinic's row can be locked, since the new patient has none yet; `no_key` lets everything else go on that
    merely names the clinic.
    """
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic_id)
    numbers = Patient.objects.filter(clinic=clinic_id).order_by(Length("number").desc(), "-number")
    last = numbers.values_list("number", flat=True).first()
    return f"P-{int(last[2:]) + 1 if last else 1:05d}"
