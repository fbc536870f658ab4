"""Two records of one person become one, and two again if they were not. Nothing of either is moved or lost.

While they are one, each fact counts with the worse news of both (`records/facts.py`), so that no risk of the one hides
behind the other. The record that is folded in is closed: its links, its plan, its pages. What is said in the meantime
stands with the record that was kept; if the two are separated again, nobody can tell of whom it was said, so both
plans then wait.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from clinic.actions.answer_questions import after_facts, locks_of
from clinic.actions.frame import Doing, act, note
from clinic.actions.open_chart import find_patient, hold, patient_for_act
from clinic.actions.permissions import check, not_found
from clinic.actions.policies import insist, why_no_reason
from clinic.records.models import (
    AccessLink,
    Consent,
    FactEntry,
    Merge,
    Patient,
    PatientState,
    PlanLock,
    Sealed,
    TreatmentPlan,
)
from clinic.records.standing import locks_on


@act("patient.merge")
def merge_patients(doing: Doing, *, public: str, folded: str, reason: str) -> Merge:
    """Folds one record into another. Raises InputError if it cannot be, or if their answers cannot both be true."""
    hold(public, folded)
    kept = patient_for_act(doing, public, "patient.merge")
    other = find_patient(doing, folded)
    check(doing.actor, "patient.merge", other, now=doing.now)
    insist(_("Reason"), why_no_reason(reason), _("Say in a sentence how you know that it is one person."))
    insist(_("The two records"), why_not_merge(kept, other), _("Look at both once more."))
    made = Merge.objects.create(kept=kept, folded=other, reason=reason.strip(), by_id=doing.actor.account, at=doing.now)
    other.merged_into = kept
    other.save(update_fields=["merged_into"])
    AccessLink.objects.filter(patient=other, revoked_at=None).update(revoked_at=doing.now)
    PatientState.objects.filter(patient=other).delete()
    locks = _lock(doing, other, _("This record was united with another; the plan of that one counts."))
    found = after_facts(doing, kept)
    sealed: list[Sealed] = [made, *locks, *locks_of(found, doing.now)]
    note(doing, patient=kept, about=f"merge:{other.public}", why=reason.strip(), sealed=sealed, also=other)
    return made


@act("patient.unmerge")
def unmerge_patients(doing: Doing, *, public: str, folded: str, reason: str) -> Merge:
    """Separates two records again. If anything was said in the meantime, the plans of both wait until it is sorted."""
    hold(public, folded)
    kept = patient_for_act(doing, public, "patient.merge")
    since = merge_of(doing, kept, folded)
    other = since.folded
    insist(_("Reason"), why_no_reason(reason), _("Say in a sentence how you know that they are two people."))
    made = Merge.objects.create(
        kept=kept, folded=other, undone=True, reason=reason.strip(), by_id=doing.actor.account, at=doing.now
    )
    other.merged_into = None
    other.save(update_fields=["merged_into"])
    sealed: list[Sealed] = [made]
    if said_since(kept, since):
        words = _("The records were separated; what was said in between may be about the other person.")
        sealed += [*_lock(doing, kept, words), *_lock(doing, other, words)]
    else:
        sealed += [*_open(doing, kept, since), *_open(doing, other, since)]
    for each in (kept, other):
        sealed += [lock for lock in locks_of(after_facts(doing, each), doing.now) if lock not in sealed]
    note(doing, patient=kept, about=f"unmerge:{other.public}", why=reason.strip(), sealed=sealed, also=other)
    return made


def why_not_merge(kept: Patient, other: Patient) -> list[str]:
    """Two open records can be united, of which the one that is folded in holds no third. Both as they are fetched in
    `open_chart.py`.
    """
    if kept.pk == other.pk:
        return [_("This is the same record.")]
    if kept.merged_into_id is not None or other.merged_into_id is not None:
        return [_("One of the two is folded into another record already.")]
    if other.with_parts:  # type: ignore[attr-defined]
        return [_("Other records are folded into this one: keep it, and fold the other in.")]
    return []


def merges_of(kept: Patient) -> dict[str, Merge]:
    """Of each record that is folded into this one, by its public name, the merge by which it is."""
    rows = Merge.objects.filter(kept=kept, undone=False, folded__merged_into=kept).order_by("folded", "pk")
    return {each.folded.public: each for each in rows.select_related("folded__location", "folded__clinic")}


def merge_of(doing: Doing, kept: Patient, public: str) -> Merge:
    """The merge by which a record is folded into this one; any other record does not exist here."""
    found = merges_of(kept).get(public)
    if found is None:
        raise not_found()
    check(doing.actor, "patient.merge", found.folded, now=doing.now)
    return found


def said_since(kept: Patient, since: Merge) -> int:
    """How many answers and consents were taken down since two records became one."""
    facts = FactEntry.objects.filter(patient=kept, entered_at__gte=since.at).values("pk")
    return facts.union(Consent.objects.filter(patient=kept, at__gte=since.at).values("pk"), all=True).count()


def _lock(doing: Doing, patient: Patient, reason: str) -> list[PlanLock]:
    """Locks the last plan of a record, whatever held it before."""
    plan = TreatmentPlan.objects.filter(patient=patient).order_by("-pk").first()
    if plan is None:
        return []
    kind = PlanLock.Kind.CLINICIAN
    return [PlanLock.objects.create(plan=plan, kind=kind, reason=reason, by_id=doing.actor.account, at=doing.now)]


def _open(doing: Doing, patient: Patient, since: Merge) -> list[PlanLock]:
    """Takes the lock of the merge off again, unless the plan was locked before or for another reason since."""
    plan = TreatmentPlan.objects.filter(patient=patient).order_by("-pk").first()
    locks = locks_on(plan, patient) if plan else ()
    before = [lock for lock in locks if lock.at < since.at]
    shut = bool(before) and not before[-1].released
    if plan is None or shut or not locks or locks[-1].at != since.at:
        return []
    reason = _("The records were separated again; nothing was said in between.")
    kind, who = locks[-1].kind, doing.actor.user_id
    return [PlanLock.objects.create(plan=plan, kind=kind, released=True, reason=reason, by_id=who, at=doing.now)]
