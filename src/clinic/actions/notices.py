"""Telling somebody of the house that something needs a look, and that they have looked."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from clinic.accounts.models import Location, Role
from clinic.actions.frame import Actor, Doing, act, note
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


def tell_place(doing: Doing, *, kind: Notice.Kind, place: Location | None, about: str = "") -> None:
    """Leaves a notice that is about no patient for the lead of a place; part of the act under way."""
    Notice.objects.create(
        public=doing.token(),
        clinic_id=doing.actor.house,
        location=place,
        role=Role.CLINICAL_LEAD,
        kind=kind,
        about=about,
        at=doing.now,
    )


def waiting_for(actor: Actor) -> QuerySet[Notice]:
    """The notices that nobody has seen yet and that wait for this person: each for a role at the place where they hold
    it.
    """
    places = {location for _role, location in actor.roles}
    mine = (Q(location=place, role__in=[role.value for role in actor.at(place)]) for place in sorted(places))
    return Notice.objects.filter(reduce(or_, mine, Q(pk=None)), clinic=actor.clinic_id, seen_at=None)


@act("notice.seen")
def notice_seen(doing: Doing, *, public: str) -> Notice:
    """Takes a notice off the list of those who had to see it."""
    found = waiting_for(doing.actor).filter(public=public).first()
    if found is None or not can(doing.actor, "worklists"):
        raise not_found()
    found.seen_at, found.seen_by_id = doing.now, doing.actor.user_id
    found.save(update_fields=["seen_at", "seen_by"])
    note(doing, patient=found.patient, about=f"notice:{found.public}")
    return found
