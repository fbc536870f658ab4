"""Private links: how a patient, or who speaks for them, comes in without an account.

A link is an address with a secret in it, and a date of birth that is told beside it. Of the secret only a hash is kept,
so nobody can read it out of the record; the desk sees it once, when it is made. Whether a link exists is never told:
an unknown, an old and a closed one get the same answer. What a link opens follows from its purpose: `OPENS` in
`permissions.py`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from clinic.accounts.models import Role
from clinic.actions.frame import Doing, act, note
from clinic.actions.notices import tell
from clinic.actions.open_chart import patient_for_act
from clinic.actions.people import holder
from clinic.actions.permissions import not_found
from clinic.records.models import AccessLink, Guardian, Notice, Patient

LASTS: Final = {
    AccessLink.Purpose.INTAKE: timedelta(days=14),
    AccessLink.Purpose.PORTAL: timedelta(days=90),
    AccessLink.Purpose.CONTACT: timedelta(days=14),
    AccessLink.Purpose.OUTCOME: timedelta(days=14),
}
TRIES: Final = 5
"""So many wrong dates of birth close a link."""


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link, and its secret, which is nowhere else."""

    link: AccessLink
    secret: str


@act("link.make")
def make_link(doing: Doing, *, public: str, purpose: str, guardian: str = "") -> MadeLink:
    """A link for the patient, or for the guardian of this public name. The secret has 128 random bits."""
    patient = patient_for_act(doing, public, "link.make")
    made = made_link(doing, patient, AccessLink.Purpose(purpose), guardian)
    note(doing, patient=patient, about=f"link:{made.link.public}")
    return made


def made_link(doing: Doing, patient: Patient, purpose: AccessLink.Purpose, guardian: str) -> MadeLink:
    """The same as part of another act."""
    secret = doing.token()
    link = AccessLink.objects.create(
        public=doing.token(),
        patient=patient,
        guardian=_guardian(patient, guardian) if guardian else None,
        purpose=purpose,
        secret_hash=hashed(secret),
        made_at=doing.now,
        made_by_id=doing.actor.account,
        expires_at=doing.now + LASTS[purpose],
    )
    return MadeLink(link, secret)


@act("link.revoke")
def revoke_link(doing: Doing, *, public: str, link: str) -> AccessLink:
    """Closes a link at once, also for who has it open."""
    patient = patient_for_act(doing, public, "link.make")
    found = AccessLink.objects.filter(patient=patient, public=link).first()
    if found is None:
        raise not_found()
    if found.revoked_at is None:
        found.revoked_at = doing.now
        found.save(update_fields=["revoked_at"])
    note(doing, patient=patient, about=f"link:{found.public}")
    return found


@act("guardian.add")
def add_guardian(doing: Doing, *, public: str, name: str, relation: str, phone: str = "") -> Guardian:
    """Enters somebody who speaks for a patient."""
    patient = patient_for_act(doing, public, "patient.identity")
    found = Guardian.objects.create(
        public=doing.token(), patient=patient, name=name.strip(), relation=relation.strip(), phone=phone.strip()
    )
    note(doing, patient=patient, about=f"guardian:{found.public}")
    return found


def enter(doing: Doing, *, secret: str, born: date) -> AccessLink | None:
    """The link that this secret and this date of birth open, or None: why not is not told."""
    found = AccessLink.objects.filter(secret_hash=hashed(secret)).first()
    return enter_link(doing, link=found.public, born=born) if found and counts(found, doing.now) else None


@act("link.enter")
def enter_link(doing: Doing, *, link: str, born: date) -> AccessLink | None:
    """One try at a link that exists. A wrong date is counted; the fifth closes the link and tells the desk."""
    found = AccessLink.objects.select_for_update(of=("self",)).select_related("patient", "guardian").get(public=link)
    right = counts(found, doing.now) and found.patient.birth_date == born
    if right:
        found.wrong_tries, found.used_at = 0, doing.now
    else:
        found.wrong_tries += 1
        if found.wrong_tries >= TRIES and found.revoked_at is None:
            found.revoked_at = doing.now
            tell(doing, kind=Notice.Kind.LINK_CLOSED, to=Role.FRONT_DESK, patient=found.patient)
    found.save(update_fields=["wrong_tries", "used_at", "revoked_at"])
    who = replace(doing, actor=holder(found)) if right else doing
    note(who, patient=found.patient, about=f"link:{found.public}", why="" if right else "wrong date of birth")
    return found if right else None


def counts(link: AccessLink, now: datetime) -> bool:
    """Whether a link still opens."""
    return link.revoked_at is None and link.expires_at > now


def links_of(patient: Patient) -> QuerySet[AccessLink]:
    """All links of a patient, the newest first."""
    return AccessLink.objects.filter(patient=patient).select_related("guardian", "made_by").order_by("-pk")


def guardians_of(patient: Patient) -> QuerySet[Guardian]:
    return Guardian.objects.filter(patient=patient).order_by("pk")


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _guardian(patient: Patient, public: str) -> Guardian:
    found = Guardian.objects.filter(patient=patient, public=public).first()
    if found is None:
        raise not_found()
    return found
