"""What an act costs: the decision after the last answer, and creating and reading a patient and a visit."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.utils import timezone

from bench.clinic_pages import somebody
from clinic.accounts.models import User
from clinic.actions.answer_questions import answer_questions
from clinic.actions.frame import Doing
from clinic.actions.open_chart import open_chart
from clinic.actions.people import staff
from clinic.actions.register_patient import Person, register_patient
from clinic.actions.visits import Booking, enter_visit, visit_for_act
from clinic.desk.decision import seen
from clinic.records.facts import local
from clinic.records.models import Patient, Room, Service
from clinic.records.standing import standing
from effleurage.facts.answers import Answer

Timed = Callable[..., dict[str, float]]
DAY = timedelta(days=400)
"""The visits of the benchmark lie so far ahead that no other is in their way."""


def new_token() -> str:
    return secrets.token_urlsafe(16)


def doing(name: str) -> Doing:
    """The circumstances of an act of somebody of the demonstration, now."""
    user = User.objects.get(email=f"{name}@two-lindens.example")
    return Doing(actor=staff(user), now=timezone.now(), token=new_token, via="bench")


def decision(timed: Timed) -> dict[str, dict[str, float]]:
    """From the last answer to all that the page of the decision shows: stored, decided, in words."""
    patient = somebody("Marina", "Kovalenko")
    turns = itertools.cycle((True, False))

    def answered() -> None:
        now = doing("iryna")
        answer = Answer(next(turns), local(now.now, patient.location.zone), "therapist")
        answer_questions(now, public=patient.public, answers={"high_fall_risk": answer})

    def shown() -> object:
        found = Patient.objects.select_related("location", "clinic").get(pk=patient.pk)
        return seen(standing(found, now=timezone.now()))

    def both() -> None:
        answered()
        shown()

    return {"answer stored and decided": timed(answered), "decision in words": timed(shown), "both": timed(both)}


def acts(timed: Timed) -> dict[str, dict[str, float]]:
    """A patient registered and opened, a visit entered and read: each by its act, with its row in the journal."""
    numbers = itertools.count()
    place, room, service, therapist = _resources()
    public = somebody("Olha", "Marchenko").public

    def register() -> Patient:
        person = Person(f"Bench {next(numbers)}", "Created", date(1960, 1, 1))
        return register_patient(doing("iryna"), person=person, location=place)

    def visit() -> str:
        count = next(numbers)
        wall = datetime.combine(timezone.now().date() + DAY + timedelta(days=count // 8), datetime.min.time())
        booking = Booking(therapist, room, service, wall + timedelta(hours=9, minutes=75 * (count % 8)))
        return enter_visit(doing("iryna"), public=public, booking=booking).public

    made = visit()
    return {
        "create a patient": timed(register),
        "read a patient": timed(lambda: open_chart(doing("iryna"), public=public, right="chart.read", about="bench")),
        "create a visit": timed(visit),
        "read a visit": timed(lambda: visit_for_act(doing("iryna"), made)),
    }


def _resources() -> tuple[str, str, str, str]:
    room = Room.objects.select_related("location").filter(location__name="Podil, Kyiv").order_by("pk")[0]
    service = Service.objects.get(clinic=room.location.clinic_id)
    therapist = User.objects.get(email="iryna@two-lindens.example")
    return room.location.public, room.public, service.public, therapist.public
