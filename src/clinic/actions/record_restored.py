"""What follows from a restore: whoever's record was written to after the backup was made has lost something in it, and
so the plan of that patient stays locked until the lead has confirmed it. Where nobody knows whose, all are locked. Who
has no plan in the backup has none to lock: whatever is planned for them is decided on the answers that are there.

A session that was ended, a private link that was closed, or a tablet that was taken out of use must not come back to
life either: everybody signs in again, the links of these patients are closed, and where a tablet was revoked since, or
that cannot be told, every tablet is revoked. Which one it was, nobody knows any more; what a tablet has not sent stays
on it, and counts once the lead has looked.
"""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.sessions.models import Session
from django.db.models import Max
from django.utils.translation import gettext as _

from clinic.actions.frame import Doing, act, note
from clinic.actions.tablets import revoke
from clinic.records.models import AccessLink, Patient, PatientState, PlanLock, Tablet, TreatmentPlan


@act("record.restored")
def record_restored(
    doing: Doing, *, changed: Collection[int] | None, tablets: bool, acts: int, why: str
) -> list[PlanLock]:
    """Locks the last plan of every patient in `changed` (by key; None for everybody) in a record of `acts` acts, and
    takes all tablets out of use where `tablets` says so.
    """
    reason = _(
        "The record was restored from a backup, and something written to it afterwards may be missing. "
        "Ask the patient what is new, then confirm the plan."
    )
    locks = [
        PlanLock.objects.create(plan=plan, kind=PlanLock.Kind.RESTORED, reason=reason, by=None, at=doing.now)
        for plan in _last_plans(changed)
    ]
    held = [lock.plan.patient_id for lock in locks]
    PatientState.objects.filter(patient__in=held).update(may_treat=False, plan="locked", at=doing.now)
    Session.objects.all().delete()
    links = AccessLink.objects.filter(revoked_at=None)
    (links if changed is None else links.filter(patient__in=changed)).update(revoked_at=doing.now)
    for each in Tablet.objects.filter(revoked_at=None) if tablets else ():
        revoke(each, doing.now)
    note(doing, about=f"backup after act {acts}", why=why, sealed=locks)
    return locks


def _last_plans(changed: Collection[int] | None) -> list[TreatmentPlan]:
    """The plan that counts of each patient. A record that was folded into another counts with it."""
    last = TreatmentPlan.objects.values("patient").annotate(last=Max("pk")).values_list("last", flat=True)
    plans = TreatmentPlan.objects.filter(pk__in=list(last)).order_by("pk")
    if changed is None:
        return list(plans)
    into = Patient.objects.filter(pk__in=changed, merged_into__isnull=False).values_list("merged_into", flat=True)
    wanted = set(changed) | set(into)
    return [plan for plan in plans if plan.patient_id in wanted]
