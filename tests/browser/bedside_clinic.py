"""A small clinic whose therapist has visits: `python -m tests.browser.bedside_clinic`. For the tests of the tablet.

Each patient has a signed plan and every consent; their visits follow one another from a quarter of an hour from now.
The answers of one day are those of today, so the questions of the day are asked only where a test asks for a later day.
"""

from __future__ import annotations

import os
import secrets
import sys
from datetime import UTC, date, datetime, timedelta
from random import Random

import django

from tests.browser.small_clinic import ROOT

NAMES = ("Olha Marchenko", "Andrii Bondarenko", "Svitlana Tkachenko", "Yuliia Polishchuk", "Nina Morozova")
EXAMPLES = ("osteoporosis", "mild-scoliosis", "both-conditions", "double-curve", "low-bone-mass")
COUNT = "BEDSIDE_VISITS"
"""How many visits there are; a test of many sessions asks for more."""
APART, LASTS, CARRIED = timedelta(minutes=70), timedelta(minutes=50), timedelta(hours=66)
"""Between two visits and for each; but all of them must begin within the hours that a tablet carries."""
CONSENTS = ("treatment", "chest_touch", "abdomen_touch", "buttock_touch")


def main() -> None:
    sys.path.insert(0, str(ROOT))
    django.setup()
    from tests.browser.small_clinic import found

    found()
    visits(int(os.environ.get(COUNT, str(len(NAMES)))))


def visits(count: int) -> None:
    apart = min(APART, CARRIED / count)
    for number in range(count):
        visit(number, after=number * apart, lasts=min(LASTS, apart))


def visit(number: int, *, after: timedelta, lasts: timedelta) -> None:
    from clinic.accounts.models import Location, Role, User
    from clinic.actions.consents import Said, give_consent
    from clinic.actions.edit_patient import set_photo
    from clinic.actions.frame import Doing
    from clinic.actions.people import staff
    from clinic.actions.plan_treatment import choose_plan, sign_plan
    from clinic.actions.register_patient import Person, register_patient
    from clinic.config.demo_faces import face
    from clinic.records.models import Room, Service, Visit
    from tests.web.test_consents import mark

    again, kind = divmod(number, len(NAMES))
    now = datetime.now(UTC)
    therapist = User.objects.get(memberships__role=Role.THERAPIST)
    doing = Doing(actor=staff(therapist, fresh=True), now=now, token=lambda: secrets.token_urlsafe(16), via="test")
    place = Location.objects.get()
    given, family = NAMES[kind].split()
    said = answers(EXAMPLES[kind], place.zone, now)
    born: date = said.pop("birth_date").value.date()
    person = Person(given, f"{family}{again or ''}", born, phone=f"+380 44 000 {number:04d}")
    patient = register_patient(doing, person=person, location=place.public)
    set_photo(doing, public=patient.public, data=face(Random(number), age=now.year - born.year))
    found = answer(doing, patient.public, said)
    made = choose_plan(doing, public=patient.public, regimen=found.plan.available[0].regimen.id)
    sign_plan(doing, public=patient.public, plan=made.public)
    for consent in CONSENTS:
        agreed = Said(how="paper", guardian="", mark=mark(patient, consent), language="en", regions=())
        give_consent(doing, public=patient.public, kind=consent, said=agreed)
    room, _ = Room.objects.get_or_create(location=place, name="Linden", defaults={"public": secrets.token_urlsafe(16)})
    service, _ = Service.objects.get_or_create(
        clinic=place.clinic, name="Massage", defaults={"public": secrets.token_urlsafe(16), "minutes": 50}
    )
    starts = now + timedelta(minutes=15) + after
    Visit.objects.create(
        public=secrets.token_urlsafe(16), clinic=place.clinic, location=place, patient=patient, room=room,
        service=service, therapist=therapist, starts=starts, ends=starts + lasts,
    )  # fmt: skip


def answers(example, zone, now):
    from clinic.records.content import built_in
    from clinic.records.facts import local
    from effleurage.facts.answers import Answer
    from effleurage.facts.read_intake import read_intake_file

    on = local(now, zone)
    intake = read_intake_file(
        ROOT / "examples" / f"{example}.yaml", built_in().protocols.facts, on=on + timedelta(days=400)
    )
    return {name: Answer(each.value, on, each.origin) for name, each in intake.answers.items()}


def answer(doing, public, said):
    from clinic.actions.answer_questions import answer_questions

    return answer_questions(doing, public=public, answers=said)


if __name__ == "__main__":
    main()
