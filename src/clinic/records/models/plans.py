"""Decisions, what was set aside, the plan that was chosen, its signature, and what locks it: written once, all
of it.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from clinic.records.models.patients import Patient
from clinic.records.models.sealed import Sealed


class DecisionRecord(Sealed):
    """A decision as it was taken: the answers and the moment it was read from, and the engine's four words in hex.

    Stored facts and stored content give the same words again, whenever anybody asks (`records/replay.py`).
    """

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    on = models.CharField(max_length=26)
    content_hash = models.CharField(max_length=64)
    answers = models.TextField()
    aside = models.JSONField(default=list)
    verdict = models.CharField(max_length=10)
    words = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["patient", "-id"])]


class Override(Sealed):
    """A rule set aside for one patient, by somebody who may, for a reason that is told in full.

    It counts only as long as the content and the facts that the rule reads stay as they were (`footing`). A hard stop
    counts only once a second person has agreed, which is a row of its own.
    """

    class Reason(models.TextChoices):
        DOCTOR_AGREED = "doctor_agreed", _("The doctor who knows the patient agreed in writing")
        EXAMINED = "examined", _("Looked at and found not to be so")
        LESS_THAN_LIMIT = "less_than_limit", _("What is planned stays below what the rule guards against")
        PATIENT_INFORMED = "patient_informed", _("The patient knows the risk and asks for it")
        RULE_DOES_NOT_FIT = "rule_does_not_fit", _("The rule does not fit this patient")

    public = models.CharField(max_length=22, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="overrides")
    rule = models.CharField(max_length=60)
    hard = models.BooleanField()
    content_hash = models.CharField(max_length=64)
    footing = models.CharField(max_length=64)
    reason = models.CharField(max_length=20, choices=Reason)
    text = models.TextField()
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="override_has_reason"),
            models.CheckConstraint(condition=GreaterThanOrEqual(Length(Trim("text")), 15), name="override_has_text"),
        ]


class OverrideStep(Sealed):
    """What became of an override: a second person agreed to it, or somebody took it back."""

    class Kind(models.TextChoices):
        AGREED = "agreed", _("agreed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    override = models.ForeignKey(Override, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField(blank=True)
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()


class TreatmentPlan(Sealed):
    """A regimen chosen for a patient, with all that the choice was made on. `document` is the plan as
    canonical JSON.
    """

    public = models.CharField(max_length=22, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="plans")
    decision = models.ForeignKey(DecisionRecord, models.PROTECT, related_name="+")
    regimen = models.CharField(max_length=80)
    content_hash = models.CharField(max_length=64)
    document = models.TextField()
    document_hash = models.CharField(max_length=64)
    chosen_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["patient", "-id"])]


class Signature(Sealed):
    """That somebody stands for a plan: who, in which role, when, meaning what, bound to the hash of the document."""

    plan = models.OneToOneField(TreatmentPlan, models.PROTECT, related_name="signature")
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20)
    meaning = models.CharField(max_length=200)
    document_hash = models.CharField(max_length=64)
    at = models.DateTimeField()


class PlanLock(Sealed):
    """That a plan may not be used, or (released) that it may again: why, and who said so; nobody, where it was a rule
    of the house."""

    class Kind(models.TextChoices):
        NEW_FACT = "new_fact", _("a new fact")
        EMERGENCY = "emergency", _("an emergency answer")
        REACTION = "reaction", _("a reaction after a session")
        WITHDRAWN = "withdrawn", _("its protocol was withdrawn")
        CONSENT = "consent", _("a consent was withdrawn")
        RESTORED = "restored", _("the record was restored from a backup")
        CLINICIAN = "clinician", _("a clinician's decision")

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="locks")
    kind = models.CharField(max_length=12, choices=Kind)
    released = models.BooleanField(default=False)
    reason = models.TextField()
    by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
