"""Choosing a regimen, signing it, locking and releasing it. Each is written once and never changed."""

from __future__ import annotations

import hashlib

from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.frame import Doing, act, note
from clinic.actions.notices import tell
from clinic.actions.open_chart import patient_for_act
from clinic.actions.people import competences
from clinic.actions.permissions import not_found
from clinic.actions.policies import (
    insist,
    why_no_reason,
    why_not_choose,
    why_not_lock,
    why_not_release,
    why_not_sign,
)
from clinic.records.models import DecisionRecord, Notice, Patient, PlanLock, Signature, TreatmentPlan
from clinic.records.standing import Standing, answers_text, document, standing, words_of
from clinic.records.state import refresh_state

MEANING = "I have read what this plan rests on and stand for it."
"""What a signature means; kept with it, in the language of the record."""


@act("plan.choose")
def choose_plan(doing: Doing, *, public: str, regimen: str) -> TreatmentPlan:
    """Keeps the decision of this moment and the regimen chosen within it. Raises InputError where it cannot be
    chosen.
    """
    patient = patient_for_act(doing, public, "plan.choose")
    found = standing(patient, now=doing.now)
    insist(_("Plan"), why_not_choose(found, regimen), _("Look at the decision: it says what is open."))
    decision = record_decision(doing, found)
    text = document(found.plan, found.library, found.intake, regimen)
    made = TreatmentPlan.objects.create(
        public=doing.token(),
        patient=patient,
        decision=decision,
        regimen=regimen,
        content_hash=found.library.protocols.hash,
        document=text,
        document_hash=hashlib.sha256(text.encode()).hexdigest(),
        chosen_by_id=doing.actor.account,
        chosen_at=doing.now,
    )
    refresh_state(patient, doing.now)
    note(doing, patient=patient, about=f"plan:{made.public}", sealed=[decision, made])
    return made


@act("plan.sign")
def sign_plan(doing: Doing, *, public: str, plan: str) -> Signature:
    """Signs the plan that was chosen last. Raises InputError with every reason why it cannot be signed."""
    patient = patient_for_act(doing, public, "plan.sign")
    made = plan_of(patient, plan)
    found = standing(patient, now=doing.now)
    trained = competences(doing.actor.user_id or 0, patient.location, doing.now)
    insist(_("Signature"), why_not_sign(found, made, doing.actor, trained), _("Put that right, then sign."))
    role = Role.THERAPIST if Role.THERAPIST in doing.actor.at(patient.location_id) else Role.CLINICAL_LEAD
    signature = Signature.objects.create(
        plan=made,
        by_id=doing.actor.account,
        name=doing.actor.name,
        role=role,
        meaning=MEANING,
        document_hash=made.document_hash,
        at=doing.now,
    )
    refresh_state(patient, doing.now)
    note(doing, patient=patient, about=f"plan:{made.public}", sealed=[signature])
    return signature


@act("plan.lock")
def lock_plan(doing: Doing, *, public: str, plan: str, reason: str) -> PlanLock:
    """Locks a patient's plan by a clinician's decision: neither it nor a later one is used until the lead releases
    it.
    """
    patient = patient_for_act(doing, public, "plan.lock")
    made = plan_of(patient, plan)
    insist(_("Reason"), why_no_reason(reason), _("Say in a sentence why the plan must wait."))
    insist(_("Lock"), why_not_lock(standing(patient, now=doing.now), made), _("Reload the page."))
    lock = PlanLock.objects.create(
        plan=made,
        kind=PlanLock.Kind.CLINICIAN,
        reason=reason.strip(),
        by_id=doing.actor.account,
        at=doing.now,
    )
    tell(doing, kind=Notice.Kind.LOCKED, to=Role.CLINICAL_LEAD, patient=patient)
    refresh_state(patient, doing.now)
    note(doing, patient=patient, about=f"plan:{plan}", why=reason.strip(), sealed=[lock])
    return lock


@act("plan.release")
def release_plan(doing: Doing, *, public: str, plan: str, reason: str) -> PlanLock:
    """Opens a locked plan again, if by all that is known it fits."""
    patient = patient_for_act(doing, public, "plan.release")
    made = plan_of(patient, plan)
    found = standing(patient, now=doing.now)
    insist(_("Reason"), why_no_reason(reason), _("Say in a sentence why it may be used again."))
    insist(_("Lock"), why_not_release(found, made), _("Look at the decision."))
    kind = found.lock.kind if found.lock else PlanLock.Kind.CLINICIAN
    release = PlanLock.objects.create(
        plan=made, kind=kind, released=True, reason=reason.strip(), by_id=doing.actor.account, at=doing.now
    )
    refresh_state(patient, doing.now)
    note(doing, patient=patient, about=f"plan:{made.public}", why=reason.strip(), sealed=[release])
    return release


def plan_of(patient: Patient, public: str) -> TreatmentPlan:
    """A plan of this patient; somebody else's does not exist here."""
    rows = TreatmentPlan.objects.select_related("decision", "signature")
    made = rows.filter(patient=patient, public=public).first()
    if made is None:
        raise not_found()
    return made


def record_decision(doing: Doing, found: Standing) -> DecisionRecord:
    """Keeps what a decision was read from and what it said. Part of the act under way."""
    return DecisionRecord.objects.create(
        patient=found.patient,
        at=doing.now,
        on=found.on.isoformat(),
        content_hash=found.library.protocols.hash,
        answers=answers_text(found.intake),
        aside=list(found.decision.aside),
        verdict=found.plan.verdict.name.lower(),
        words=words_of(found.decision),
    )
