"""From an account or a private link to the actor of an act."""

from __future__ import annotations

from datetime import datetime

from clinic.accounts.models import Competence, Location, Role, User
from clinic.actions.frame import Actor
from clinic.records.facts import local
from clinic.records.models import AccessLink

NOBODY = Actor(key="nobody", name="", clinic_id=None)
HOUSE = Actor(key="house", name="Effleurage", clinic_id=None)
"""The system itself, for commands and for what follows from an act without a person."""


def staff(user: User, *, fresh: bool = False) -> Actor:
    """The actor of an account: its roles at locations that are in use. `fresh`: signed in anew for this act."""
    rows = user.memberships.filter(location__open=True).values_list("role", "location_id")
    roles = frozenset((Role(role), location) for role, location in rows)
    return Actor(
        key=f"user:{user.public}", name=user.name, clinic_id=user.clinic_id, roles=roles, user_id=user.pk, fresh=fresh
    )


def holder(link: AccessLink) -> Actor:
    """The actor of a private link: the patient, or a guardian who speaks for them."""
    patient, guardian = link.patient, link.guardian
    role = Role.GUARDIAN if guardian else Role.PATIENT
    return Actor(
        key=f"{role.value}:{guardian.public if guardian else patient.public}",
        name=guardian.name if guardian else patient.name,
        clinic_id=patient.clinic_id,
        roles=frozenset({(role, patient.location_id)}),
        patient_id=patient.pk,
        guardian_id=guardian.pk if guardian else None,
        purpose=link.purpose,
    )


def competences(user_id: int, at: Location, now: datetime) -> frozenset[str]:
    """What somebody is trained for on that day of the location. What a student is still learning is none of it."""
    day = local(now, at.zone).date()
    rows = Competence.objects.filter(user=user_id, supervisor=None)
    return frozenset(row.name for row in rows if row.counts_on(day))


def stands_beside(held: Competence, at: Location, now: datetime) -> Competence | None:
    """By what the supervisor of a student can stand beside them: the same training, finished and valid on that day, of
    somebody who works with people at the location. None where there is nobody.
    """
    working = {"memberships__location": at, "memberships__role__in": (Role.THERAPIST, Role.CLINICAL_LEAD)}
    people = User.objects.filter(is_active=True, **working)
    same = Competence.objects.filter(user=held.supervisor, name=held.name, supervisor=None)
    finished = same.filter(user__in=people).first()
    return finished if finished and finished.counts_on(local(now, at.zone).date()) else None
