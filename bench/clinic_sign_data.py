"""Fifty therapists at one place, each signed in with both factors, each with a patient whose notes wait for them.

Patients, answers, plans, consents, events and words come by the real acts; accounts, rooms and visits are written as
the tests write them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Competence, Location, Membership, Role, User
from clinic.actions.answer_questions import answer_questions
from clinic.actions.consents import Said as Agreed
from clinic.actions.consents import give_consent, wordings
from clinic.actions.frame import Doing
from clinic.actions.notes import write_note
from clinic.actions.people import staff
from clinic.actions.plan_treatment import choose_plan, sign_plan
from clinic.actions.register_patient import Person, register_patient
from clinic.config.demo_answers import Said
from clinic.records.content import built_in
from clinic.records.facts import local
from clinic.records.models import Care, MassageSession, Patient, Room, Service, Tablet, TreatmentPlan, Visit
from clinic.records.notes import note_of
from clinic.records.scripts import script_text, session_script
from clinic.records.standing import Standing, standing
from effleurage.session.ground import script_hash
from tests.web.at_table import AtTable
from tests.web.conftest import House

EXAMPLES = ("osteoporosis", "mild-scoliosis", "both-conditions", "double-curve", "low-bone-mass")
PASSWORD = "slow rain on the tin roof"
NOTES = 3
"""Sessions of each patient whose notes wait: the last was today, the others every third day before."""
OTHERS = 6
"""Patients beside that one whom each therapist looks after, two of them with a visit later today."""
PLANNED = timedelta(days=3 * NOTES + 1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody at work: the cookie of their session, the pages that they read, and the notes that they will sign."""

    cookie: str
    pages: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """What everybody who works at once shares."""

    place: Location
    now: datetime
    token: Callable[[], str]
    password: str


class Table(AtTable):
    """Works out only once what a session stands on."""

    @cached_property
    def found(self) -> Standing:
        return standing(self.session.patient, now=self.now)


def workers(count: int, *, now: datetime, token: Callable[[], str]) -> list[Worker]:
    shift = Shift(Location.objects.get(name="Podil, Kyiv"), now, token, make_password(PASSWORD))
    copies = Patient.objects.filter(clinic=shift.place.clinic, number__startswith="P-10")
    others = list(copies.order_by("pk")[: count * OTHERS])
    return [_worker(shift, number, others[number::count]) for number in range(count)]


def _worker(shift: Shift, number: int, others: list[Patient]) -> Worker:
    user = _therapist(shift, number)
    house = House(shift.place.clinic, shift.place, {Role.THERAPIST: user}, shift.token)
    room = Room.objects.create(public=shift.token(), location=shift.place, name=f"Room {number}")
    patient, plan = _planned(shift, house, number)
    tablet = _tablet(shift, user)
    days = [timedelta(days=3 * (NOTES - number)) for number in range(1, NOTES + 1)]
    sessions = [
        _session(shift, house, plan, tablet, room, number, shift.now - HOUR - ago) for number, ago in enumerate(days, 1)
    ]
    Care.objects.bulk_create(Care(patient=each, user=user, since=shift.now) for each in others)
    for later, each in enumerate(others[:2], 1):
        _visit(shift, house, each, room, shift.now + later * HOUR)
    pages = tuple(_pages(patient, others, sessions))
    notes = tuple(reverse("desk:session", args=(patient.public, each)) for each in sessions)
    return Worker(_cookie(user), pages, notes)


def _pages(patient: Patient, others: list[Patient], sessions: list[str]) -> Iterator[str]:
    """As often as they are read: today more often than anybody's record."""
    yield from [reverse("desk:today")] * 5
    for each in (patient, *others):
        for name in ("patient", "decision", "plan"):
            yield reverse(f"desk:{name}", args=(each.public,))
    for session in sessions:
        yield reverse("desk:note", args=(patient.public, session))


def _therapist(shift: Shift, number: int) -> User:
    """An account with password, second factor, every competence, and a role at the place."""
    user = User(
        public=shift.token(), clinic=shift.place.clinic, email=f"bench{number}@two-lindens.example",
        name=f"Bench Therapist {number}", made_at=shift.now,
    )  # fmt: skip
    user.password = shift.password
    user.save()
    Membership.objects.create(user=user, location=shift.place, role=Role.THERAPIST)
    terms = built_in().protocols.vocabulary.competences
    Competence.objects.bulk_create(Competence(user=user, name=term.name) for term in terms)
    TOTP.activate(user, generate_totp_secret())
    return user


def _cookie(user: User) -> str:
    """The cookie of a browser in which this person has signed in."""
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(user)
    return str(browser.cookies[settings.SESSION_COOKIE_NAME].value)


def _doing(shift: Shift, house: House, at: datetime) -> Doing:
    user = house.people[Role.THERAPIST]
    return Doing(actor=staff(user, fresh=True), now=at, token=shift.token, via="bench")


def _planned(shift: Shift, house: House, number: int) -> tuple[Patient, TreatmentPlan]:
    """A patient with a signed plan to which they have agreed."""
    doing, example = _doing(shift, house, shift.now - PLANNED), EXAMPLES[number % len(EXAMPLES)]
    born = date(1950 + number % 40, 4, 11)
    patient = register_patient(doing, person=Person("Waiting", f"Note{number}", born), location=shift.place.public)
    said = Said(example, born, built_in().protocols.facts, number).at(local(doing.now, shift.place.zone))
    found = answer_questions(doing, public=patient.public, answers=said)
    if found is None:
        raise SystemExit(f"the answers of {example} decide nothing.")
    plan = choose_plan(doing, public=patient.public, regimen=found.plan.available[0].regimen.id)
    sign_plan(doing, public=patient.public, plan=plan.public)
    for term in standing(patient, now=doing.now).consents_needed:
        mark = wordings(patient.clinic_id, built_in())[term.name].mark
        give_consent(doing, public=patient.public, kind=term.name, said=Agreed(how="paper", mark=mark))
    return patient, plan


def _tablet(shift: Shift, user: User) -> Tablet:
    return Tablet.objects.create(
        public=shift.token(), clinic=user.clinic, user=user, name="Bench", half="a" * 64, salt="b", verifier="c",
        made_at=shift.now, seen_at=shift.now,
    )  # fmt: skip


def _visit(shift: Shift, house: House, patient: Patient, room: Room, starts: datetime) -> Visit:
    return Visit.objects.create(
        public=shift.token(), clinic=house.clinic, location=house.location, patient=patient, room=room,
        service=Service.objects.filter(clinic=house.clinic).first(), therapist=house.people[Role.THERAPIST],
        starts=starts, ends=starts + timedelta(minutes=50),
    )  # fmt: skip


def _session(
    shift: Shift, house: House, plan: TreatmentPlan, tablet: Tablet, room: Room, number: int, starts: datetime
) -> str:
    """A session that was given as planned, sent by the tablet, and about which somebody has written a few words."""
    found = standing(plan.patient, now=starts)
    script = session_script(found.refreshed, plan.regimen, number, None)
    held = MassageSession.objects.create(
        public=shift.token(), clinic=house.clinic, patient=plan.patient, plan=plan, number=number,
        visit=_visit(shift, house, plan.patient, room, starts), dose=script.script.dose,
        content_hash=found.library.protocols.hash, script=script_text(script), script_hash=script_hash(script.script),
        made_at=starts,
    )  # fmt: skip
    Table(house, held, tablet, now=starts).starts().rest().closes().send(now=starts + HOUR)
    words = note_of(held)
    texts = [f"{each['text']}\nFelt at ease, and slept well." for each in words.own_words]
    write_note(_doing(shift, house, starts + HOUR), session=held.public, texts=texts, seen=words.mark)
    return held.public
