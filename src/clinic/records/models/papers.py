"""Consents and documents."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.records.models.patients import Guardian, Patient
from clinic.records.models.sealed import Sealed


class ConsentText(Sealed):
    """The words somebody agrees to, in one language, under a number that grows. `kind` is the content's name."""

    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="consent_texts")
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=5)
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "kind", "language", "version"], name="consent_version_once")
        ]


class Consent(Sealed):
    """That somebody agreed, to which words and for which regions of the body, or that they no longer do."""

    public = models.CharField(max_length=22, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=40)
    text = models.ForeignKey(ConsentText, models.PROTECT, null=True, related_name="+")
    regions = models.JSONField(default=list)
    given = models.BooleanField()
    by = models.CharField(max_length=120)
    guardian = models.ForeignKey(Guardian, models.PROTECT, null=True, related_name="+")
    document = models.ForeignKey("records.Document", models.PROTECT, null=True, related_name="+")
    how = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["patient", "kind", "-id"])]


class Document(Sealed):
    """A letter or report that came in, as it came. Nothing is decided by it until somebody has read it."""

    class Kind(models.TextChoices):
        LETTER = "letter", _("Letter from a doctor")
        REPORT = "report", _("Report of an examination")
        BUNDLE = "bundle", _("FHIR bundle")
        OTHER = "other", _("Something else")

    public = models.CharField(max_length=22, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(_("title"), max_length=200)
    media_type = models.CharField(max_length=80)
    body = models.BinaryField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()


class Review(Sealed):
    """That somebody has read a document, and what they took from it."""

    document = models.OneToOneField(Document, models.PROTECT, related_name="review")
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    at = models.DateTimeField()
