"""The care team: who looks after a patient, and so opens the chart without giving a reason."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clinic.accounts.models import Location, Role, User
from clinic.actions.frame import Doing, act, note
from clinic.actions.open_chart import patient_for_act
from clinic.actions.permissions import not_found
from clinic.records.models import Care
from effleurage.errors import InputError


def carers_of(location: Location) -> QuerySet[User]:
    """Who can look after somebody at a place: therapists and leads with an open account."""
    roles = (Role.THERAPIST, Role.CLINICAL_LEAD)
    found = User.objects.filter(is_active=True, memberships__location=location, memberships__role__in=roles)
    return found.distinct().order_by("name")


@act("care.assign")
def assign_care(doing: Doing, *, public: str, user: str) -> Care:
    """Somebody looks after this patient from now on."""
    patient = patient_for_act(doing, public, "care.assign")
    carer = carers_of(patient.location).filter(public=user).first()
    if carer is None:
        raise not_found()
    care, new = Care.objects.get_or_create(patient=patient, user=carer, defaults={"since": doing.now})
    if not new:
        raise InputError(
            where=_("Care team"),
            what=_("%(name)s looks after this patient already.") % {"name": carer.name},
            remedy=_("Nothing needs to be done."),
        )
    note(doing, patient=patient, about=f"user:{carer.public}")
    return care


@act("care.end")
def end_care(doing: Doing, *, public: str, user: str) -> None:
    """Somebody no longer looks after this patient. That they did stays in the journal, with since when."""
    patient = patient_for_act(doing, public, "care.assign")
    care = Care.objects.select_related("user").filter(patient=patient, user__public=user).first()
    if care is None:
        raise not_found()
    since = care.since
    care.delete()
    note(doing, patient=patient, about=f"user:{user}", why=_("since %(when)s") % {"when": since.isoformat()})
