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
    """What somebody is trained for on that day of the location."""
    day = local(now, at.zone).date()
    return frozenset(row.name for row in Competence.objects.filter(user=user_id) if row.counts_on(day))
