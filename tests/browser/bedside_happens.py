"""What happens at the desk while a tablet is out: `python -m tests.browser.bedside_happens lock|visit|forget|learn NAME`."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime, timedelta

import django

from tests.browser.small_clinic import ROOT


def main(what: str, name: str) -> None:
    sys.path.insert(0, str(ROOT))
    django.setup()
    from clinic.accounts.models import Role, User
    from clinic.actions.frame import Doing
    from clinic.actions.people import staff
    from clinic.records.models import Patient

    given, family = name.split()
    patient = Patient.objects.get(given=given, family=family)
    therapist = User.objects.get(memberships__role=Role.THERAPIST)
    doing = Doing(
        actor=staff(therapist, fresh=True), now=datetime.now(UTC), token=lambda: secrets.token_urlsafe(16), via="test"
    )
    {"lock": lock, "visit": visit, "forget": forget, "learn": learn}[what](doing, patient)


def lock(doing, patient) -> None:
    """The course is locked by a decision."""
    from clinic.actions.plan_treatment import lock_plan

    plan = patient.plans.latest("pk")
    lock_plan(doing, public=patient.public, plan=plan.public, reason="The doctor wants to see the patient first.")


def visit(doing, patient) -> None:
    """The patient gets a second visit, after all others."""
    from clinic.records.models import Visit

    first = Visit.objects.filter(patient=patient).latest("starts")
    last = Visit.objects.latest("starts")
    again = last.starts + timedelta(minutes=70)
    Visit.objects.create(
        public=doing.token(), clinic=first.clinic, location=first.location, patient=patient, room=first.room,
        service=first.service, therapist=first.therapist, starts=again, ends=again + timedelta(minutes=50),
    )  # fmt: skip


def forget(doing, _) -> None:
    """What the therapist was trained for beyond a curve ended yesterday."""
    beyond(doing).update(until=(doing.now - timedelta(days=1)).date())


def learn(doing, _) -> None:
    """It counts again, without an end."""
    beyond(doing).update(until=None)


def beyond(doing):
    from clinic.accounts.models import Competence

    bones = ("fragile_bone", "assisted_transfer", "oncology_massage")
    return Competence.objects.filter(user=doing.actor.account, name__in=bones)


if __name__ == "__main__":
    main(*sys.argv[1:])
