"""Patients, those who speak for them, those who care for them, and the links by which they come in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.records.models.sealed import Sealed


class Patient(models.Model):
    """Who somebody is and how to reach them. What is true of their body are facts, and stands in `FactEntry`."""

    public = models.CharField(max_length=22, unique=True)
    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="patients")
    location = models.ForeignKey("accounts.Location", models.PROTECT, related_name="patients")
    number = models.CharField(_("number"), max_length=12)
    given = models.CharField(_("given names"), max_length=80)
    family = models.CharField(_("family name"), max_length=80)
    birth_date = models.DateField(_("date of birth"))
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    search = models.CharField(max_length=200, db_index=True)
    made_at = models.DateTimeField()
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "number"], name="patient_number_once")]
        indexes = [models.Index(fields=["clinic", "birth_date"]), models.Index(fields=["clinic", "family", "given"])]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


class Photo(models.Model):
    """A patient's face, small, upright and written anew: nothing else of the file that came is kept."""

    patient = models.OneToOneField(Patient, models.CASCADE, related_name="photo")
    image = models.BinaryField()
    at = models.DateTimeField()


class Guardian(models.Model):
    """Somebody who speaks for a patient."""

    public = models.CharField(max_length=22, unique=True)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="guardians")
    name = models.CharField(_("name"), max_length=120)
    relation = models.CharField(_("relation"), max_length=60)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)


class Care(models.Model):
    """That somebody looks after a patient. Who does not, reaches the chart only with a stated reason."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="care")
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="care")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "user"], name="care_once")]


class BreakGlass(Sealed):
    """A chart opened by somebody who does not look after the patient: why, and until when."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()
    until = models.DateTimeField()


class Merge(Sealed):
    """That two records are one person, or (undone) that they are not after all. Nothing of either is moved."""

    kept = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    folded = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    undone = models.BooleanField(default=False)
    reason = models.TextField()
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()


class AccessLink(models.Model):
    """A private link for a patient or a guardian. Only a hash of its secret is kept; a birth date must be told too."""

    class Purpose(models.TextChoices):
        INTAKE = "intake", _("Answer the questions")
        PORTAL = "portal", _("See the plan")
        CONTACT = "contact", _("Say how the session was borne")
        OUTCOME = "outcome", _("Answer a questionnaire")

    public = models.CharField(max_length=22, unique=True)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="links")
    guardian = models.ForeignKey(Guardian, models.CASCADE, null=True, related_name="links")
    purpose = models.CharField(max_length=10, choices=Purpose)
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)


class PatientState(models.Model):
    """What lists show of a patient. Worked out from the record by `records/state.py` at every act that touches it;
    nothing is decided by it, and it can be made anew at any time.
    """

    patient = models.OneToOneField(Patient, models.CASCADE, related_name="state")
    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="+")
    location = models.ForeignKey("accounts.Location", models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10)
    may_treat = models.BooleanField(default=False)
    emergency = models.BooleanField(default=False)
    questions = models.PositiveSmallIntegerField(default=0)
    patient_questions = models.PositiveSmallIntegerField(default=0)
    to_confirm = models.PositiveSmallIntegerField(default=0)
    warning_rules = models.JSONField(default=list)
    consents = models.JSONField(default=list)
    intake = models.CharField(max_length=10, default="none")
    plan = models.CharField(max_length=10, default="none")
    fresh_until = models.DateTimeField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["clinic", "plan"]),
            models.Index(fields=["clinic", "intake"]),
            models.Index(fields=["clinic", "verdict"]),
            models.Index(fields=["clinic", "fresh_until"]),
            models.Index(fields=["location", "plan"]),
        ]
