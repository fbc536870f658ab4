"""Telling somebody of the house that something needs a look, and that they have looked."""

from __future__ import annotations

from clinic.accounts.models import Role
from clinic.actions.frame import Doing, act, note
from clinic.actions.permissions import can, not_found
from clinic.records.models import Notice, Patient


def tell(doing: Doing, *, kind: Notice.Kind, to: Role, patient: Patient, about: str = "") -> None:
    """Leaves a notice for everybody of a role at the patient's location; part of the act under way."""
    Notice.objects.create(
        public=doing.token(),
        clinic_id=patient.clinic_id,
        location_id=patient.location_id,
        role=to,
        kind=kind,
        patient=patient,
        about=about,
        at=doing.now,
    )


@act("notice.seen")
def notice_seen(doing: Doing, *, public: str) -> Notice:
    """Takes a notice off the list of those who had to see it."""
    found = Notice.objects.filter(public=public, clinic=doing.actor.clinic_id, seen_at=None).first()
    if found is None or not can(doing.actor, "worklists") or not doing.actor.has(Role(found.role)):
        raise not_found()
    found.seen_at, found.seen_by_id = doing.now, doing.actor.user_id
    found.save(update_fields=["seen_at", "seen_by"])
    note(doing, patient=found.patient, about=f"notice:{found.public}")
    return found
